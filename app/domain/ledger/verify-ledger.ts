import { sql, type SQL } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import type { Nanos } from '../../lib/money.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';

/** One thing that does not agree. */
export interface LedgerProblem {
  check: string;
  /** Transaction, organization, … */
  subject: string;
  expectedNanos: Nanos;
  actualNanos: Nanos;
}

export interface LedgerVerdict {
  ok: boolean;
  problems: LedgerProblem[];
  /** What was looked at, so that "ok" over nothing is seen as such. */
  transactions: number;
  wallets: number;
}

/** Stops listing here; the first few tell what is wrong. */
const MAX_PROBLEMS_PER_CHECK = 50;

/** Each query gives the rows that do not agree: subject, expected, actual. */
const CHECKS: Record<string, SQL> = {
  'every transaction sums to zero': sql`
    select e.transaction_id as subject, 0 as expected, sum(e.amount_nanos) as actual
    from ledger_entries e join ledger_accounts a on a.id = e.account_id
    group by e.transaction_id, a.currency having sum(e.amount_nanos) <> 0`,
  'every transaction has entries': sql`
    select t.id as subject, 2 as expected, count(e.id) as actual
    from ledger_transactions t left join ledger_entries e on e.transaction_id = t.id
    group by t.id having count(e.id) < 2`,
  'available and held of a wallet add up to its ledger account': sql`
    with booked as (
      select a.organization_id, sum(e.amount_nanos) as amount
      from ledger_accounts a join ledger_entries e on e.account_id = a.id
      where a.purpose = 'buyer_wallet' group by a.organization_id)
    select coalesce(w.organization_id, b.organization_id) as subject, coalesce(b.amount, 0) as expected,
      coalesce(w.available_nanos + w.held_nanos, 0) as actual
    from wallets w full join booked b on b.organization_id = w.organization_id
    where coalesce(b.amount, 0) <> coalesce(w.available_nanos + w.held_nanos, 0)`,
  'open holds add up to what a wallet holds': sql`
    with open as (
      select organization_id, sum(amount_nanos) as amount from holds group by organization_id)
    select coalesce(w.organization_id, o.organization_id) as subject, coalesce(o.amount, 0) as expected,
      coalesce(w.held_nanos, 0) as actual
    from wallets w full join open o on o.organization_id = w.organization_id
    where coalesce(o.amount, 0) <> coalesce(w.held_nanos, 0)`,
  'what buyers were charged for usage left their wallets': sql`
    with charged as (
      select organization_id, sum(charge_nanos) as amount from usage_events group by organization_id),
    booked as (${usageEntries('buyer_wallet')})
    select coalesce(c.organization_id, b.organization_id) as subject, coalesce(-c.amount, 0) as expected,
      coalesce(b.amount, 0) as actual
    from charged c full join booked b on b.organization_id = c.organization_id
    where coalesce(-c.amount, 0) <> coalesce(b.amount, 0)`,
  'what sellers earned from usage is booked to them': sql`
    with earned as (
      select seller_organization_id, sum(charge_nanos - fee_nanos) as amount
      from usage_events group by seller_organization_id),
    booked as (${usageEntries('seller_pending')})
    select coalesce(s.seller_organization_id, b.organization_id) as subject, coalesce(s.amount, 0) as expected,
      coalesce(b.amount, 0) as actual
    from earned s full join booked b on b.organization_id = s.seller_organization_id
    where coalesce(s.amount, 0) <> coalesce(b.amount, 0)`,
  'the fees of usage are booked to the platform': sql`
    with booked as (${usageEntries('platform_fee')}),
    sums as (
      select (select coalesce(sum(fee_nanos), 0) from usage_events) as expected,
        (select coalesce(sum(amount), 0) from booked) as actual)
    select 'platform' as subject, expected, actual from sums where expected <> actual`,
  'every paid top-up is booked once, at its amount': sql`
    with booked as (
      select t.reference, sum(e.amount_nanos) as amount
      from ledger_transactions t join ledger_entries e on e.transaction_id = t.id
      join ledger_accounts a on a.id = e.account_id and a.purpose = 'buyer_wallet'
      where t.kind = 'wallet_top_up' group by t.reference),
    paid as (select id, amount_nanos from checkouts where status = 'paid' and kind = 'wallet_top_up')
    select coalesce(p.id, b.reference) as subject, coalesce(p.amount_nanos, 0) as expected,
      coalesce(b.amount, 0) as actual
    from paid p full join booked b on b.reference = p.id
    where coalesce(p.amount_nanos, 0) <> coalesce(b.amount, 0)
      -- A subscription that was paid after it was given up is credited to the wallet.
      and not exists (select 1 from checkouts c where c.id = b.reference and c.kind = 'subscription'
        and c.status = 'paid' and c.amount_nanos = b.amount)`,
};

function usageEntries(purpose: 'buyer_wallet' | 'seller_pending' | 'platform_fee'): SQL {
  return sql`
    select a.organization_id, sum(e.amount_nanos) as amount
    from ledger_transactions t join ledger_entries e on e.transaction_id = t.id
    join ledger_accounts a on a.id = e.account_id
    where t.kind = 'usage' and a.purpose = ${sql.raw(`'${purpose}'`)} group by a.organization_id`;
}

/**
 * Proves that transactions balance and that wallets, holds, usage events, checkouts and ledger agree to
 * the nano, all in one snapshot, so that calls in flight do not look like differences.
 */
export async function verifyLedger(ctx: Context): Promise<LedgerVerdict> {
  if (ctx.actor.type !== 'system') requirePlatformAdmin(ctx);
  return ctx.db.transaction(
    async (tx) => {
      await tx.execute(sql`set local statement_timeout = '15min'`);
      const problems: LedgerProblem[] = [];
      for (const [check, query] of Object.entries(CHECKS)) problems.push(...(await run(tx, check, query)));
      const [counts] = await tx.execute<{ transactions: string; wallets: string }>(sql`
        select (select count(*) from ledger_transactions) as transactions, (select count(*) from wallets) as wallets`);
      return {
        ok: problems.length === 0,
        problems,
        transactions: Number(counts?.transactions),
        wallets: Number(counts?.wallets),
      };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

async function run(db: Db, check: string, query: SQL): Promise<LedgerProblem[]> {
  const rows = await db.execute<{ subject: string; expected: string; actual: string }>(
    sql`select subject, expected::text, actual::text from (${query}) as difference
      order by subject limit ${MAX_PROBLEMS_PER_CHECK}`,
  );
  return rows.map((row) => ({
    check,
    subject: row.subject,
    expectedNanos: BigInt(row.expected),
    actualNanos: BigInt(row.actual),
  }));
}
