import { LATENCY_BOUNDS_MS } from '../../../db/schema/index.ts';

/**
 * Estimates a percentile from bucket counts, linear within the bucket it falls into. The open last
 * bucket answers with its lower bound: what is beyond it was not measured.
 * @param share 0.95 for p95.
 * @returns milliseconds, or null without calls.
 */
export function estimatePercentile(counts: readonly number[], share: number): number | null {
  const calls = counts.reduce((sum, count) => sum + count, 0);
  if (calls === 0) return null;
  let wanted = calls * share;
  for (const [index, count] of counts.entries()) {
    const lower = index === 0 ? 0 : LATENCY_BOUNDS_MS[index - 1]!;
    const upper = LATENCY_BOUNDS_MS[index];
    if (upper === undefined) return lower;
    if (wanted <= count) return lower + ((upper - lower) * wanted) / count;
    wanted -= count;
  }
  return LATENCY_BOUNDS_MS.at(-1)!;
}
