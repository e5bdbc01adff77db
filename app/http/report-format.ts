/** A report as JSON, as CSV and as a document: the same table, three ways to write it. */
import type { TFunction } from 'i18next';
import type { BillingTable, BillingTotals, Group, UsageTable } from '../domain/reports/index.ts';
import type { Granularity, Grouping, ReportQuery } from '../domain/reports/schemas.ts';
import type { UsageTotals } from '../domain/usage/index.ts';
import type { PdfDocument, PdfTable } from '../infra/pdf/render-pdf.ts';
import type { Locale } from '../i18n/locales.ts';
import { csvNumber, toCsv, type CsvCell } from '../lib/csv.ts';
import { formatMoney, toDecimal } from '../lib/money.ts';
import { dayOf } from '../lib/time.ts';
import {
  billingColumns,
  billingValue,
  USAGE_COLUMNS,
  usageValue,
  type ReportValue,
} from './report-columns.ts';
import { dateTimeFormat, numberFormat } from '../lib/intl.ts';

export const REPORT_CURRENCY = 'USD';

export type Report = { kind: 'usage'; table: UsageTable } | { kind: 'billing'; table: BillingTable };

type Texts = TFunction<'reports'>;
type Column = { name: string; valueOf: (totals: never) => ReportValue };

/** A row of a report, its values in the order of the columns. */
export interface ReportRow {
  period?: string;
  group?: Group;
  values: ReportValue[];
}

/** The report without its kind: columns by name, rows of values in their order. */
export interface PlainReport {
  query: ReportQuery;
  columns: string[];
  totals: ReportValue[];
  periods: ReportRow[];
  groups: ReportRow[];
  cells: ReportRow[];
}

export function plainReport(report: Report): PlainReport {
  const columns: Column[] =
    report.kind === 'usage'
      ? USAGE_COLUMNS.map((name) => ({ name, valueOf: (totals: UsageTotals) => usageValue(totals, name) }))
      : billingColumns(report.table.query.perspective).map((name) => ({
          name,
          valueOf: (totals: BillingTotals) => billingValue(totals, name),
        }));
  const values = (totals: UsageTotals | BillingTotals) =>
    columns.map(({ valueOf }) => valueOf(totals as never));
  const { table } = report;
  return {
    query: table.query,
    columns: columns.map(({ name }) => name),
    totals: values(table.totals),
    periods: table.periods.map((row) => ({ period: row.period, values: values(row) })),
    groups: table.groups.map((row) => ({ group: row.group, values: values(row) })),
    cells: table.cells.map((row) => ({ period: row.period, group: row.group, values: values(row) })),
  };
}

/** `averageMs` to `average_ms`; amounts are called after what they are of. */
const wireName = (column: string): string => column.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function reportAnswer(report: Report): Record<string, unknown> {
  const { query, columns, totals, periods, groups, cells } = plainReport(report);
  const fields = (values: ReportValue[]) =>
    Object.fromEntries(
      values.map((value, index) => [
        wireName(columns[index] ?? ''),
        'nanos' in value ? toDecimal(value.nanos) : value.count,
      ]),
    );
  return {
    object: `${report.kind}_report`,
    perspective: query.perspective,
    currency: REPORT_CURRENCY,
    from: query.from,
    to: query.to,
    time_zone: query.timeZone,
    granularity: query.granularity,
    group_by: query.groupBy,
    totals: fields(totals),
    periods: periods.map(({ period, values }) => ({ period, ...fields(values) })),
    groups: groups.map(({ group, values }) => ({ ...group, ...fields(values) })),
    rows: cells.map(({ period, group, values }) => ({ period, group, ...fields(values) })),
    ...(report.kind === 'billing' && {
      ledger_usage: report.table.ledgerUsageNanos === null ? null : toDecimal(report.table.ledgerUsageNanos),
    }),
  };
}

/** One row for each period, or for each group in each period; they add up to the totals. */
export function reportCsv(report: Report, t: Texts): string {
  const { query, columns, periods, cells } = plainReport(report);
  const isGrouped = query.groupBy !== 'none';
  const header = [
    t('column.period'),
    ...(isGrouped ? [t(`group.${query.groupBy}`), t('group.id')] : []),
    ...columns.map((column) => columnLabel(t, column)),
  ];
  const rows = (isGrouped ? cells : periods).map(({ period = '', group, values }): CsvCell[] => [
    period,
    ...(group ? [groupName(t, query.groupBy, group), group.id] : []),
    ...values.map((value) => ('nanos' in value ? csvNumber(toDecimal(value.nanos)) : value.count)),
  ]);
  return toCsv(header, rows);
}

