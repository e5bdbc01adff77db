import { and, eq, gte, lt, sql, type SQL } from 'drizzle-orm';
import { keys, LATENCY_BOUNDS_MS, services, usageRollups, watermarks } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { listDays } from '../../lib/time.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';
import { estimatePercentile } from './latency-histogram.ts';
import { usageReportSchema, type UsageReportInput } from './schemas.ts';

export interface UsageTotals {
  calls: number;
  errors: number;
  inputTokens: number;
  outputTokens: number;
  responseBytes: number;
  chargeNanos: Nanos;
  feeNanos: Nanos;
  /** Null without calls. */
  averageMs: number | null;
  /** Estimated from a histogram; null without calls. */
  p95Ms: number | null;
}

export interface UsageReport {
  totals: UsageTotals;
  /** Every day of the range in the reader's time zone, also those without calls. */
  days: (UsageTotals & { day: string })[];
  byService: (UsageTotals & { serviceId: string; serviceName: string; serviceSlug: string })[];
  /** Only for buyers: sellers see nobody's keys. */
  byKey: (UsageTotals & {
    keyId: string;
    /** Null: a key of the environment. */
    keyName: string | null;
  })[];
  /** Events up to here are in; null before the first roll-up. */
  freshUntil: Date | null;
}

const total = (
  column:
    | SQL
    | (typeof usageRollups)[
        'calls' | 'errors' | 'inputTokens' | 'outputTokens' | 'responseBytes' | 'totalMsSum'],
) => sql<number>`coalesce(sum(${column}), 0)`.mapWith(Number);
const amount = (column: (typeof usageRollups)['chargeNanos' | 'feeNanos']) =>
  sql<bigint>`coalesce(sum(${column}), 0)`.mapWith((value: string) => BigInt(value));

const sums = {
  calls: total(usageRollups.calls),
  errors: total(usageRollups.errors),
  inputTokens: total(usageRollups.inputTokens),
  outputTokens: total(usageRollups.outputTokens),
  responseBytes: total(usageRollups.responseBytes),
  chargeNanos: amount(usageRollups.chargeNanos),
  feeNanos: amount(usageRollups.feeNanos),
  totalMs: total(usageRollups.totalMsSum),
  latencyCounts: sql<number[]>`array[${sql.join(
    [...LATENCY_BOUNDS_MS, null].map(
      (_, i) => sql`coalesce(sum(${usageRollups.latencyCounts}[${sql.raw(String(i + 1))}]), 0)::integer`,
    ),
    sql`, `,
  )}]`,
};

type SumsRow = Omit<UsageTotals, 'averageMs' | 'p95Ms'> & { totalMs: number; latencyCounts: number[] };

function toTotals({ totalMs, latencyCounts, ...row }: SumsRow): UsageTotals {
  return {
    ...row,
    averageMs: row.calls > 0 ? totalMs / row.calls : null,
    p95Ms: estimatePercentile(latencyCounts, 0.95),
  };
}

const EMPTY: UsageTotals = {
  calls: 0,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  responseBytes: 0,
  chargeNanos: 0n,
  feeNanos: 0n,
  averageMs: null,
  p95Ms: null,
};

/** Usage of the acting organization, as a buyer or as a seller, from the 15-minute roll-ups. */
export async function getUsageReport(
  ctx: Pick<OrganizationContext, 'actor' | 'db'>,
  input: UsageReportInput,
): Promise<UsageReport> {
  const organizationId = requireOrganization(ctx);
  const { perspective, from, to, timeZone, serviceId, keyId } = usageReportSchema.parse(input);
  const owner = perspective === 'buyer' ? usageRollups.organizationId : usageRollups.sellerOrganizationId;
  const where = and(
    eq(owner, organizationId),
    gte(usageRollups.bucketStart, from),
    lt(usageRollups.bucketStart, to),
    serviceId ? eq(usageRollups.serviceId, serviceId) : undefined,
    keyId ? eq(usageRollups.keyId, keyId) : undefined,
  );
  // The zone is a literal: as a parameter, SELECT and GROUP BY would count as two expressions.
  const day = sql<string>`to_char(${usageRollups.bucketStart} at time zone ${sql.raw(`'${timeZone.replaceAll("'", '')}'`)}, 'YYYY-MM-DD')`;
  const [totals, days, byService, byKey, [watermark]] = await Promise.all([
    ctx.db.select(sums).from(usageRollups).where(where),
    ctx.db
      .select({ day, ...sums })
      .from(usageRollups)
      .where(where)
      .groupBy(day)
      .orderBy(day),
    ctx.db
      .select({
        serviceId: usageRollups.serviceId,
        serviceName: services.name,
        serviceSlug: services.slug,
        ...sums,
      })
      .from(usageRollups)
      .innerJoin(services, eq(services.id, usageRollups.serviceId))
      .where(where)
      .groupBy(usageRollups.serviceId, services.name, services.slug)
      .orderBy(sql`sum(${usageRollups.calls}) desc`),
    perspective === 'seller'
      ? []
      : ctx.db
          .select({ keyId: usageRollups.keyId, keyName: keys.name, ...sums })
          .from(usageRollups)
          .leftJoin(keys, eq(keys.id, usageRollups.keyId))
          .where(where)
          .groupBy(usageRollups.keyId, keys.name)
          .orderBy(sql`sum(${usageRollups.calls}) desc`),
    ctx.db.select().from(watermarks).where(eq(watermarks.name, 'usage_rollup')),
  ]);
  const found = new Map(days.map(({ day: name, ...row }) => [name, toTotals(row)]));
  return {
    totals: totals[0] ? toTotals(totals[0]) : EMPTY,
    days: listDays(from, to, timeZone).map((name) => ({ day: name, ...(found.get(name) ?? EMPTY) })),
    byService: byService.map(({ serviceId: id, serviceName, serviceSlug, ...row }) => ({
      serviceId: id,
      serviceName,
      serviceSlug,
      ...toTotals(row),
    })),
    byKey: byKey.map(({ keyId: id, keyName, ...row }) => ({ keyId: id, keyName, ...toTotals(row) })),
    freshUntil: watermark?.reachedAt ?? null,
  };
}
