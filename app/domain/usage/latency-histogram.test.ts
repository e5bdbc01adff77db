import { describe, expect, it } from 'vitest';
import { LATENCY_BOUNDS_MS } from '../../../db/schema/index.ts';
import { estimatePercentile } from './latency-histogram.ts';

const counts = (entries: Record<number, number>) =>
  Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, (_, index) => entries[index] ?? 0);

describe('estimatePercentile', () => {
  it('says nothing about no calls', () => {
    expect(estimatePercentile(counts({}), 0.95)).toBeNull();
  });

  it('interpolates within the bucket it falls into', () => {
    // 100 calls between 10 and 25 ms: the 95th of them stands at 95 % of the bucket.
    expect(estimatePercentile(counts({ 1: 100 }), 0.95)).toBeCloseTo(24.25);
    expect(estimatePercentile(counts({ 0: 90, 3: 10 }), 0.95)).toBeCloseTo(75);
  });

  it('does not invent a figure beyond the last bound', () => {
    expect(estimatePercentile(counts({ [LATENCY_BOUNDS_MS.length]: 5 }), 0.95)).toBe(30_000);
  });
});
