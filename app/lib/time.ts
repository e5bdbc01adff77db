/** Calendar days in an IANA time zone, without a date library: Intl knows the zones. */
import { dateTimeFormat } from './intl.ts';

const DAY_MS = 86_400_000;

/** Local calendar day of a moment: `2026-11-21`. */
export function dayOf(moment: Date, timeZone: string): string {
  // Swedish writes dates as ISO 8601 does.
  return dateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(moment);
}

/** How far local time is ahead of UTC at a moment, in ms. */
function offsetMs(moment: Date, timeZone: string): number {
  const parts = dateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(moment);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((candidate) => candidate.type === type)?.value);
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return local - Math.floor(moment.getTime() / 1000) * 1000;
}

/** The first moment of a local day; where midnight does not exist (DST), the first moment after it. */
export function startOfDay(day: string, timeZone: string): Date {
  const utcMidnight = Date.parse(`${day}T00:00:00Z`);
  // The offset at the guess may differ from the one at the answer; the second round corrects it.
  let guess = new Date(utcMidnight - offsetMs(new Date(utcMidnight), timeZone));
  guess = new Date(utcMidnight - offsetMs(guess, timeZone));
  if (dayOf(guess, timeZone) < day) guess = new Date(guess.getTime() + 3_600_000);
  return guess;
}

/** The calendar day after (or `days` after) a day. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Local days that the half-open range touches, in order. */
export function listDays(from: Date, to: Date, timeZone: string): string[] {
  const last = dayOf(new Date(to.getTime() - 1), timeZone);
  const days: string[] = [];
  for (let day = dayOf(from, timeZone); day <= last; day = addDays(day, 1)) days.push(day);
  return days;
}

/** The last `days` local days up to and including today, as a half-open range. */
export function lastDays(days: number, now: Date, timeZone: string): { from: Date; to: Date } {
  const today = dayOf(now, timeZone);
  return {
    from: startOfDay(addDays(today, 1 - days), timeZone),
    to: startOfDay(addDays(today, 1), timeZone),
  };
}
