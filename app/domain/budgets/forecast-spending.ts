import { sql } from 'drizzle-orm';
import type { Nanos } from '../../lib/money.ts';
import { requireActor, type Context } from '../context.ts';

export interface SpendingForecast {
  /** This month so far, in the organization's time zone. */
  spentNanos: Nanos;
  /** What a day cost on average over `paceDays`. */
  perDayNanos: Nanos;
  /** Days the average is taken over: up to seven, as many as there was usage for; 0 without any. */
  paceDays: number;
  /** `spent + per day × rest of the month`; null while there is no pace. */
  projectedNanos: Nanos | null;
  /** When what can be spent is used up at this pace; null without a pace, or not within a year. */
  runsOutAt: Date | null;
  monthStart: Date;
  monthEnd: Date;
  timeZone: string;
  services: { serviceId: string; name: string; slug: string; spentNanos: Nanos; projectedNanos: Nanos }[];
}

const DAY_MS = 86_400_000;
const PACE_DAYS = 7;
const HORIZON_DAYS = 365;

type Row = Record<string, unknown> & {
  time_zone: string;
  month_start: string;
  month_end: string;
  spendable: string;
};
type ServiceRow = Record<string, unknown> & {
  service_id: string;
  name: string;
  slug: string;
  spent: string;
  recent: string;
  first_at: string | null;
};

/**
 * What the acting organization's calls will have cost by the end of the month if they go on as in the
 * last seven days. A straight line: its method can be said in a sentence, and checked by hand.
 */
export async function forecastSpending(ctx: Context): Promise<SpendingForecast> {
  const { organizationId } = requireActor(ctx);
  const now = ctx.clock.now();
  const at = new Date(now).toISOString();
  const paceFrom = new Date(now - PACE_DAYS * DAY_MS).toISOString();
  const [month] = await ctx.db.execute<Row>(sql`
    select o.time_zone, s.month_start,
      (date_trunc('month', s.month_start at time zone o.time_zone) + interval '1 month') at time zone o.time_zone as month_end,
      (coalesce(w.available_nanos + w.promo_nanos, 0)
        + (select coalesce(sum(a.amount_nanos), 0) from allowances a where a.organization_id = o.id)
        + greatest(0, coalesce(w.credit_limit_nanos - w.credit_used_nanos - w.credit_held_nanos, 0)))::text as spendable
    from organizations o
    cross join lateral (select window_start('month', o.time_zone, ${at}::timestamptz) as month_start) s
    left join wallets w on w.organization_id = o.id
    where o.id = ${organizationId}`);
  if (!month) throw new Error('the organization is gone');
  const monthStart = new Date(month.month_start);
  const monthEnd = new Date(month.month_end);
  const rows = await ctx.db.execute<ServiceRow>(sql`
    select r.service_id, s.name, s.slug,
      coalesce(sum(r.charge_nanos) filter (where r.bucket_start >= ${monthStart.toISOString()}::timestamptz), 0)::text as spent,
      coalesce(sum(r.charge_nanos) filter (where r.bucket_start >= ${paceFrom}::timestamptz), 0)::text as recent,
      min(r.bucket_start) filter (where r.bucket_start >= ${paceFrom}::timestamptz and r.charge_nanos > 0) as first_at
    from usage_rollups r join services s on s.id = r.service_id
    where r.organization_id = ${organizationId} and r.bucket_start < ${at}::timestamptz
      and r.bucket_start >= least(${monthStart.toISOString()}::timestamptz, ${paceFrom}::timestamptz)
    group by r.service_id, s.name, s.slug having sum(r.charge_nanos) > 0`);
  const firsts = rows.flatMap(({ first_at }) => (first_at === null ? [] : [new Date(first_at).getTime()]));
  // A younger buyer is not averaged over days on which there was nothing yet; a day at least.
  const paceDays =
    firsts.length === 0
      ? 0
      : Math.min(PACE_DAYS, Math.max(1, Math.ceil((now - Math.min(...firsts)) / DAY_MS)));
  const restMs = BigInt(Math.max(0, monthEnd.getTime() - now));
  const paceMs = BigInt(paceDays * DAY_MS);
  const project = (spent: Nanos, recent: Nanos) => spent + (paceMs > 0n ? (recent * restMs) / paceMs : 0n);
  const services = rows
    .map((row) => {
      const [spentNanos, recentNanos] = [BigInt(row.spent), BigInt(row.recent)];
      return {
        serviceId: row.service_id,
        name: row.name,
        slug: row.slug,
        spentNanos,
        recentNanos,
        projectedNanos: project(spentNanos, recentNanos),
      };
    })
    .sort((a, b) => (a.projectedNanos < b.projectedNanos ? 1 : a.projectedNanos > b.projectedNanos ? -1 : 0));
  const spentNanos = services.reduce((sum, one) => sum + one.spentNanos, 0n);
  const recentNanos = services.reduce((sum, one) => sum + one.recentNanos, 0n);
  return {
    spentNanos,
    perDayNanos: paceDays > 0 ? recentNanos / BigInt(paceDays) : 0n,
    paceDays,
    projectedNanos: paceDays > 0 ? project(spentNanos, recentNanos) : null,
    runsOutAt: runOut(now, BigInt(month.spendable), recentNanos, paceMs),
    monthStart,
    monthEnd,
    timeZone: month.time_zone,
    services: services.map(({ recentNanos: _recent, ...service }) => service),
  };
}

function runOut(now: number, spendable: Nanos, recent: Nanos, paceMs: bigint): Date | null {
  if (recent <= 0n || paceMs === 0n) return null;
  const afterMs = (spendable * paceMs) / recent;
  if (afterMs > BigInt(HORIZON_DAYS * DAY_MS)) return null;
  return new Date(now + parseInt(afterMs.toString(), 10));
}
