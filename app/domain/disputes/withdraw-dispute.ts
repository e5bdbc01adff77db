import { eq } from 'drizzle-orm';
import { disputes } from '../../../db/schema/index.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { findDispute, type DisputeDetail } from './dispute-view.ts';
import { lockOpenDispute } from './lock-dispute.ts';

/** The buyer gives up what is still open; what was refunded stays refunded. */
export async function withdrawDispute(
  ctx: Context,
  { disputeId }: { disputeId: string },
): Promise<DisputeDetail> {
  const actor = requireRole(ctx, ['admin', 'billing', 'member']);
  return withTransaction(ctx, async (tx) => {
    const dispute = await lockOpenDispute(tx, { disputeId, perspective: 'buyer' });
    await tx.db
      .update(disputes)
      .set({
        status: dispute.refundedNanos > 0n ? 'refunded' : 'withdrawn',
        decidedBy: actor.userId,
        decidedAt: tx.clock.date(),
      })
      .where(eq(disputes.id, disputeId));
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'dispute.withdrawn',
      subjectId: disputeId,
    });
    return findDispute(tx, { disputeId, perspective: 'buyer' });
  });
}
