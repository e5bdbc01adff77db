/** What stretch of time a usage page or call shows, from words or dates in its address. */
import { AppError } from './app-error.ts';
import { addDays, dayOf, lastDays, startOfDay } from './time.ts';

export const USAGE_RANGES = ['24h', '7d', '30d'] as const;
export type UsageRangeName = (typeof USAGE_RANGES)[number] | 'custom';

export interface UsageRange {
  name: UsageRangeName;
  /** Half-open, whole quarters of an hour: that is how usage is added up. */
  from: Date;
  to: Date;
  /** First and last local day it touches. */
  firstDay: string;
  lastDay: string;
}

const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The same bound as reports have. */
const MAX_DAYS = 400;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

function isCalendarDay(text: string): boolean {
  const ms = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

function refuse(field: string, reason: string, params?: Record<string, number>): never {
  throw new AppError('invalid_request', `${field}: ${reason.replaceAll('_', ' ')}.`, {
    issues: [{ field, reason, ...(params && { params }) }],
  });
}

/** A local day, or an instant with its offset, as the moment a range starts or ends at. */
function parseBound(field: 'from' | 'to', text: string, timeZone: string): Date {
  if (isCalendarDay(text)) return startOfDay(field === 'to' ? addDays(text, 1) : text, timeZone);
  const instant = INSTANT.test(text) ? new Date(text) : null;
  if (!instant || Number.isNaN(instant.getTime())) return refuse(field, 'invalid');
  return instant;
}

function toQuarters(from: Date, to: Date): { from: Date; to: Date } {
  return {
    from: new Date(Math.floor(from.getTime() / QUARTER_MS) * QUARTER_MS),
    to: new Date(Math.ceil(to.getTime() / QUARTER_MS) * QUARTER_MS),
  };
}

function describe(name: UsageRangeName, range: { from: Date; to: Date }, timeZone: string): UsageRange {
  return {
    name,
    ...range,
    firstDay: dayOf(range.from, timeZone),
    lastDay: dayOf(new Date(range.to.getTime() - 1), timeZone),
  };
}

function named(name: Exclude<UsageRangeName, 'custom'>, now: Date, timeZone: string): UsageRange {
  if (name !== '24h') return describe(name, lastDays(name === '7d' ? 7 : 30, now, timeZone), timeZone);
  return describe(name, toQuarters(new Date(now.getTime() - DAY_MS), now), timeZone);
}

/**
 * Reads `range`, or `from` and `to` (local days, the last one included, or instants with an offset).
 * Only one bound: thirty days up to it, or from it on until now. Neither: `fallback`.
 * @throws AppError `invalid_request` naming the field.
 */
export function parseUsageRange(
  input: { range?: string | null; from?: string | null; to?: string | null },
  about: {
    now: Date;
    timeZone: string;
    fallback?: Exclude<UsageRangeName, 'custom'>;
    /** Instants stay as they are instead of being widened to quarters of an hour. */
    exact?: boolean;
  },
): UsageRange {
  const { now, timeZone, fallback = '30d' } = about;
  const name = USAGE_RANGES.find((known) => known === input.range);
  if (name) return named(name, now, timeZone);
  if (!input.from && !input.to) return named(fallback, now, timeZone);
  const to = input.to
    ? parseBound('to', input.to, timeZone)
    : startOfDay(addDays(dayOf(now, timeZone), 1), timeZone);
  const from = input.from
    ? parseBound('from', input.from, timeZone)
    : startOfDay(addDays(dayOf(new Date(to.getTime() - 1), timeZone), -29), timeZone);
  if (from >= to) refuse('to', 'invalid');
  if (to.getTime() - from.getTime() > MAX_DAYS * DAY_MS - HOUR_MS)
    refuse('from', 'too_big', { max: MAX_DAYS });
  return describe('custom', about.exact ? { from, to } : toQuarters(from, to), timeZone);
}
