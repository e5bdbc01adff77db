import { sql } from 'drizzle-orm';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, type Context } from '../context.ts';
import { sellerStatementSchema, type SellerStatementInput } from './schemas.ts';

export const STATEMENT_LINE_KINDS = [
  'usage',
  'subscription_fee',
  'volume_discount',
  'refund',
  'platform_fee',
  'payout',
  'payout_reversal',
  'other',
] as const;
export type StatementLineKind = (typeof STATEMENT_LINE_KINDS)[number];

export interface StatementLine {
  /** Sales, discounts and refunds are what buyers' invoices say; the platform's share stands apart. */
  kind: StatementLineKind;
  /** Signed: what it did to the balance. */
  amountNanos: Nanos;
  /** How many postings. */
  count: number;
}

export interface SellerStatement {
  currency: string;
  /** `2026-11`, in `timeZone`; from ≤ booked < to. */
  month: string;
  timeZone: string;
  from: Date;
  to: Date;
  /** Pending and available together. */
  openingNanos: Nanos;
  lines: StatementLine[];
  closingNanos: Nanos;
}

const CURRENCY = 'USD';

/**
 * One month of what the platform owes the acting organization as a seller: opening balance, what buyers
 * paid, what went back to them, the platform's share, payouts, closing balance; from the ledger alone.
 */
export async function getSellerStatement(
  ctx: Context,
  input: SellerStatementInput,
): Promise<SellerStatement> {
  const { organizationId } = requireActor(ctx);
  const { month, timeZone } = parseInput(sellerStatementSchema, input);
  const [range] = await ctx.db.execute<{ from: string; to: string }>(sql`
    select to_json(${`${month}-01`}::timestamp at time zone ${timeZone}::text) #>> '{}' as from,
      to_json((${`${month}-01`}::timestamp + interval '1 month') at time zone ${timeZone}::text) #>> '{}' as to`);
  const { from, to } = range!;
  const rows = await ctx.db.execute<{
    kind: string;
    before: boolean;
    net: string;
    fee: string;
    postings: string;
  }>(sql`
    with mine as (
      select t.id, t.kind, t.created_at < ${from}::timestamptz as before, sum(e.amount_nanos) as net
      from ledger_entries e
      join ledger_accounts a on a.id = e.account_id
      join ledger_transactions t on t.id = e.transaction_id
      where a.organization_id = ${organizationId} and a.purpose in ('seller_pending', 'seller_available')
        and a.currency = ${CURRENCY} and t.created_at < ${to}::timestamptz
      group by t.id, t.kind, t.created_at)
    select m.kind, m.before, sum(m.net)::text as net, sum(coalesce(f.fee, 0))::text as fee,
      count(*)::text as postings
    from mine m left join lateral (
      select sum(e.amount_nanos) as fee from ledger_entries e join ledger_accounts a on a.id = e.account_id
      where e.transaction_id = m.id and a.purpose = 'platform_fee' and not m.before) f on true
    where m.kind <> 'earnings_release'
    group by m.kind, m.before`);
  const openingNanos = rows.filter((row) => row.before).reduce((sum, row) => sum + BigInt(row.net), 0n);
  const sums = new Map<StatementLineKind, { amountNanos: Nanos; count: number }>();
  const add = (kind: StatementLineKind, amountNanos: Nanos, count: number) => {
    const sum = sums.get(kind) ?? { amountNanos: 0n, count: 0 };
    sums.set(kind, { amountNanos: sum.amountNanos + amountNanos, count: sum.count + count });
  };
  for (const row of rows.filter(({ before }) => !before)) {
    const fee = BigInt(row.fee);
    const count = Number(row.postings);
    // Gross as the buyer sees it; the platform's share of each is one line of its own.
    add(lineKind(row.kind), BigInt(row.net) + fee, count);
    if (fee !== 0n) add('platform_fee', -fee, count);
  }
  const lines = STATEMENT_LINE_KINDS.flatMap((kind) => {
    const sum = sums.get(kind);
    return sum ? [{ kind, ...sum }] : [];
  });
  return {
    currency: CURRENCY,
    month,
    timeZone,
    from: new Date(from),
    to: new Date(to),
    openingNanos,
    lines,
    closingNanos: lines.reduce((sum, line) => sum + line.amountNanos, openingNanos),
  };
}

function lineKind(kind: string): StatementLineKind {
  return STATEMENT_LINE_KINDS.find((one) => one === kind) ?? 'other';
}
