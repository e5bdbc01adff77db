import { describe, expect, it } from 'vitest';
import { dateTimeFormat, numberFormat } from './intl.ts';

describe('formatters', () => {
  it('are kept for the same language and options, and are others for others', () => {
    const options = { dateStyle: 'medium', timeZone: 'Asia/Tokyo' } as const;
    expect(dateTimeFormat('ja', { ...options })).toBe(dateTimeFormat('ja', options));
    expect(numberFormat('en')).toBe(numberFormat('en'));
    const moment = new Date('2026-11-21T20:00:00Z');
    expect(dateTimeFormat('en', options).format(moment)).toBe('Nov 22, 2026');
    expect(dateTimeFormat('en', { ...options, timeZone: 'UTC' }).format(moment)).toBe('Nov 21, 2026');
    expect(dateTimeFormat('ja', options).format(moment)).toBe('2026/11/22');
    expect([numberFormat('en').format(0.5), numberFormat('en', { style: 'percent' }).format(0.5)]).toEqual([
      '0.5',
      '50%',
    ]);
  });

  it('are right however many there are', () => {
    const digits = (n: number) => ({ minimumIntegerDigits: 1 + (n % 21), maximumFractionDigits: n % 40 });
    for (let n = 0; n < 2_000; n++)
      expect(numberFormat('en', digits(n)).resolvedOptions()).toMatchObject(digits(n));
  });

  it('refuse what does not exist, every time', () => {
    for (let time = 0; time < 2; time++)
      expect(() => dateTimeFormat('en', { timeZone: 'Mars/Base' })).toThrow(RangeError);
  });
});
