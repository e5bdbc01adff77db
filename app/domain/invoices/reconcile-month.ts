/** A month seen four ways: usage events, ledger, invoices, Stripe. They must say the same. */
import { and, isNotNull, sql } from 'drizzle-orm';
import { invoices } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { fromCents } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { callStripe, isMissingAtStripe } from '../payments/index.ts';
import { collectUsage, lineKey, subtractLines, type ExactLine } from './collect-lines.ts';
import { monthSchema } from './schemas.ts';

export interface ReconciledMonth {
  organizationId: string;
  name: string;
  from: Date;
  to: Date;
  invoice: { id: string; number: string | null; status: string } | null;
  /** Charges of the usage events. */
  usageNanos: Nanos;
  /** What the ledger took from the buyer's accounts for usage. */
  ledgerNanos: Nanos;
  /** Usage lines of its invoice, and of later ones for this month; null: there is none yet. */
  invoicedNanos: Nanos | null;
  /** Received for the invoice by the ledger, and by Stripe; null: Stripe was not asked. */
  receivedNanos: Nanos;
  stripeNanos: Nanos | null;
  /** Sizes of all differences together: 0, or something is wrong. */
  differenceNanos: Nanos;
}

interface Row extends Record<string, unknown> {
  organization_id: string;
  name: string;
  starts: string;
  ends: string;
  invoice_id: string | null;
  number: string | null;
  status: string | null;
  usage: string;
  ledger: string;
  invoiced: string | null;
  received: string;
}

const CONCURRENT_QUESTIONS = 5;
/** Asked of Stripe for one view. */
const MAX_QUESTIONS = 200;

/** Every organization with movement in a month, those that differ first. Asks Stripe: no transaction. */
export async function reconcileMonth(
  ctx: Context,
  input: { month: string },
): Promise<{ months: ReconciledMonth[]; differenceNanos: Nanos; askedStripe: boolean }> {
  requirePlatformAdmin(ctx);
  const month = parseInput(monthSchema, input.month);
  const rows = await ctx.db.execute<Row>(rowsOf(`${month}-01`));
  const { received, complete } = await askStripe(ctx, `${month}-01`);
  const months = rows.map((row) => toMonth(row, received));
  months.sort((a, b) =>
    a.differenceNanos === b.differenceNanos ? 0 : a.differenceNanos > b.differenceNanos ? -1 : 1,
  );
  return {
    months,
    differenceNanos: months.reduce((sum, one) => sum + one.differenceNanos, 0n),
    askedStripe: complete,
  };
}

/** Periods are those of the invoices; without one the calendar month in the organization's zone. */
function rowsOf(first: string, organizationId?: string) {
  const only = organizationId === undefined ? sql`true` : sql`o.id = ${organizationId}`;
  return sql`
    with periods as (
      select o.id as organization_id, o.name, i.id as invoice_id, i.number, i.status,
        coalesce(i.period_start, ${first}::timestamp at time zone o.time_zone) as starts,
        coalesce(i.period_end, (${first}::timestamp + interval '1 month') at time zone o.time_zone) as ends
      from organizations o
      left join lateral (
        select * from invoices v where v.organization_id = o.id
          and v.period_start <= (${first}::timestamp + interval '10 days') at time zone v.time_zone
          and v.period_end > (${first}::timestamp + interval '10 days') at time zone v.time_zone
        -- A void one counts only when it is all there is.
        order by v.status = 'void', v.created_at desc limit 1) i on true
      where ${only}),
    sums as (
      select p.*,
        (select coalesce(sum(u.charge_nanos), 0) from usage_events u
          where u.organization_id = p.organization_id and u.occurred_at >= p.starts and u.occurred_at < p.ends) as usage,
        (select coalesce(-sum(e.amount_nanos), 0) from ledger_accounts a
          join ledger_entries e on e.account_id = a.id
          join ledger_transactions t on t.id = e.transaction_id and t.kind = 'usage'
          where a.organization_id = p.organization_id
            and a.purpose in ('buyer_wallet', 'promotional_credit', 'buyer_receivable')
            and t.created_at >= p.starts and t.created_at < p.ends) as ledger,
        (select sum(l.exact_nanos) from invoice_lines l join invoices v on v.id = l.invoice_id
          where l.kind = 'usage' and v.organization_id = p.organization_id
            and ((l.invoice_id = p.invoice_id and l.description = '')
              or (l.description = 'late:' || p.invoice_id and v.status <> 'void'))) as invoiced,
        (select coalesce(-sum(e.amount_nanos), 0) from ledger_transactions t
          join ledger_entries e on e.transaction_id = t.id
          join ledger_accounts a on a.id = e.account_id and a.purpose = 'processor_clearing'
          where t.kind = 'invoice_payment' and t.reference like p.invoice_id || ':in\\_%') as received
      from periods p)
    select organization_id, name, starts, ends, invoice_id, number, status, usage::text, ledger::text,
      case when invoice_id is not null then coalesce(invoiced, 0) end::text as invoiced, received::text
    from sums
    where usage <> 0 or ledger <> 0 or invoice_id is not null
    order by name, organization_id`;
}

function size(nanos: Nanos): Nanos {
  return nanos < 0n ? -nanos : nanos;
}

