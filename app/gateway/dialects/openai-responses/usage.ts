/** `usage` of a response. */
import type { JsonObject } from '../dialect.ts';
import type { TokenUsage } from '../neutral.ts';
import { isObject } from '../kit/params.ts';
import { saneUsage } from '../kit/usage.ts';

/** @param holder a parsed response. */
export function readUsage(holder: unknown): TokenUsage | null {
  if (!isObject(holder) || !isObject(holder['usage'])) return null;
  const { usage } = holder;
  const input = isObject(usage['input_tokens_details']) ? usage['input_tokens_details'] : {};
  const output = isObject(usage['output_tokens_details']) ? usage['output_tokens_details'] : {};
  return saneUsage({
    input: usage['input_tokens'],
    output: usage['output_tokens'],
    cachedInput: input['cached_tokens'],
    cacheWrite: input['cache_write_tokens'],
    reasoning: output['reasoning_tokens'],
  });
}

export function renderUsage(usage: TokenUsage): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } = usage;
  return {
    input_tokens: inputTokens,
    // OpenAI always states the details, and its SDKs rely on them.
    input_tokens_details: {
      cached_tokens: cachedInputTokens ?? 0,
      cache_write_tokens: cacheWriteTokens ?? 0,
    },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens ?? 0 },
    total_tokens: inputTokens + outputTokens,
  };
}
