/** What an organization bought between two moments, as lines of an invoice; only reads. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import type { INVOICE_LINE_KINDS } from '../../../db/schema/index.ts';
import { encodeUlidTime } from '../../lib/ids.ts';
import { NANOS_PER_CENT, type Nanos } from '../../lib/money.ts';

/** A line before it is rounded. */
export interface ExactLine {
  kind: (typeof INVOICE_LINE_KINDS)[number];
  serviceId: string | null;
  serviceName: string | null;
  planName: string | null;
  priceVersionId: string | null;
  meter: string | null;
  model: string | null;
  /** Reason of an adjustment; `late:<invoice id>` for usage of a month that was finalized without it. */
  description: string;
  quantity: number;
  /** Null: a quota paid for these units. */
  nanosPerMillion: Nanos | null;
  exactNanos: Nanos;
}

export interface Period {
  organizationId: string;
  from: Date;
  to: Date;
}

export interface CollectedUsage {
  lines: ExactLine[];
  /** Sums of the events behind the lines. */
  chargeNanos: Nanos;
  promoNanos: Nanos;
  creditNanos: Nanos;
}

/** A call lasts hours at most; its id is as old as its beginning. */
const LONGEST_CALL_MS = 3 * 86_400_000;

/** Lets PostgreSQL leave older partitions alone. */
function oldestRequestId(from: Date): string {
  return `req_${encodeUlidTime(Math.max(0, from.getTime() - LONGEST_CALL_MS))}`;
}

interface UsageRow extends Record<string, unknown> {
  service_id: string;
  service_name: string | null;
  plan_name: string | null;
  price_version_id: string;
  meter: string;
  model: string;
  rate: string | null;
  quantity: string;
  amount: string;
}

const eventsOf = ({ organizationId, from, to }: Period) => sql`
  select service_id, plan_id, price_version_id, charge_nanos, promo_nanos, credit_nanos, lines
  from usage_events
  where organization_id = ${organizationId} and request_id >= ${oldestRequestId(from)}
    and occurred_at >= ${from.toISOString()}::timestamptz and occurred_at < ${to.toISOString()}::timestamptz`;

/** What the events of a period add up to. */
export async function sumUsage(db: Db, period: Period): Promise<Omit<CollectedUsage, 'lines'>> {
  const [sums] = await db.execute<{ charge: string; promo: string; credit: string }>(sql`
    select coalesce(sum(charge_nanos), 0)::text as charge, coalesce(sum(promo_nanos), 0)::text as promo,
      coalesce(sum(credit_nanos), 0)::text as credit from (${eventsOf(period)}) as events`);
  return {
    chargeNanos: BigInt(sums?.charge ?? '0'),
    promoNanos: BigInt(sums?.promo ?? '0'),
    creditNanos: BigInt(sums?.credit ?? '0'),
  };
}

