import { inArray, sql } from 'drizzle-orm';
import { keys, services } from '../../../db/schema/index.ts';
import { listDays } from '../../lib/time.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';
import { usageReportSchema, type UsageReportInput } from './schemas.ts';
import { USAGE_SUMS, usageFacts, type UsageSumsRow } from './usage-facts.ts';
import { NO_USAGE, toUsageTotals, type UsageTotals } from './usage-sums.ts';

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
  /** Calls that were recorded by then are in. */
  freshUntil: Date | null;
}

interface Row extends UsageSumsRow {
  level: number;
  day: string | null;
  service_id: string | null;
  key_id: string | null;
  fresh_until: string;
}

/** What `grouping(day, service_id, key_id)` says: a bit for each that a row does not stand for. */
const LEVEL = { total: 7, day: 3, service: 5, key: 6 };

/** Usage of the acting organization, as a buyer or as a seller: every call up to now. */
export async function getUsageReport(
  ctx: Pick<OrganizationContext, 'actor' | 'db'>,
  input: UsageReportInput,
): Promise<UsageReport> {
  const organizationId = requireOrganization(ctx);
  const { perspective, from, to, timeZone, serviceId, keyId } = usageReportSchema.parse(input);
  const owner = sql.raw(perspective === 'buyer' ? 'organization_id' : 'seller_organization_id');
  const scope = sql`${owner} = ${organizationId}
    ${serviceId ? sql`and service_id = ${serviceId}` : sql``} ${keyId ? sql`and key_id = ${keyId}` : sql``}`;
  const rows = await ctx.db.execute<Row>(sql`
    select grouping(day, service_id, key_id) as level, day, service_id, key_id, now()::text as fresh_until, ${USAGE_SUMS}
    from (select to_char(at at time zone ${timeZone}, 'YYYY-MM-DD') as day, facts.* from ${usageFacts({ from, to }, scope)} facts) x
    group by grouping sets ((), (day), (service_id), (key_id))
    order by sum(calls) desc nulls last, service_id, key_id`);
  const of = (level: number) => rows.filter((row) => row.level === level);
  const [total] = of(LEVEL.total);
  const days = new Map(of(LEVEL.day).map((row) => [row.day, toUsageTotals(row)]));
  const [serviceNames, keyNames] = await Promise.all([
    findServices(
      ctx,
      of(LEVEL.service).map((row) => row.service_id ?? ''),
    ),
    perspective === 'seller'
      ? new Map<string, string>()
      : findKeyNames(
          ctx,
          of(LEVEL.key).map((row) => row.key_id ?? ''),
        ),
  ]);
  return {
    totals: total ? toUsageTotals(total) : NO_USAGE,
    days: listDays(from, to, timeZone).map((day) => ({ day, ...(days.get(day) ?? NO_USAGE) })),
    byService: of(LEVEL.service).flatMap((row) => {
      const service = serviceNames.get(row.service_id ?? '');
      return service
        ? [
            {
              serviceId: service.id,
              serviceName: service.name,
              serviceSlug: service.slug,
              ...toUsageTotals(row),
            },
          ]
        : [];
    }),
    byKey:
      perspective === 'seller'
        ? []
        : of(LEVEL.key).map((row) => ({
            keyId: row.key_id ?? '',
            keyName: keyNames.get(row.key_id ?? '') ?? null,
            ...toUsageTotals(row),
          })),
    freshUntil: total ? new Date(total.fresh_until) : null,
  };
}

async function findServices({ db }: Pick<OrganizationContext, 'db'>, ids: string[]) {
  if (ids.length === 0) return new Map<string, { id: string; name: string; slug: string }>();
  const rows = await db
    .select({ id: services.id, name: services.name, slug: services.slug })
    .from(services)
    .where(inArray(services.id, ids));
  return new Map(rows.map((row) => [row.id, row]));
}

async function findKeyNames({ db }: Pick<OrganizationContext, 'db'>, ids: string[]) {
  if (ids.length === 0) return new Map<string, string>();
  const rows = await db.select({ id: keys.id, name: keys.name }).from(keys).where(inArray(keys.id, ids));
  return new Map(rows.map(({ id, name }) => [id, name]));
}
