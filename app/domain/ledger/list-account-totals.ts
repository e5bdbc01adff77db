import { sql } from 'drizzle-orm';
import type { LedgerPurpose } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';

export interface AccountTotal {
  purpose: LedgerPurpose;
  currency: string;
  /** How many organizations have one. */
  accounts: number;
  /** What the platform owes by it in all; negative: what is owed to the platform. */
  balanceNanos: Nanos;
}

/** The balance of every kind of account; all of them together are 0. */
export async function listAccountTotals(ctx: Context): Promise<AccountTotal[]> {
  requirePlatformAdmin(ctx);
  const rows = await ctx.db.execute<{
    purpose: LedgerPurpose;
    currency: string;
    accounts: string;
    balance: string;
  }>(sql`
    select a.purpose, a.currency, count(distinct a.id)::text as accounts,
      coalesce(sum(e.amount_nanos), 0)::text as balance
    from ledger_accounts a left join ledger_entries e on e.account_id = a.id
    group by a.purpose, a.currency order by a.currency, a.purpose`);
  return rows.map(({ purpose, currency, accounts, balance }) => ({
    purpose,
    currency,
    accounts: Number(accounts),
    balanceNanos: BigInt(balance),
  }));
}
