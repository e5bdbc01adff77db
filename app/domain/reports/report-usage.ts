import { sql } from 'drizzle-orm';
import {
  NO_USAGE,
  toUsageTotals,
  USAGE_SUMS,
  usageFacts,
  type UsageSumsRow,
  type UsageTotals,
} from '../usage/index.ts';
import { groupColumn, openReport, periodOf, scopeOf, type ReportContext } from './report-scope.ts';
import { toTable, type ReportTable, type SetRow } from './report-table.ts';
import { MAX_REPORT_ROWS, type ReportInput } from './schemas.ts';

export type UsageTable = ReportTable<UsageTotals>;

/**
 * Calls, errors, latency, tokens and cost of a range, every recorded call included: of the acting
 * organization as a buyer or as a seller, of everybody for administrators.
 */
export async function reportUsage(ctx: ReportContext, input: ReportInput): Promise<UsageTable> {
  const { query, organizationId } = openReport(ctx, input);
  const rows = await ctx.db.execute<UsageSumsRow & SetRow>(sql`
    select grouping(period, grp) as level, period, grp, ${USAGE_SUMS}
    from (select ${periodOf(sql`at`, query.granularity, query.timeZone)} as period, ${groupColumn(query.groupBy)} as grp, facts.*
          from ${usageFacts(query, scopeOf(query, organizationId))} facts) x
    group by grouping sets ((), (period), (grp), (period, grp))
    limit ${MAX_REPORT_ROWS + 1}`);
  return toTable(ctx, query, [...rows], {
    sums: toUsageTotals,
    nothing: NO_USAGE,
    weight: ({ chargeNanos, calls }) => chargeNanos * 1_000_000_000n + BigInt(calls),
  });
}
