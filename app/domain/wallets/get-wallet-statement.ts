import { eq, sql } from 'drizzle-orm';
import { organizations, type LEDGER_TRANSACTION_KINDS } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { addDays, dayOf, startOfDay } from '../../lib/time.ts';
import { requireActor, type Context } from '../context.ts';
import { MAX_STATEMENT_DAYS, walletStatementSchema, type WalletStatementInput } from './schemas.ts';

/** The three accounts that a buyer has with the platform. */
export interface StatementAmounts {
  /** Prepaid money, held money included. */
  walletNanos: Nanos;
  promoNanos: Nanos;
  /** What is owed, below zero. */
  owedNanos: Nanos;
  /** All three. */
  totalNanos: Nanos;
}

export interface StatementMovement extends StatementAmounts {
  /** Unique within the statement. */
  id: string;
  /** Local day: `2026-11-21`. */
  day: string;
  kind: (typeof LEDGER_TRANSACTION_KINDS)[number];
  /** What caused it; null for a day's usage of a service, which has many causes. */
  reference: string | null;
  /** Of usage. */
  service: { id: string; name: string } | null;
  /** The sum of the accounts after this line. */
  balanceNanos: Nanos;
  /** When the last of it was booked. */
  bookedAt: Date;
}

export interface WalletStatement {
  /** First and last local day. */
  from: string;
  to: string;
  timeZone: string;
  currency: string;
  opening: StatementAmounts;
  /** Oldest first; opening and they add up to closing, account by account. */
  movements: StatementMovement[];
  /** Sum of the movements. */
  moved: StatementAmounts;
  closing: StatementAmounts;
}

type Row = Record<string, unknown> & {
  id: string;
  day: string;
  kind: StatementMovement['kind'] | null;
  reference: string | null;
  service_id: string | null;
  service_name: string | null;
  wallet: string;
  promo: string;
  owed: string;
  booked_at: string;
};

const ZERO: StatementAmounts = { walletNanos: 0n, promoNanos: 0n, owedNanos: 0n, totalNanos: 0n };

function add(a: StatementAmounts, b: StatementAmounts): StatementAmounts {
  return {
    walletNanos: a.walletNanos + b.walletNanos,
    promoNanos: a.promoNanos + b.promoNanos,
    owedNanos: a.owedNanos + b.owedNanos,
    totalNanos: a.totalNanos + b.totalNanos,
  };
}

function amountsOf(row: Row): StatementAmounts {
  const [walletNanos, promoNanos, owedNanos] = [BigInt(row.wallet), BigInt(row.promo), BigInt(row.owed)];
  return { walletNanos, promoNanos, owedNanos, totalNanos: walletNanos + promoNanos + owedNanos };
}

/**
 * The acting organization's account as a bank would print it, from the ledger alone and in one snapshot.
 * Days are those of the organization's time zone; usage is one line a day and service, everything else
 * stands alone.
 */
export async function getWalletStatement(
  ctx: Context,
  input: WalletStatementInput = {},
): Promise<WalletStatement> {
  const { organizationId } = requireActor(ctx);
  const parsed = parseInput(walletStatementSchema, input);
  const timeZone = await findTimeZone(ctx, organizationId);
  const { from, to } = toRange(parsed, dayOf(ctx.clock.date(), timeZone));
  const start = startOfDay(from, timeZone).toISOString();
  const end = startOfDay(addDays(to, 1), timeZone).toISOString();
  const rows = await ctx.db.execute<Row>(sql`
    with entries as (
      select e.id, e.amount_nanos, e.created_at, a.purpose, t.kind, t.reference,
        e.created_at >= ${start}::timestamptz as inside
      from ledger_accounts a
      join ledger_entries e on e.account_id = a.id
      join ledger_transactions t on t.id = e.transaction_id
      where a.organization_id = ${organizationId} and e.created_at < ${end}::timestamptz
        and a.purpose in ('buyer_wallet', 'promotional_credit', 'buyer_receivable')),
    placed as (
      select e.*, case when inside then to_char(e.created_at at time zone ${timeZone}::text, 'YYYY-MM-DD') else '' end as day,
        -- A usage transaction is one service's, and named after its first call.
        case when inside and e.kind = 'usage' then (
          select u.service_id from usage_events u
          where u.organization_id = ${organizationId} and u.request_id = e.reference) end as service_id,
        case when inside then e.kind end as shown_kind,
        case when inside and e.kind <> 'usage' then e.reference end as shown_reference
      from entries e)
    select max(p.id)::text as id, p.day, p.shown_kind as kind, p.shown_reference as reference, p.service_id,
      s.name as service_name, max(p.created_at) as booked_at,
      coalesce(sum(p.amount_nanos) filter (where p.purpose = 'buyer_wallet'), 0)::text as wallet,
      coalesce(sum(p.amount_nanos) filter (where p.purpose = 'promotional_credit'), 0)::text as promo,
      coalesce(sum(p.amount_nanos) filter (where p.purpose = 'buyer_receivable'), 0)::text as owed
    from placed p left join services s on s.id = p.service_id
    group by p.day, p.shown_kind, p.shown_reference, p.service_id, s.name
    order by p.day, max(p.created_at), max(p.id)`);
  // What lies before the range is one row without a day, and comes first.
  const opening = rows.filter(({ day }) => day === '').reduce((sum, row) => add(sum, amountsOf(row)), ZERO);
  const movements: StatementMovement[] = [];
  let closing = opening;
  for (const row of rows) {
    if (row.day === '' || row.kind === null) continue;
    const amounts = amountsOf(row);
    closing = add(closing, amounts);
    movements.push({
      ...amounts,
      id: row.id,
      day: row.day,
      kind: row.kind,
      reference: row.reference,
      service: row.service_id ? { id: row.service_id, name: row.service_name ?? row.service_id } : null,
      balanceNanos: closing.totalNanos,
      bookedAt: new Date(row.booked_at),
    });
  }
  const moved = movements.reduce<StatementAmounts>((sum, one) => add(sum, one), ZERO);
  return { from, to, timeZone, currency: 'USD', opening, movements, moved, closing };
}

async function findTimeZone(ctx: Context, organizationId: string): Promise<string> {
  const [organization] = await ctx.db
    .select({ timeZone: organizations.timeZone })
    .from(organizations)
    .where(eq(organizations.id, organizationId));
  return organization?.timeZone ?? 'UTC';
}

/** This month so far, unless days are named. */
function toRange({ from, to }: WalletStatementInput, today: string): { from: string; to: string } {
  const last = to ?? today;
  const first = from ?? `${last.slice(0, 8)}01`;
  if (first > last) throw refusal('to', 'invalid');
  if (addDays(first, MAX_STATEMENT_DAYS) <= last)
    throw refusal('from', 'too_big', { max: MAX_STATEMENT_DAYS });
  return { from: first, to: last };
}

function refusal(field: string, reason: string, params?: Record<string, number>): AppError {
  return new AppError('invalid_request', `${field}: ${reason.replaceAll('_', ' ')}.`, {
    issues: [{ field, reason, ...(params && { params }) }],
  });
}
