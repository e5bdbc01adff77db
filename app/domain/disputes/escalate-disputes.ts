import { and, eq, isNull, lt } from 'drizzle-orm';
import { disputes } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';

/**
 * Hands disputes that no seller answered in time to the administrators, once each.
 * @returns how many.
 */
export async function escalateDisputes(ctx: Context): Promise<number> {
  requireSystem(ctx);
  return withTransaction(ctx, async (tx) => {
    const late = await tx.db
      .update(disputes)
      .set({ sellerAnsweredAt: tx.clock.date() })
      .where(
        and(
          eq(disputes.status, 'open'),
          isNull(disputes.sellerAnsweredAt),
          lt(disputes.answerBy, tx.clock.date()),
        ),
      )
      .returning({ id: disputes.id });
    for (const { id } of late) await enqueue(tx.db, 'tell_of_dispute', { disputeId: id, news: 'unanswered' });
    return late.length;
  });
}
