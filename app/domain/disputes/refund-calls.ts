import { and, eq, isNull, sql } from 'drizzle-orm';
import { disputeCalls, disputes } from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';
import { refundCall } from '../refunds/index.ts';

export interface RefundCallsInput {
  disputeId: string;
  /** Absent: all that are not refunded yet. */
  requestIds?: string[] | undefined;
  /** User id, or `system:<rule>`. */
  decidedBy: string;
  /** What both parties read. */
  decision: string;
}

/**
 * Refunds calls of a dispute, in the caller's transaction, which has authorized; the dispute ends once none
 * of its calls is left.
 * @returns how many calls were refunded now.
 */
export async function refundCalls(ctx: Context, input: RefundCallsInput): Promise<number> {
  const { disputeId, decidedBy, decision } = input;
  const open = await ctx.db
    .select()
    .from(disputeCalls)
    .where(and(eq(disputeCalls.disputeId, disputeId), isNull(disputeCalls.refundId)))
    .orderBy(disputeCalls.requestId);
  const chosen = input.requestIds ? new Set(input.requestIds) : null;
  const calls = open.filter(({ requestId }) => chosen === null || chosen.has(requestId));
  const system: Context = { ...ctx, actor: { type: 'system', job: 'disputes' } };
  let refundedNanos = 0n;
  for (const { organizationId, requestId } of calls) {
    const refund = await refundCall(system, {
      organizationId,
      requestId,
      reason: 'dispute',
      disputeId,
      createdBy: decidedBy,
    });
    // Less than the charge where a volume discount or an earlier refund gave a part back.
    refundedNanos += refund.amountNanos;
    await ctx.db
      .update(disputeCalls)
      .set({ refundId: refund.id })
      .where(and(eq(disputeCalls.organizationId, organizationId), eq(disputeCalls.requestId, requestId)));
  }
  const isOver = calls.length === open.length;
  await ctx.db
    .update(disputes)
    .set({
      refundedNanos: sql`${disputes.refundedNanos} + ${refundedNanos.toString()}::bigint`,
      ...(isOver && { status: 'refunded' as const, decidedBy, decision, decidedAt: ctx.clock.date() }),
    })
    .where(eq(disputes.id, disputeId));
  return calls.length;
}