function toMonth(row: Row, received: Map<string, Nanos>): ReconciledMonth {
  const usageNanos = BigInt(row.usage);
  const ledgerNanos = BigInt(row.ledger);
  const invoicedNanos = row.invoiced === null ? null : BigInt(row.invoiced);
  const receivedNanos = BigInt(row.received);
  const stripeNanos = row.invoice_id === null ? null : (received.get(row.invoice_id) ?? null);
  const differenceNanos =
    size(usageNanos - ledgerNanos) +
    (invoicedNanos === null ? 0n : size(usageNanos - invoicedNanos)) +
    (stripeNanos === null ? 0n : size(stripeNanos - receivedNanos));
  return {
    organizationId: row.organization_id,
    name: row.name,
    from: new Date(row.starts),
    to: new Date(row.ends),
    invoice:
      row.invoice_id === null ? null : { id: row.invoice_id, number: row.number, status: row.status ?? '' },
    ...{ usageNanos, ledgerNanos, invoicedNanos, receivedNanos, stripeNanos, differenceNanos },
  };
}

/** What Stripe received for each invoice of the month. Stripe away: nothing is said about it. */
async function askStripe(
  ctx: Context,
  first: string,
): Promise<{ received: Map<string, Nanos>; complete: boolean }> {
  const known = await ctx.db
    .select({ id: invoices.id, stripeInvoiceId: invoices.stripeInvoiceId })
    .from(invoices)
    .where(
      and(
        isNotNull(invoices.stripeInvoiceId),
        sql`${invoices.periodStart} <= (${first}::timestamp + interval '10 days') at time zone ${invoices.timeZone}`,
        sql`${invoices.periodEnd} > (${first}::timestamp + interval '10 days') at time zone ${invoices.timeZone}`,
      ),
    )
    .limit(MAX_QUESTIONS + 1);
  const received = new Map<string, Nanos>();
  let complete = known.length <= MAX_QUESTIONS;
  const waiting = known.slice(0, MAX_QUESTIONS);
  const ask = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      try {
        const remote = await callStripe(() => ctx.payments.stripe.invoices.retrieve(next!.stripeInvoiceId!));
        received.set(next.id, fromCents(remote.amount_paid));
      } catch (error) {
        if (isMissingAtStripe(error)) received.set(next.id, 0n);
        else complete = false;
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_QUESTIONS }, ask));
  return { received, complete };
}

export interface ReconciledDetail {
  month: ReconciledMonth;
  /** Local days on which usage events and ledger differ. */
  days: { day: string; usageNanos: Nanos; ledgerNanos: Nanos }[];
  /** Lines whose usage is not what the invoice says. */
  lines: { line: ExactLine; usageNanos: Nanos; invoicedNanos: Nanos }[];
}

/** What differs in one organization's month; empty lists when nothing does. */
export async function reconcileOrganization(
  ctx: Context,
  input: { month: string; organizationId: string },
): Promise<ReconciledDetail | null> {
  requirePlatformAdmin(ctx);
  const month = parseInput(monthSchema, input.month);
  const [row] = await ctx.db.execute<Row>(rowsOf(`${month}-01`, input.organizationId));
  if (!row) return null;
  const { received } = await askStripe(ctx, `${month}-01`);
  const found = toMonth(row, received);
  const days = await ctx.db.execute<{ day: string; usage: string; ledger: string }>(sql`
    with zone as (select time_zone from organizations where id = ${input.organizationId}),
    used as (
      select (occurred_at at time zone (select time_zone from zone))::date as day, sum(charge_nanos) as amount
      from usage_events where organization_id = ${input.organizationId}
        and occurred_at >= ${row.starts}::timestamptz and occurred_at < ${row.ends}::timestamptz group by 1),
    booked as (
      select (t.created_at at time zone (select time_zone from zone))::date as day, -sum(e.amount_nanos) as amount
      from ledger_accounts a join ledger_entries e on e.account_id = a.id
      join ledger_transactions t on t.id = e.transaction_id and t.kind = 'usage'
      where a.organization_id = ${input.organizationId}
        and a.purpose in ('buyer_wallet', 'promotional_credit', 'buyer_receivable')
        and t.created_at >= ${row.starts}::timestamptz and t.created_at < ${row.ends}::timestamptz group by 1)
    select coalesce(u.day, b.day)::text as day, coalesce(u.amount, 0)::text as usage, coalesce(b.amount, 0)::text as ledger
    from used u full join booked b on b.day = u.day
    where coalesce(u.amount, 0) <> coalesce(b.amount, 0) order by 1`);
  return {
    month: found,
    days: days.map(({ day, usage, ledger }) => ({
      day,
      usageNanos: BigInt(usage),
      ledgerNanos: BigInt(ledger),
    })),
    lines: found.invoice ? await differingLines(ctx, found, found.invoice.id) : [],
  };
}

async function differingLines(ctx: Context, month: ReconciledMonth, invoiceId: string) {
  const { organizationId, from, to } = month;
  const usage = await collectUsage(ctx.db, { organizationId, from, to });
  const written = await ctx.db.query.invoiceLines.findMany({
    where: (line, { and: all, eq: is, or: either }) =>
      all(
        is(line.kind, 'usage'),
        either(
          is(line.description, `late:${invoiceId}`),
          all(is(line.invoiceId, invoiceId), is(line.description, '')),
        ),
      ),
  });
  const amounts = (lines: readonly ExactLine[]) => {
    const sums = new Map<string, Nanos>();
    for (const line of lines) sums.set(lineKey(line), (sums.get(lineKey(line)) ?? 0n) + line.exactNanos);
    return sums;
  };
  const [now, then] = [amounts(usage.lines), amounts(written)];
  return subtractLines(usage.lines, written)
    .filter((line) => line.exactNanos !== 0n)
    .map((line) => ({
      line,
      usageNanos: now.get(lineKey(line)) ?? 0n,
      invoicedNanos: then.get(lineKey(line)) ?? 0n,
    }));
}
