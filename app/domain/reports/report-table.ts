import { AppError } from '../../lib/app-error.ts';
import { findGroupNames } from './group-names.ts';
import { listPeriods, type ReportContext } from './report-scope.ts';
import { MAX_REPORT_ROWS, type ReportQuery } from './schemas.ts';

export interface Group {
  id: string;
  /** Null: nothing has a name for it, as for calls without a model. */
  name: string | null;
}

/** Sums by period, by group and by both; each of the three adds up to the totals. */
export interface ReportTable<Sums> {
  query: ReportQuery;
  totals: Sums;
  /** Every period of the range, also empty ones. */
  periods: (Sums & { period: string })[];
  /** The largest first; empty when nothing is grouped. */
  groups: (Sums & { group: Group })[];
  /** Those with something in them; empty when nothing is grouped. */
  cells: (Sums & { period: string; group: Group })[];
}

/** A row of `group by grouping sets ((), (period), (grp), (period, grp))`. */
export interface SetRow {
  [name: string]: unknown;
  /** `grouping(period, grp)`: a bit for each that the row does not stand for. */
  level: number;
  period: string | null;
  grp: string | null;
}

const LEVEL = { total: 3, period: 1, group: 2, cell: 0 };

/** Puts the rows of one statement into a table, so that its parts cannot differ. */
export async function toTable<Row extends SetRow, Sums>(
  ctx: ReportContext,
  query: ReportQuery,
  rows: Row[],
  read: { sums: (row: Row) => Sums; nothing: Sums; weight: (sums: Sums) => bigint },
): Promise<ReportTable<Sums>> {
  if (rows.length > MAX_REPORT_ROWS) {
    throw new AppError(
      'invalid_request',
      'granularity: too many rows; choose a coarser one or a shorter range.',
      {
        issues: [{ field: 'granularity', reason: 'too_big', params: { max: MAX_REPORT_ROWS } }],
      },
    );
  }
  const of = (level: number) => rows.filter((row) => row.level === level);
  const grouped = query.groupBy === 'none' ? [] : of(LEVEL.group);
  const [names, periods] = await Promise.all([
    findGroupNames(
      ctx,
      query.groupBy,
      grouped.map(({ grp }) => grp ?? ''),
    ),
    listPeriods(ctx, query),
  ]);
  const groupOf = (row: Row): Group => ({ id: row.grp ?? '', name: names.get(row.grp ?? '') ?? null });
  const found = new Map(of(LEVEL.period).map((row) => [row.period ?? '', read.sums(row)]));
  const [total] = of(LEVEL.total);
  const groups = grouped.map((row) => ({ group: groupOf(row), ...read.sums(row) }));
  const weightOf = new Map(groups.map((row) => [row.group.id, read.weight(row)]));
  const byWeight = (a: Group, b: Group) => {
    const difference = (weightOf.get(b.id) ?? 0n) - (weightOf.get(a.id) ?? 0n);
    return difference > 0n ? 1 : difference < 0n ? -1 : a.id < b.id ? -1 : 1;
  };
  return {
    query,
    totals: total ? read.sums(total) : read.nothing,
    periods: periods.map((period) => ({ period, ...(found.get(period) ?? read.nothing) })),
    groups: groups.sort((a, b) => byWeight(a.group, b.group)),
    cells: (query.groupBy === 'none' ? [] : of(LEVEL.cell))
      .map((row) => ({ period: row.period ?? '', group: groupOf(row), ...read.sums(row) }))
      .sort((a, b) => (a.period === b.period ? byWeight(a.group, b.group) : a.period < b.period ? -1 : 1)),
  };
}