/** Usage by service, plan, price version, meter, model and unit price. The amounts add up to the charges. */
export async function collectUsage(db: Db, period: Period): Promise<CollectedUsage> {
  const rows = await db.execute<UsageRow>(sql`
    with events as materialized (${eventsOf(period)}),
    lines as (
      select e.service_id, e.plan_id, e.price_version_id, l.meter, coalesce(l.model, '') as model,
        l."nanosPerMillion"::bigint as rate, l.quantity::numeric as quantity,
        coalesce(l.included, 0)::numeric as included, l."amountNanos"::bigint as amount
      from events e
      cross join lateral jsonb_to_recordset(e.lines) as l
        (meter text, model text, quantity numeric, included numeric, "nanosPerMillion" text, "amountNanos" text)),
    parts as (
      select service_id, plan_id, price_version_id, meter, model, rate, sum(quantity) as quantity, sum(amount) as amount
      from lines where quantity <> 0 or amount <> 0 group by 1, 2, 3, 4, 5, 6
      union all
      select service_id, plan_id, price_version_id, meter, model, null, sum(included), 0
      from lines where included > 0 group by 1, 2, 3, 4, 5
      union all
      -- Charged without an explanation: so many calls at so much.
      select service_id, plan_id, price_version_id, 'call', '',
        case when charge_nanos < 9000000000000 then charge_nanos * 1000000 end, count(*), sum(charge_nanos)
      from events where charge_nanos <> 0 and lines is null group by 1, 2, 3, charge_nanos
      union all
      -- What a charge has beyond its lines.
      select service_id, plan_id, price_version_id, 'adjustment', '', 0, count(*), sum(rest)
      from (select e.*, e.charge_nanos - (select coalesce(sum((l ->> 'amountNanos')::bigint), 0)
              from jsonb_array_elements(e.lines) l) as rest
            from events e where e.lines is not null) differing
      where rest <> 0 group by 1, 2, 3)
    select p.service_id, s.name as service_name, pl.name as plan_name, p.price_version_id, p.meter, p.model,
      p.rate::text, p.quantity::text, p.amount::text
    from parts p
    left join services s on s.id = p.service_id
    left join plans pl on pl.id = p.plan_id
    order by s.name, p.service_id, pl.name, p.price_version_id, p.meter, p.model, p.rate desc nulls last`);
  return {
    lines: rows.map((row) => ({
      kind: 'usage',
      serviceId: row.service_id,
      serviceName: row.service_name,
      planName: row.plan_name,
      priceVersionId: row.price_version_id,
      meter: row.meter,
      model: row.model || null,
      description: '',
      quantity: Math.round(Number(row.quantity)),
      nanosPerMillion: row.rate === null ? null : BigInt(row.rate),
      exactNanos: BigInt(row.amount),
    })),
    ...(await sumUsage(db, period)),
  };
}

interface MoneyRow extends Record<string, unknown> {
  kind: ExactLine['kind'];
  service_id: string | null;
  service_name: string | null;
  plan_name: string | null;
  price_version_id: string | null;
  meter: string | null;
  quantity: string;
  amount: string;
  promo: string;
  receivable: string;
}

export interface CollectedMoney {
  lines: ExactLine[];
  /** Parts of the refunds that went back to promotional credit, and that are owed no longer (of calls of the period). */
  promoNanos: Nanos;
  creditNanos: Nanos;
}

