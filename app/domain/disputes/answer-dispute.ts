import { eq } from 'drizzle-orm';
import { disputes } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { findDispute, type DisputeDetail } from './dispute-view.ts';
import { lockOpenDispute } from './lock-dispute.ts';
import { refundCalls } from './refund-calls.ts';
import { answerDisputeSchema, type AnswerDisputeInput } from './schemas.ts';

/** The seller accepts, and every call that is left is refunded; or explains, once, and an administrator decides. */
export async function answerDispute(ctx: Context, input: AnswerDisputeInput): Promise<DisputeDetail> {
  const actor = requireRole(ctx, ['admin', 'billing']);
  const { disputeId, answer, text } = parseInput(answerDisputeSchema, input);
  return withTransaction(ctx, async (tx) => {
    const dispute = await lockOpenDispute(tx, { disputeId, perspective: 'seller' });
    if (answer === 'contest' && dispute.sellerAnswer !== null) {
      throw new AppError('conflict', 'You have answered this dispute; an administrator decides.');
    }
    await tx.db
      .update(disputes)
      .set({ ...(text !== '' && { sellerAnswer: text }), sellerAnsweredAt: tx.clock.date() })
      .where(eq(disputes.id, disputeId));
    if (answer === 'accept') {
      await refundCalls(tx, { disputeId, decidedBy: actor.userId, decision: text });
    }
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: answer === 'accept' ? 'dispute.accepted' : 'dispute.contested',
      subjectId: disputeId,
    });
    await enqueue(tx.db, 'tell_of_dispute', {
      disputeId,
      news: answer === 'accept' ? 'decided' : 'contested',
    });
    return findDispute(tx, { disputeId, perspective: 'seller' });
  });
}
