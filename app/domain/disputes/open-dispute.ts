import { disputeCalls, disputes } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { collectEvidence } from './collect-evidence.ts';
import { findDispute, type DisputeDetail } from './dispute-view.ts';
import { judgeCall, suggestionOf } from './judge-evidence.ts';
import { refundCalls } from './refund-calls.ts';
import { ANSWER_DAYS, openDisputeSchema, type OpenDisputeInput } from './schemas.ts';

const DAY_MS = 86_400_000;

/**
 * Contests charged calls of one service. What the evidence decides clearly is refunded at once; the rest
 * waits for the seller's answer and an administrator's decision.
 * @throws AppError `not_found` for calls of others, `conflict` for calls that cannot be disputed (any more).
 */
export async function openDispute(ctx: Context, input: OpenDisputeInput): Promise<DisputeDetail> {
  const actor = requireRole(ctx, ['admin', 'billing', 'member']);
  const { reason, description, ...wanted } = parseInput(openDisputeSchema, input);
  return withTransaction(ctx, async (tx) => {
    const calls = await collectEvidence(tx, { organizationId: actor.organizationId, ...wanted });
    const verdicts = calls.map(({ event, evidence }) => ({
      requestId: event.requestId,
      verdict: judgeCall(reason, evidence),
    }));
    const clear = verdicts.filter(({ verdict }) => verdict === 'refund').map(({ requestId }) => requestId);
    const rest = verdicts.filter(({ verdict }) => verdict !== 'refund').map(({ verdict }) => verdict);
    const { sellerOrganizationId, serviceId } = calls[0]!.event;
    const disputeId = newId('dispute');
    await tx.db.insert(disputes).values({
      id: disputeId,
      organizationId: actor.organizationId,
      sellerOrganizationId,
      serviceId,
      reason,
      description,
      suggestion: rest.length === 0 ? 'refund' : suggestionOf(rest),
      answerBy: new Date(ctx.clock.now() + ANSWER_DAYS * DAY_MS),
      createdByUserId: actor.userId,
    });
    const added = await tx.db
      .insert(disputeCalls)
      .values(
        calls.map(({ event, evidence }) => ({
          organizationId: actor.organizationId,
          requestId: event.requestId,
          disputeId,
          chargeNanos: event.chargeNanos,
          evidence: { ...evidence },
        })),
      )
      .onConflictDoNothing()
      .returning({ requestId: disputeCalls.requestId });
    if (added.length < calls.length) {
      throw new AppError('conflict', 'Some of these calls are disputed already.');
    }
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'dispute.opened',
      subjectId: disputeId,
      after: { reason, calls: calls.length, clear: clear.length },
    });
    if (clear.length > 0) {
      await refundCalls(tx, { disputeId, requestIds: clear, decidedBy: 'system:evidence', decision: '' });
    }
    await enqueue(tx.db, 'tell_of_dispute', { disputeId, news: 'opened' });
    return findDispute(tx, { disputeId, perspective: 'buyer' });
  });
}
