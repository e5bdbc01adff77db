/** `usageMetadata`: thoughts stand beside the candidates' tokens; the neutral form sums them. */
import type { JsonObject } from '../dialect.ts';
import type { TokenUsage } from '../neutral.ts';
import { isAbsent, isObject } from '../kit/params.ts';
import { isFinished } from './finish-reason.ts';
import { saneCount, saneUsage } from '../kit/usage.ts';

/** Ours: Gemini has no word for it, and a caller who reckons the price needs it. */
const CACHE_WRITE = 'cacheWriteTokenCount';

/** @param holder a parsed answer or chunk. */
export function readUsage(holder: unknown): TokenUsage | null {
  if (!isObject(holder) || !isObject(holder['usageMetadata'])) return null;
  const usage = holder['usageMetadata'];
  const { thoughtsTokenCount: thoughts, cachedContentTokenCount: cached } = usage;
  if (isAbsent(usage['promptTokenCount'])) return null;
  // Early chunks may leave the output out; only of a finished answer that means zero.
  if (isAbsent(usage['candidatesTokenCount']) && !isFinished(holder)) return null;
  return saneUsage({
    // What tools put into the prompt is input too, counted apart.
    input: sum(usage['promptTokenCount'], usage['toolUsePromptTokenCount']),
    output: sum(usage['candidatesTokenCount'] ?? 0, thoughts),
    cachedInput: cached,
    cacheWrite: usage[CACHE_WRITE],
    reasoning: thoughts,
  });
}

/** Null when one of them is stated and cannot be true. */
function sum(count: unknown, more: unknown): number | null {
  const counts = [count, more ?? 0].map(saneCount);
  return counts.reduce<number | null>((all, one) => (all === null || one === null ? null : all + one), 0);
}

export function renderUsage(usage: TokenUsage): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage;
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: outputTokens - (reasoningTokens ?? 0),
    totalTokenCount: inputTokens + outputTokens,
    ...(cachedInputTokens === null ? {} : { cachedContentTokenCount: cachedInputTokens }),
    ...(reasoningTokens === null ? {} : { thoughtsTokenCount: reasoningTokens }),
    ...(usage.cacheWriteTokens === null ? {} : { [CACHE_WRITE]: usage.cacheWriteTokens }),
  };
}
