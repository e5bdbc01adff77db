import { and, eq, inArray, sql } from 'drizzle-orm';
import { payouts, sellerAccounts } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { lockSellerBalance } from '../earnings/index.ts';
import { applyConnectEvent } from './apply-connect-event.ts';
import { insertPayout } from './insert-payout.ts';
import { getPayoutSettings } from './payout-settings.ts';

const WINDOWS = { daily: 'day', weekly: 'week', monthly: 'month' } as const;

/**
 * Pays every seller who is due: once in a day, week or month (UTC), on its first day or, where that was
 * missed, on the next. Also looks after payouts under way whose news may have been lost.
 * @returns how many payouts were made.
 */
export async function schedulePayouts(ctx: Context): Promise<number> {
  requireSystem(ctx);
  const { minimumNanos, interval } = await getPayoutSettings(ctx);
  const sellers = await ctx.db
    .select({ organizationId: sellerAccounts.organizationId })
    .from(sellerAccounts)
    .where(eq(sellerAccounts.payoutsEnabled, true))
    .orderBy(sellerAccounts.organizationId);
  let made = 0;
  for (const { organizationId } of sellers) {
    const paid = await withTransaction(ctx, async (tx) => {
      await lockSellerBalance(tx, organizationId);
      const [earlier] = await tx.db
        .select({ id: payouts.id })
        .from(payouts)
        .where(
          and(
            eq(payouts.organizationId, organizationId),
            sql`${payouts.createdAt} >= window_start(${WINDOWS[interval]}, 'UTC', now())`,
            sql`${payouts.status} <> 'failed'`,
          ),
        )
        .limit(1);
      return earlier ? null : insertPayout(tx, organizationId, minimumNanos);
    });
    if (paid) made++;
  }
  await lookAfterOpen(ctx);
  await lookAfterAccounts(ctx);
  return made;
}

async function lookAfterAccounts(ctx: Context): Promise<void> {
  const waiting = await ctx.db
    .select({ id: sellerAccounts.stripeAccountId })
    .from(sellerAccounts)
    .where(eq(sellerAccounts.payoutsEnabled, false));
  for (const { id } of waiting) {
    await applyConnectEvent(ctx, { type: 'account.updated', objectId: id }).catch((error: unknown) => {
      ctx.logger.warn({ err: error, account: id }, 'could not ask about a payout account');
    });
  }
}

async function lookAfterOpen(ctx: Context): Promise<void> {
  const open = await ctx.db
    .select({ id: payouts.id })
    .from(payouts)
    .where(inArray(payouts.status, ['pending', 'in_transit']));
  for (const { id } of open) {
    await enqueue(ctx.db, 'advance_payout', { payoutId: id }, { jobKey: `advance_payout:${id}` });
  }
}
