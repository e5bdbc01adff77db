import { and, eq, inArray, isNull } from 'drizzle-orm';
import { disputeCalls, disputes } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { findDispute, type DisputeDetail } from './dispute-view.ts';
import { lockOpenDispute } from './lock-dispute.ts';
import { refundCalls } from './refund-calls.ts';
import { decideDisputeSchema, type DecideDisputeInput } from './schemas.ts';

/**
 * An administrator's decision, which ends the dispute: calls are refunded, all or the chosen ones, or none is.
 * @throws AppError `not_found` when a chosen call is not one of the dispute's that are left.
 */
export async function decideDispute(ctx: Context, input: DecideDisputeInput): Promise<DisputeDetail> {
  const actor = requirePlatformAdmin(ctx);
  const { disputeId, decision, requestIds, note } = parseInput(decideDisputeSchema, input);
  return withTransaction(ctx, async (tx) => {
    const dispute = await lockOpenDispute(tx, { disputeId, perspective: 'admin' });
    if (decision === 'refund') {
      await assertOpenCalls(tx, disputeId, requestIds);
      await refundCalls(tx, { disputeId, requestIds, decidedBy: actor.userId, decision: note });
    }
    await tx.db
      .update(disputes)
      .set({
        status: decision === 'refund' || dispute.refundedNanos > 0n ? 'refunded' : 'rejected',
        decidedBy: actor.userId,
        decision: note,
        decidedAt: tx.clock.date(),
      })
      .where(eq(disputes.id, disputeId));
    await appendAuditEvent(tx, {
      organizationId: dispute.organizationId,
      action: decision === 'refund' ? 'dispute.refunded' : 'dispute.rejected',
      subjectId: disputeId,
      after: { note, calls: requestIds?.length ?? null },
    });
    await enqueue(tx.db, 'tell_of_dispute', { disputeId, news: 'decided' });
    return findDispute(tx, { disputeId, perspective: 'admin' });
  });
}

async function assertOpenCalls(
  ctx: Context,
  disputeId: string,
  requestIds: string[] | undefined,
): Promise<void> {
  if (!requestIds) return;
  const wanted = [...new Set(requestIds)];
  const open = await ctx.db.$count(
    disputeCalls,
    and(
      eq(disputeCalls.disputeId, disputeId),
      inArray(disputeCalls.requestId, wanted),
      isNull(disputeCalls.refundId),
    ),
  );
  if (open < wanted.length)
    throw new AppError('not_found', 'Some of these calls are not open in this dispute.');
}
