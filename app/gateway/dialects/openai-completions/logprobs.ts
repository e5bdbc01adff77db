/** Completions write log probabilities as columns, the neutral form as rows. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralLogprob } from '../neutral.ts';
import { isObject } from '../kit/params.ts';

export function readLogprobs(value: unknown): NeutralLogprob[] | undefined {
  if (!isObject(value) || !Array.isArray(value['tokens'])) return undefined;
  const { tokens, token_logprobs: numbers, top_logprobs: tops } = value;
  return (tokens as unknown[]).map((token, i) => {
    const number: unknown = Array.isArray(numbers) ? numbers[i] : null;
    const top: unknown = Array.isArray(tops) ? tops[i] : null;
    return {
      token: typeof token === 'string' ? token : '',
      logprob: typeof number === 'number' ? number : 0,
      top: isObject(top)
        ? Object.entries(top).map(([one, logprob]) => ({
            token: one,
            logprob: typeof logprob === 'number' ? logprob : 0,
          }))
        : [],
    };
  });
}

/** @param offset of the first token in the text, in characters. */
export function renderLogprobs(logprobs: readonly NeutralLogprob[], offset: number): JsonObject {
  let at = offset;
  return {
    tokens: logprobs.map(({ token }) => token),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ top }) => Object.fromEntries(top.map((one) => [one.token, one.logprob]))),
    text_offset: logprobs.map(({ token }) => {
      const start = at;
      at += token.length;
      return start;
    }),
  };
}
