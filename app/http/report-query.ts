/** What a report is asked for, from the words of an address; the same ones for pages, files and programs. */
import type { Grouping, Granularity, Perspective, ReportInput } from '../domain/reports/schemas.ts';
import { GRANULARITIES, GROUPINGS, PERSPECTIVES } from '../domain/reports/schemas.ts';
import { isTimeZone } from '../domain/usage/index.ts';
import { AppError, type FieldIssue } from '../lib/app-error.ts';
import { parseUsageRange, USAGE_RANGES } from '../lib/usage-range.ts';

export interface ReportRequest {
  /** Camel case, as the verbs take it. */
  input: ReportInput & { granularity: Granularity; groupBy: Grouping; perspective: Perspective };
  /** First and last local day of the range. */
  firstDay: string;
  lastDay: string;
  /** The preset's name, or `custom`. */
  range: string;
}

const PARAMETERS = [
  'perspective',
  'range',
  'from',
  'to',
  'time_zone',
  'granularity',
  'group_by',
  'service',
  'key',
  'model',
  'format',
];

const WIRE_NAMES: Record<string, string> = { timeZone: 'time_zone', groupBy: 'group_by', keyId: 'key' };

/** The name a caller sent a field under. */
export const reportFieldName = (field: string): string => WIRE_NAMES[field] ?? field;

/** @throws AppError `invalid_request` naming every field that is wrong. */
export function readReportRequest(
  search: URLSearchParams,
  about: { now: Date; timeZone: string; perspective?: Perspective },
): ReportRequest {
  const issues: FieldIssue[] = [];
  function choice<Value extends string>(name: string, values: readonly Value[], fallback: Value): Value {
    const text = search.get(name);
    const found = values.find((value) => value === text);
    if (text && found === undefined) issues.push({ field: name, reason: 'invalid_choice' });
    return found ?? fallback;
  }
  if (about.perspective === undefined) {
    // Pages have parameters of other parts of the page in their address; programs mean what they write.
    for (const name of new Set(search.keys())) {
      if (!PARAMETERS.includes(name)) issues.push({ field: name, reason: 'unknown_field' });
    }
  }
  const perspective = about.perspective ?? choice('perspective', PERSPECTIVES, 'buyer');
  const granularity = choice('granularity', GRANULARITIES, 'day');
  const groupBy = choice('group_by', GROUPINGS, 'none');
  choice('range', USAGE_RANGES, '30d');
  const wantedZone = search.get('time_zone') || about.timeZone;
  const timeZone = wantedZone.length <= 64 && isTimeZone(wantedZone) ? wantedZone : null;
  if (timeZone === null) issues.push({ field: 'time_zone', reason: 'invalid_choice' });
  for (const name of ['service', 'key', 'model']) {
    if ((search.get(name)?.length ?? 0) > (name === 'model' ? 200 : 64))
      issues.push({ field: name, reason: 'too_long' });
  }
  if (issues.length > 0) {
    const sentence = issues.map(({ field, reason }) => `${field}: ${reason.replaceAll('_', ' ')}.`).join(' ');
    throw new AppError('invalid_request', sentence, { issues });
  }
  const range = parseUsageRange(
    { range: search.get('range'), from: search.get('from'), to: search.get('to') },
    { now: about.now, timeZone: timeZone ?? 'UTC', exact: true },
  );
  const text = (name: string) => search.get(name) ?? undefined;
  return {
    range: range.name,
    firstDay: range.firstDay,
    lastDay: range.lastDay,
    input: {
      perspective,
      from: range.from,
      to: range.to,
      timeZone: timeZone ?? 'UTC',
      granularity,
      groupBy,
      service: text('service') || undefined,
      keyId: text('key') || undefined,
      // Empty is a choice: calls without a model.
      model: text('model'),
    },
  };
}
