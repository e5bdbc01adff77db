import type { JsonObject } from '../dialect.ts';
import type { NeutralLogprob } from '../neutral.ts';
import { isObject } from '../kit/params.ts';

/** A list of token log probabilities as chat completions and responses write it; undefined when there is none. */
export function readLogprobs(value: unknown): NeutralLogprob[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.filter(isObject).map((entry) => ({
    ...readOne(entry),
    top: Array.isArray(entry['top_logprobs'])
      ? entry['top_logprobs'].filter(isObject).map((one) => readOne(one))
      : [],
  }));
}

function readOne(entry: JsonObject): { token: string; logprob: number } {
  const { token, logprob } = entry;
  return {
    token: typeof token === 'string' ? token : '',
    logprob: typeof logprob === 'number' ? logprob : 0,
  };
}

/** A token may be a part of a character, so its bytes are unknown here. */
export function renderLogprobs(logprobs: readonly NeutralLogprob[]): JsonObject[] {
  return logprobs.map(({ token, logprob, top }) => ({
    token,
    logprob,
    bytes: null,
    top_logprobs: top.map((one) => ({ ...one, bytes: null })),
  }));
}