/** Recurring fees, what was taken off them, volume discounts and refunds; by the ledger's clock. */
export async function collectMoney(db: Db, { organizationId, from, to }: Period): Promise<CollectedMoney> {
  const inPeriod = sql`t.created_at >= ${from.toISOString()}::timestamptz and t.created_at < ${to.toISOString()}::timestamptz`;
  const entriesOf = (purpose: string) => sql`coalesce((
    select sum(e.amount_nanos) from ledger_entries e join ledger_accounts a on a.id = e.account_id
    where e.transaction_id = t.id and a.organization_id = ${organizationId} and a.purpose = ${purpose}), 0)`;
  const rows = await db.execute<MoneyRow>(sql`
    with money as (
      select 'fee' as kind, s.service_id, f.plan_id, s.price_version_id, null as meter, 1 as quantity,
        f.amount_nanos + f.discount_nanos as amount, 0 as promo, 0 as receivable, t.created_at
      from subscription_fees f
      join ledger_transactions t on t.kind = 'subscription_fee' and t.reference = f.reference
      join subscriptions s on s.id = f.subscription_id
      where f.organization_id = ${organizationId} and ${inPeriod}
      union all
      select 'discount', s.service_id, f.plan_id, s.price_version_id, null, 1, -f.discount_nanos, 0, 0, t.created_at
      from subscription_fees f
      join ledger_transactions t on t.kind = 'subscription_fee' and t.reference = f.reference
      join subscriptions s on s.id = f.subscription_id
      where f.organization_id = ${organizationId} and f.discount_nanos > 0 and ${inPeriod}
      union all
      select 'discount', s.service_id, s.plan_id, s.price_version_id, split_part(t.reference, ':', 2), 1,
        -(${entriesOf('buyer_wallet')}), 0, 0, t.created_at
      from ledger_transactions t
      join subscriptions s on s.id = split_part(t.reference, ':', 1)
      where t.kind = 'volume_discount' and s.organization_id = ${organizationId} and ${inPeriod}
      union all
      select 'refund', coalesce(u.service_id, fs.service_id), coalesce(u.plan_id, f.plan_id), u.price_version_id, null, 1,
        -r.amount_nanos, ${entriesOf('promotional_credit')},
        -- What an earlier invoice asks for is paid with that one, and comes back as money then.
        case when u.occurred_at >= ${from.toISOString()}::timestamptz then ${entriesOf('buyer_receivable')} else 0 end, t.created_at
      from refunds r
      join ledger_transactions t on t.kind = 'refund' and t.reference = r.id
      left join usage_events u on r.kind = 'call' and u.organization_id = r.organization_id and u.request_id = r.reference
      left join subscription_fees f on r.kind = 'subscription_fee' and f.id = r.reference
      left join subscriptions fs on fs.id = f.subscription_id
      where r.organization_id = ${organizationId} and r.kind in ('call', 'subscription_fee') and ${inPeriod})
    select m.kind, m.service_id, s.name as service_name, p.name as plan_name, m.price_version_id, m.meter,
      sum(m.quantity)::text as quantity, sum(m.amount)::text as amount, sum(m.promo)::text as promo,
      sum(m.receivable)::text as receivable
    from money m left join services s on s.id = m.service_id left join plans p on p.id = m.plan_id
    group by 1, 2, 3, 4, 5, 6 having sum(m.amount) <> 0
    order by 1, 3, 2, 4, 5, 6`);
  const sum = (pick: (row: MoneyRow) => string) => rows.reduce((all, row) => all + BigInt(pick(row)), 0n);
  return {
    lines: rows.map((row) => ({
      kind: row.kind,
      serviceId: row.service_id,
      serviceName: row.service_name,
      planName: row.plan_name,
      priceVersionId: row.price_version_id,
      meter: row.meter,
      model: null,
      description: '',
      quantity: Number(row.quantity),
      nanosPerMillion: null,
      exactNanos: BigInt(row.amount),
    })),
    promoNanos: sum((row) => row.promo),
    creditNanos: sum((row) => row.receivable),
  };
}

/** Promotional credit stands on a line of its own: it lowers what is taxed. */
export function promotionalLine(promoNanos: Nanos): ExactLine[] {
  if (promoNanos === 0n) return [];
  return [{ ...EMPTY, kind: 'discount', exactNanos: -promoNanos }];
}

export function adjustmentLine(amountNanos: Nanos, reason: string): ExactLine {
  if (amountNanos % NANOS_PER_CENT !== 0n) throw new RangeError('adjustments are whole cents');
  return { ...EMPTY, kind: 'adjustment', description: reason, exactNanos: amountNanos };
}

const EMPTY = {
  serviceId: null,
  serviceName: null,
  planName: null,
  priceVersionId: null,
  meter: null,
  model: null,
  description: '',
  quantity: 1,
  nanosPerMillion: null,
};

/** Two lines with the same key are about the same thing at the same price. */
export function lineKey(
  line: Pick<ExactLine, 'serviceId' | 'planName' | 'priceVersionId' | 'meter' | 'model' | 'nanosPerMillion'>,
): string {
  const { serviceId, planName, priceVersionId, meter, model, nanosPerMillion } = line;
  return JSON.stringify([serviceId, planName, priceVersionId, meter, model, String(nanosPerMillion)]);
}

/** What `now` has beyond what `then` had, line by line. */
export function subtractLines(now: readonly ExactLine[], then: readonly ExactLine[]): ExactLine[] {
  const left = new Map(now.map((line) => [lineKey(line), line]));
  for (const line of then) {
    const key = lineKey(line);
    const known = left.get(key) ?? { ...line, quantity: 0, exactNanos: 0n };
    left.set(key, {
      ...known,
      quantity: known.quantity - line.quantity,
      exactNanos: known.exactNanos - line.exactNanos,
    });
  }
  return [...left.values()].filter((line) => line.exactNanos !== 0n || line.quantity !== 0);
}
