import type { Nanos } from '../../lib/money.ts';
import { estimatePercentile } from './latency-histogram.ts';
import type { UsageSumsRow } from './usage-facts.ts';

/** What calls used together. */
export interface UsageTotals {
  calls: number;
  errors: number;
  inputTokens: number;
  outputTokens: number;
  /** Parts of the two before. */
  cachedInputTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  requestBytes: number;
  responseBytes: number;
  chargeNanos: Nanos;
  feeNanos: Nanos;
  /** Null without calls. */
  averageMs: number | null;
  /** Estimated from a histogram; null without calls. */
  p50Ms: number | null;
  p95Ms: number | null;
}

export const NO_USAGE: UsageTotals = {
  calls: 0,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  requestBytes: 0,
  responseBytes: 0,
  chargeNanos: 0n,
  feeNanos: 0n,
  averageMs: null,
  p50Ms: null,
  p95Ms: null,
};

export function toUsageTotals(row: UsageSumsRow): UsageTotals {
  const calls = Number(row.calls);
  const latencyCounts = row.latency_counts.map(Number);
  return {
    calls,
    errors: Number(row.errors),
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    cachedInputTokens: Number(row.cached_input_tokens),
    cacheWriteTokens: Number(row.cache_write_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    requestBytes: Number(row.request_bytes),
    responseBytes: Number(row.response_bytes),
    chargeNanos: BigInt(row.charge_nanos),
    feeNanos: BigInt(row.fee_nanos),
    averageMs: calls > 0 ? Number(row.total_ms_sum) / calls : null,
    p50Ms: estimatePercentile(latencyCounts, 0.5),
    p95Ms: estimatePercentile(latencyCounts, 0.95),
  };
}