/** Columns of a document: what fits on a page. */
const DOCUMENT_COLUMNS = new Set([
  ...['calls', 'errors', 'p50Ms', 'p95Ms', 'inputTokens', 'outputTokens', 'charge'],
  ...['usage', 'wallet', 'promo', 'credit', 'subscription', 'refunded', 'discount', 'net', 'fee', 'earned'],
]);

/** The same bytes for the same numbers: a range that is over is dated by its end. */
export function reportDocument(
  report: Report,
  about: { t: Texts; locale: Locale; organizationName: string; now: Date },
): PdfDocument {
  const { t, locale, now } = about;
  const { query, columns, totals, periods, groups } = plainReport(report);
  const shown = columns.flatMap((name, index) => (DOCUMENT_COLUMNS.has(name) ? [{ name, index }] : []));
  const text = (value: ReportValue | undefined): string => {
    if (!value) return '';
    if ('nanos' in value) return formatMoney(value.nanos, REPORT_CURRENCY, locale);
    return value.count === null ? '–' : numberFormat(locale).format(value.count);
  };
  const table = (
    heading: string,
    first: string,
    rows: ReportRow[],
    label: (row: ReportRow) => string,
  ): PdfTable => ({
    heading,
    columns: [
      { label: first },
      ...shown.map(({ name }) => ({ label: columnLabel(t, name), align: 'right' as const })),
    ],
    rows: rows.map((row) => [label(row), ...shown.map(({ index }) => text(row.values[index]))]),
    totals: [t('total'), ...shown.map(({ index }) => text(totals[index]))],
  });
  const period = (row: ReportRow) => formatPeriod(row.period ?? '', query, locale);
  const lastMoment = new Date(query.to.getTime() - 1);
  return {
    locale,
    title: t(`document.${report.kind}`),
    subtitle: t('document.range', {
      from: formatDay(dayOf(query.from, query.timeZone), locale),
      to: formatDay(dayOf(lastMoment, query.timeZone), locale),
      zone: query.timeZone,
    }),
    parties: [{ heading: t(`description.${query.perspective}`), lines: [about.organizationName] }],
    facts: shown.map(({ name, index }) => [columnLabel(t, name), text(totals[index])]),
    tables: [
      ...(query.groupBy === 'none'
        ? []
        : [
            table(
              t('perGroup', { group: t(`group.${query.groupBy}`).toLocaleLowerCase(locale) }),
              t(`group.${query.groupBy}`),
              groups,
              ({ group }) => (group ? groupName(t, query.groupBy, group) : ''),
            ),
          ]),
      table(t('perPeriod'), t('column.period'), periods, period),
    ],
    notes: [t('document.note')],
    createdAt: query.to < now ? query.to : now,
  };
}

function columnLabel(t: Texts, column: string): string {
  return t(`column.${column}` as 'column.calls');
}

function groupName(t: Texts, groupBy: Grouping, group: Group): string {
  if (group.name !== null || groupBy === 'none') return group.name ?? '';
  return t(`unnamed.${groupBy}`);
}

function formatDay(day: string, locale: string): string {
  return dateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  );
}

/** A period as people read it. */
export function formatPeriod(
  period: string,
  { granularity, timeZone }: { granularity: Granularity; timeZone: string },
  locale: string,
): string {
  if (granularity === 'hour') {
    return dateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(
      new Date(period),
    );
  }
  if (granularity === 'month') {
    return dateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(
      new Date(`${period}T00:00:00Z`),
    );
  }
  return formatDay(period, locale);
}

/** `usage-2026-10-01-2026-10-31.csv` */
export function reportFileName(report: Report, extension: 'csv' | 'pdf'): string {
  const { from, to, timeZone } = report.table.query;
  return `${report.kind}-${dayOf(from, timeZone)}-${dayOf(new Date(to.getTime() - 1), timeZone)}.${extension}`;
}
