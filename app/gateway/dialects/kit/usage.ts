/** Token counts are a claim of the upstream's, taken when it can be true. */
import type { TokenUsage } from '../neutral.ts';

/** Nothing real is larger; what claims to be is not believed. */
const MAX_SANE_TOKENS = 100_000_000;

/** The count, or null when none is stated or it cannot be true. Zero is an answer, null is not. */
export function saneCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_SANE_TOKENS
    ? value
    : null;
}

/** What an upstream states, in neutral terms: input with cached tokens, output with reasoning. */
export interface StatedUsage {
  input: unknown;
  output: unknown;
  cachedInput?: unknown;
  cacheWrite?: unknown;
  reasoning?: unknown;
}

/** Null unless both sums are stated and sane; a part larger than its whole counts as not stated. */
export function saneUsage(stated: StatedUsage): TokenUsage | null {
  const inputTokens = saneCount(stated.input);
  const outputTokens = saneCount(stated.output);
  if (inputTokens === null || outputTokens === null) return null;
  const cachedInputTokens = partOf(inputTokens, stated.cachedInput);
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens,
    cacheWriteTokens: partOf(inputTokens - (cachedInputTokens ?? 0), stated.cacheWrite),
    reasoningTokens: partOf(outputTokens, stated.reasoning),
  };
}

function partOf(whole: number, value: unknown): number | null {
  const part = saneCount(value);
  return part !== null && part <= whole ? part : null;
}
