/** Anthropic counts uncached input, cache reads and cache writes apart; the neutral form sums them. */
import type { JsonObject } from '../dialect.ts';
import type { TokenUsage } from '../neutral.ts';
import { isAbsent, isObject } from '../kit/params.ts';
import { saneCount, saneUsage } from '../kit/usage.ts';

/** @param usage the object itself; null when it states none, or none that can be true. */
export function parseUsage(usage: JsonObject): TokenUsage | null {
  const { cache_read_input_tokens: read, cache_creation_input_tokens: write } = usage;
  const parts = [usage['input_tokens'], read ?? 0, write ?? 0].map(saneCount);
  const input = parts.reduce<number | null>(
    (sum, part) => (sum === null || part === null ? null : sum + part),
    0,
  );
  const details = usage['output_tokens_details'];
  return saneUsage({
    input,
    output: usage['output_tokens'],
    cachedInput: read,
    cacheWrite: write,
    reasoning: isObject(details) ? details['thinking_tokens'] : null,
  });
}

/** Of a whole, parsed answer. */
export function readUsage(answer: unknown): TokenUsage | null {
  return isObject(answer) && isObject(answer['usage']) ? parseUsage(answer['usage']) : null;
}

/** What a stream states: counts are cumulative, and a later one without a member keeps the earlier. */
export function mergeUsage(earlier: JsonObject, later: JsonObject): JsonObject {
  const stated = Object.entries(later).filter(([, value]) => !isAbsent(value));
  return { ...earlier, ...Object.fromEntries(stated) };
}

/** All members that Anthropic's own answers have: programs compute with them unasked. */
export function renderUsage(usage: TokenUsage | null): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } =
    usage ?? NOTHING;
  return {
    input_tokens: inputTokens - (cachedInputTokens ?? 0) - (cacheWriteTokens ?? 0),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedInputTokens,
    output_tokens: outputTokens,
    ...(reasoningTokens === null ? {} : { output_tokens_details: { thinking_tokens: reasoningTokens } }),
  };
}

const NOTHING: TokenUsage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
};
