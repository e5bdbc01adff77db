import { describe, expect, it } from 'vitest';
import { dayOf, lastDays, listDays, startOfDay } from './time.ts';

describe('calendar days', () => {
  it('start at local midnight in zones with odd offsets', () => {
    expect(startOfDay('2026-11-21', 'UTC').toISOString()).toBe('2026-11-21T00:00:00.000Z');
    expect(startOfDay('2026-11-21', 'Asia/Kolkata').toISOString()).toBe('2026-11-20T18:30:00.000Z');
    expect(startOfDay('2026-11-21', 'Pacific/Chatham').toISOString()).toBe('2026-11-20T10:15:00.000Z');
  });

  it('are 25 and 23 hours long when the clocks change', () => {
    const hours = (day: string, next: string) =>
      (startOfDay(next, 'Europe/Berlin').getTime() - startOfDay(day, 'Europe/Berlin').getTime()) / 3_600_000;
    expect(hours('2026-10-25', '2026-10-26')).toBe(25);
    expect(hours('2026-03-29', '2026-03-30')).toBe(23);
    expect(hours('2026-03-30', '2026-03-31')).toBe(24);
  });

  it('begin at the first moment that exists where midnight is skipped', () => {
    const start = startOfDay('2026-09-06', 'America/Santiago');
    expect(dayOf(start, 'America/Santiago')).toBe('2026-09-06');
    expect(dayOf(new Date(start.getTime() - 1), 'America/Santiago')).toBe('2026-09-05');
  });

  it('list every day that a range touches, the end excluded', () => {
    const range = lastDays(3, new Date('2026-03-01T01:00:00Z'), 'America/New_York');
    expect(listDays(range.from, range.to, 'America/New_York')).toEqual([
      '2026-02-26',
      '2026-02-27',
      '2026-02-28',
    ]);
  });
});
