import { eq, sql } from 'drizzle-orm';
import { platformSettings } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { pendingMovements } from './pending-movements.ts';
import { lockSellerBalance } from './seller-balance.ts';

const DAY_MS = 86_400_000;

/**
 * Makes earnings available whose hold period is over. What is released is what the entries say: earned
 * until then, less what was taken back of it, less what was released before. So running it again, or
 * twice at once, releases nothing more.
 * @returns how many sellers had something released.
 */
export async function releaseEarnings(ctx: Context): Promise<number> {
  requireSystem(ctx);
  const [settings] = await ctx.db
    .select({ holdDays: platformSettings.payoutHoldDays })
    .from(platformSettings)
    .where(eq(platformSettings.id, 1));
  const cutOff = new Date(ctx.clock.now() - (settings?.holdDays ?? 7) * DAY_MS);
  const sellers = await ctx.db.execute<{ id: string }>(sql`
    select a.organization_id as id from ledger_accounts a
    where a.purpose = 'seller_pending' and a.organization_id is not null
      and (select sum(e.amount_nanos) from ledger_entries e where e.account_id = a.id) > 0
    order by a.organization_id`);
  let released = 0;
  for (const { id } of sellers) {
    if (await releaseOf(ctx, id, cutOff)) released++;
  }
  return released;
}

async function releaseOf(ctx: Context, organizationId: string, cutOff: Date): Promise<boolean> {
  return withTransaction(ctx, async (tx) => {
    await lockSellerBalance(tx, organizationId);
    const amountNanos = await releasable(tx, organizationId, cutOff);
    if (amountNanos <= 0n) return false;
    const posted = await postTransaction(tx, {
      kind: 'earnings_release',
      reference: `${organizationId}:${cutOff.toISOString()}`,
      entries: [
        { organizationId, purpose: 'seller_pending', amountNanos: -amountNanos },
        { organizationId, purpose: 'seller_available', amountNanos },
      ],
    });
    return posted !== null;
  });
}

async function releasable(tx: Context, organizationId: string, cutOff: Date): Promise<Nanos> {
  const [row] = await tx.db.execute<{ due: string; balance: string }>(sql`
    select coalesce(sum(amount) filter (where kind = 'earnings_release' or earned_at is null
        or earned_at <= ${cutOff.toISOString()}::timestamptz), 0)::text as due,
      coalesce(sum(amount), 0)::text as balance
    from (${pendingMovements(organizationId)}) as movement`);
  const due = BigInt(row?.due ?? '0');
  const balance = BigInt(row?.balance ?? '0');
  return due < balance ? due : balance;
}
