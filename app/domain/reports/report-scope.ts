import { sql, type SQL } from 'drizzle-orm';
import { parseInput } from '../../lib/parse-input.ts';
import { requireOrganization, requirePlatformAdmin, type Context } from '../context.ts';
import {
  reportSchema,
  type Granularity,
  type Grouping,
  type ReportInput,
  type ReportQuery,
} from './schemas.ts';

/** What reports need of a context; programs with a key read their organization's as people do. */
export type ReportContext = Pick<Context, 'db'> & {
  actor: Parameters<typeof requireOrganization>[0]['actor'];
};

/** Authorizes, parses, and says whose rows the report is about; null: everybody's. */
export function openReport(
  ctx: ReportContext,
  input: ReportInput,
): { query: ReportQuery; organizationId: string | null } {
  // An administrator's right is checked before anything is said about the input.
  const organizationId = input.perspective === 'admin' ? null : requireOrganization(ctx);
  if (input.perspective === 'admin') {
    if (ctx.actor.type === 'key') requireOrganization(ctx);
    requirePlatformAdmin(ctx as Context);
  }
  return { query: parseInput(reportSchema, input), organizationId };
}

/** The condition on rows that have the columns of usage events. */
export function scopeOf(query: ReportQuery, organizationId: string | null): SQL {
  const conditions = [
    organizationId === null ? sql`true` : sql`${sql.raw(ownerColumn(query))} = ${organizationId}`,
    ...(query.service === undefined
      ? []
      : [
          sql`service_id = (select id from services where id = ${query.service} or slug = ${query.service} limit 1)`,
        ]),
    ...(query.keyId === undefined ? [] : [sql`key_id = ${query.keyId}`]),
    ...(query.model === undefined ? [] : [sql`coalesce(model, '') = ${query.model}`]),
  ];
  return sql.join(conditions, sql` and `);
}

export function ownerColumn({ perspective }: Pick<ReportQuery, 'perspective'>): string {
  return perspective === 'seller' ? 'seller_organization_id' : 'organization_id';
}

const GROUP_COLUMNS: Record<Grouping, string> = {
  none: `''`,
  service: 'service_id',
  plan: 'plan_id',
  key: 'key_id',
  model: 'model',
  buyer: 'organization_id',
  seller: 'seller_organization_id',
};

export function groupColumn(groupBy: Grouping): SQL {
  return sql.raw(GROUP_COLUMNS[groupBy]);
}

/**
 * The period a moment lies in, as text: an instant for hours, which a clock may show twice, else the
 * local day it begins on.
 */
export function periodOf(moment: SQL, granularity: Granularity, timeZone: string): SQL {
  if (granularity === 'hour') {
    return sql`to_char(date_trunc('hour', ${moment}, ${timeZone}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
  }
  return sql`to_char(date_trunc(${granularity}, ${moment} at time zone ${timeZone}), 'YYYY-MM-DD')`;
}

/** Every period that the range touches, also those in which nothing happened. */
export async function listPeriods(
  { db }: Pick<ReportContext, 'db'>,
  { from, to, granularity, timeZone }: ReportQuery,
): Promise<string[]> {
  const start = from.toISOString();
  const end = to.toISOString();
  const step = granularity === 'hour' ? '15 minutes' : '6 hours';
  const rows = await db.execute<{ period: string }>(sql`
    select distinct ${periodOf(sql`at`, granularity, timeZone)} as period
    from (select generate_series(${start}::timestamptz, ${end}::timestamptz - interval '1 microsecond', ${step}::interval) as at
          union select ${end}::timestamptz - interval '1 microsecond') moments
    order by 1`);
  return rows.map(({ period }) => period);
}
