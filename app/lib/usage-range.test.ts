import { describe, expect, it } from 'vitest';
import { isAppError } from './app-error.ts';
import { parseUsageRange } from './usage-range.ts';

const now = new Date('2026-11-21T09:41:12.345Z');
const berlin = { now, timeZone: 'Europe/Berlin' };

function refusal(input: { from?: string; to?: string }): unknown {
  try {
    parseUsageRange(input, berlin);
  } catch (error) {
    return isAppError(error) ? error.issues : error;
  }
  return null;
}

describe('the range of a usage report', () => {
  it('is the last thirty local days unless something else is asked for', () => {
    const range = parseUsageRange({}, berlin);
    expect(range).toMatchObject({ name: '30d', firstDay: '2026-10-23', lastDay: '2026-11-21' });
    expect(range.from.toISOString()).toBe('2026-10-22T22:00:00.000Z');
    expect(range.to.toISOString()).toBe('2026-11-21T23:00:00.000Z');
    expect(parseUsageRange({ range: 'nonsense' }, berlin).name).toBe('30d');
  });

  it('is a full day of whole quarters of an hour for 24h', () => {
    const range = parseUsageRange({ range: '24h' }, berlin);
    expect(range.from.toISOString()).toBe('2026-11-20T09:30:00.000Z');
    expect(range.to.toISOString()).toBe('2026-11-21T09:45:00.000Z');
  });

  it('includes the last day named, in the reader’s zone, also when the clocks change', () => {
    const range = parseUsageRange({ from: '2026-10-25', to: '2026-10-25' }, berlin);
    expect(range.name).toBe('custom');
    expect(range.to.getTime() - range.from.getTime()).toBe(25 * 3_600_000);
  });

  it('takes instants with an offset as they are, the end excluded', () => {
    const range = parseUsageRange(
      { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00+00:00' },
      { now, timeZone: 'UTC' },
    );
    expect(range).toMatchObject({ firstDay: '2026-11-01', lastDay: '2026-11-01' });
  });

  it('fills in a missing end', () => {
    expect(parseUsageRange({ to: '2026-11-10' }, berlin)).toMatchObject({ firstDay: '2026-10-12' });
    expect(parseUsageRange({ from: '2026-11-10' }, berlin)).toMatchObject({ lastDay: '2026-11-21' });
  });

  it('refuses what is no date, runs backwards or is too long, naming the field', () => {
    expect(refusal({ from: '2026-02-30' })).toEqual([{ field: 'from', reason: 'invalid' }]);
    expect(refusal({ to: 'tomorrow' })).toEqual([{ field: 'to', reason: 'invalid' }]);
    expect(refusal({ from: '2026-11-01T00:00:00' })).toEqual([{ field: 'from', reason: 'invalid' }]);
    expect(refusal({ from: '2026-11-05', to: '2026-11-04' })).toEqual([{ field: 'to', reason: 'invalid' }]);
    expect(refusal({ from: '2020-01-01', to: '2026-01-01' })).toEqual([
      { field: 'from', reason: 'too_big', params: { max: 400 } },
    ]);
  });
});
