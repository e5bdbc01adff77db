/** What the three report pages show: the report of the address, or the usual one when it cannot be read. */
import { reportBilling, reportUsage } from '../domain/reports/index.ts';
import { GRANULARITIES, GROUPINGS_OF, type Grouping, type Perspective } from '../domain/reports/schemas.ts';
import { isAppError } from '../lib/app-error.ts';
import { addDays, dayOf } from '../lib/time.ts';
import { listTimeZones } from '../lib/time-zone.ts';
import { formatPeriod, plainReport, REPORT_CURRENCY, type Report, type ReportRow } from './report-format.ts';
import type { ReportValue } from './report-columns.ts';
import { readReportRequest, type ReportRequest } from './report-query.ts';
import type { Viewer } from './require-user.ts';

export const PRESETS = ['24h', '7d', '30d', 'thisMonth', 'lastMonth'] as const;
export type Preset = (typeof PRESETS)[number];

export interface ReportPageData {
  kind: Report['kind'];
  perspective: Perspective;
  isValid: boolean;
  currency: string;
  range: { firstDay: string; lastDay: string; preset: Preset | null };
  timeZone: string;
  timeZones: string[];
  granularity: ReportRequest['input']['granularity'];
  granularities: readonly ReportRequest['input']['granularity'][];
  groupBy: Grouping;
  groupings: readonly Grouping[];
  columns: string[];
  totals: ReportValue[];
  periods: (ReportRow & { label: string })[];
  groups: ReportRow[];
  hasActivity: boolean;
  /** Null: the report is of usage, or narrowed. */
  ledger: { nanos: bigint; agrees: boolean } | null;
  /** Addresses of the presets and of the other kind of report. */
  links: { presets: Record<Preset, string>; usage: string; billing: string; csv: string; pdf: string };
}

function firstOfMonth(day: string): string {
  return `${day.slice(0, 7)}-01`;
}

function presetDays(today: string): Record<'thisMonth' | 'lastMonth', { from: string; to: string }> {
  const first = firstOfMonth(today);
  const last = addDays(first, -1);
  return { thisMonth: { from: first, to: today }, lastMonth: { from: firstOfMonth(last), to: last } };
}

/** The days alone would make a report of the last day by the hour hard to read. */
function withDefaults(search: URLSearchParams): URLSearchParams {
  const asked = new URLSearchParams(search);
  if (!asked.get('granularity') && asked.get('range') === '24h') asked.set('granularity', 'hour');
  return asked;
}

function readRequest(
  search: URLSearchParams,
  about: Parameters<typeof readReportRequest>[1],
): ReportRequest | null {
  try {
    return readReportRequest(search, about);
  } catch (error) {
    if (isAppError(error)) return null;
    throw error;
  }
}

async function readReport(
  { ctx }: Viewer,
  kind: Report['kind'],
  input: ReportRequest['input'],
): Promise<Report | null> {
  try {
    return kind === 'usage'
      ? { kind, table: await reportUsage(ctx, input) }
      : { kind, table: await reportBilling(ctx, input) };
  } catch (error) {
    if (isAppError(error) && error.code === 'invalid_request') return null;
    throw error;
  }
}

/** A range typed wrong shows the usual one, and says so: the page must not fail for its address. */
export async function loadReportPage(
  viewer: Viewer,
  about: { perspective: Perspective; url: string; locale: string },
): Promise<ReportPageData> {
  const { perspective, locale } = about;
  const search = withDefaults(new URL(about.url).searchParams);
  const kind: Report['kind'] = search.get('kind') === 'billing' ? 'billing' : 'usage';
  const asked = { now: viewer.ctx.clock.date(), timeZone: viewer.user.timeZone, perspective };
  let request = readRequest(search, asked);
  let report = request && (await readReport(viewer, kind, request.input));
  const isValid = report !== null;
  if (!request || !report) {
    request = readReportRequest(new URLSearchParams(), asked);
    report = (await readReport(viewer, kind, request.input)) as Report;
  }
  const { input, firstDay, lastDay } = request;
  const days = presetDays(dayOf(asked.now, input.timeZone));
  const { columns, totals, periods, groups } = plainReport(report);
  return {
    kind,
    perspective,
    isValid,
    currency: REPORT_CURRENCY,
    range: { firstDay, lastDay, preset: presetOf(request, days) },
    timeZone: input.timeZone,
    timeZones: listTimeZones(),
    granularity: input.granularity,
    granularities: GRANULARITIES,
    groupBy: input.groupBy,
    groupings: GROUPINGS_OF[perspective],
    columns,
    totals,
    periods: periods.map((row) => ({ ...row, label: formatPeriod(row.period ?? '', input, locale) })),
    groups,
    hasActivity: totals.some((value) => ('nanos' in value ? value.nanos !== 0n : (value.count ?? 0) > 0)),
    ledger:
      report.kind === 'billing' && report.table.ledgerUsageNanos !== null
        ? {
            nanos: report.table.ledgerUsageNanos,
            agrees: report.table.ledgerUsageNanos === report.table.totals.usageNanos,
          }
        : null,
    links: linksOf(request, kind, days),
  };
}

function presetOf(
  { range, firstDay, lastDay }: ReportRequest,
  days: ReturnType<typeof presetDays>,
): Preset | null {
  if (range !== 'custom') return range as Preset;
  const found = (['thisMonth', 'lastMonth'] as const).find(
    (name) => days[name].from === firstDay && days[name].to === lastDay,
  );
  return found ?? null;
}

function linksOf(
  { input, range, firstDay, lastDay }: ReportRequest,
  kind: Report['kind'],
  days: ReturnType<typeof presetDays>,
): ReportPageData['links'] {
  const kept = { time_zone: input.timeZone, group_by: input.groupBy };
  const address = (parameters: Record<string, string>) => `?${new URLSearchParams(parameters)}`;
  const chosen: Record<string, string> = range === 'custom' ? { from: firstDay, to: lastDay } : { range };
  const same = { ...chosen, ...kept, granularity: input.granularity };
  const file = (format: string) =>
    `/api/reports/${kind}${address({ ...same, perspective: input.perspective, format })}`;
  const preset = (parameters: Record<string, string>) => address({ kind, ...parameters, ...kept });
  return {
    presets: {
      '24h': preset({ range: '24h' }),
      '7d': preset({ range: '7d' }),
      '30d': preset({ range: '30d' }),
      thisMonth: preset(days.thisMonth),
      lastMonth: preset(days.lastMonth),
    },
    usage: address({ kind: 'usage', ...same }),
    billing: address({ kind: 'billing', ...same }),
    csv: file('csv'),
    pdf: file('pdf'),
  };
}
