import { describe, expect, it } from 'vitest';
import { addIntervals, periodEndAfter, prorate } from './periods.ts';

const at = (iso: string): number => Date.parse(iso) / 1000;
const month = { interval: 'month', interval_count: 1 };
const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);

describe('billing periods', () => {
  it('keep the anchor’s day through short months and leap years', () => {
    const anchor = at('2028-01-31T08:00:00Z');
    expect([1, 2, 3, 13].map((count) => day(addIntervals(anchor, month, count)))).toEqual([
      '2028-02-29',
      '2028-03-31',
      '2028-04-30',
      '2029-02-28',
    ]);
    const leap = at('2028-02-29T00:00:00Z');
    const year = { interval: 'year', interval_count: 1 };
    expect([1, 4].map((count) => day(addIntervals(leap, year, count)))).toEqual(['2029-02-28', '2032-02-29']);
  });

  it('go on from where the last one ended', () => {
    const anchor = at('2027-01-31T00:00:00Z');
    expect(day(periodEndAfter(anchor, month, at('2027-02-28T00:00:00Z')))).toBe('2027-03-31');
  });

  it('are divided to the nearest cent, credits as charges', () => {
    expect(prorate(1_001, 1, 2)).toBe(501);
    expect(prorate(-1_001, 1, 2)).toBe(-501);
    expect(prorate(999, 1, 3)).toBe(333);
    expect(prorate(5, 0, 10)).toBe(0);
  });
});
