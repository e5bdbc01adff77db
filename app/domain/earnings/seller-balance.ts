import { sql } from 'drizzle-orm';
import { requireSystem, type Context } from '../context.ts';

/**
 * Makes releases, refunds and payouts of one seller wait for each other until the caller's transaction
 * ends. After wallets, before anything else.
 */
export async function lockSellerBalance(tx: Context, organizationId: string): Promise<void> {
  requireSystem(tx);
  await tx.db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`seller:${organizationId}`}, 0))`);
}

/**
 * Where an earning of `earnedAt` is now, and so where its refund is taken from: pending until a release
 * has passed it. Under `lockSellerBalance`.
 */
export async function bearingPurpose(
  tx: Context,
  organizationId: string,
  earnedAt: Date,
): Promise<'seller_pending' | 'seller_available'> {
  requireSystem(tx);
  const [row] = await tx.db.execute<{ released: boolean }>(sql`
    select coalesce(bool_or(${earnedAt.toISOString()}::timestamptz <=
      substr(reference, strpos(reference, ':') + 1)::timestamptz), false) as released
    from ledger_transactions
    where kind = 'earnings_release' and starts_with(reference, ${`${organizationId}:`})`);
  return row?.released ? 'seller_available' : 'seller_pending';
}
