/** `usage` of chat completions, completions and embeddings. */
import type { JsonObject } from '../dialect.ts';
import type { TokenUsage } from '../neutral.ts';
import { isObject } from '../kit/params.ts';
import { saneCount, saneUsage } from '../kit/usage.ts';

/** @param holder a parsed answer or chunk. */
export function readUsage(holder: unknown): TokenUsage | null {
  if (!isObject(holder) || !isObject(holder['usage'])) return null;
  const { usage } = holder;
  const input = isObject(usage['prompt_tokens_details']) ? usage['prompt_tokens_details'] : {};
  const output = isObject(usage['completion_tokens_details']) ? usage['completion_tokens_details'] : {};
  return saneUsage({
    input: usage['prompt_tokens'],
    output: outputWithReasoning(usage, output['reasoning_tokens']),
    // DeepSeek names it beside the sums.
    cachedInput: input['cached_tokens'] ?? usage['prompt_cache_hit_tokens'],
    cacheWrite: input['cache_write_tokens'],
    reasoning: output['reasoning_tokens'],
  });
}

/** Some upstreams state reasoning beside the completion instead of in it; the total tells. */
function outputWithReasoning(usage: JsonObject, reasoningTokens: unknown): unknown {
  const [input, output, total, reasoning] = [
    usage['prompt_tokens'],
    usage['completion_tokens'],
    usage['total_tokens'],
    reasoningTokens,
  ].map(saneCount);
  if (input == null || output == null || total == null || !reasoning) return usage['completion_tokens'];
  return total === input + output + reasoning ? output + reasoning : output;
}

export function renderUsage(usage: TokenUsage): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } = usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(cachedInputTokens === null && cacheWriteTokens === null
      ? {}
      : {
          prompt_tokens_details: {
            ...(cachedInputTokens === null ? {} : { cached_tokens: cachedInputTokens }),
            ...(cacheWriteTokens === null ? {} : { cache_write_tokens: cacheWriteTokens }),
          },
        }),
    ...(reasoningTokens === null ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}
