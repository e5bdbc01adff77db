import type { RequestFacts } from '../dialects/dialect.ts';

/** Of one picture, by its quality: OpenAI's largest come to about 400, 1,600 and 6,300. */
const PICTURE_TOKENS: Readonly<Record<string, number>> = { low: 1_024, medium: 4_096 };
const MOST_PICTURE_TOKENS = 8_192;

type Bound = Pick<RequestFacts, 'maxOutputTokens' | 'usualOutputTokens'>;

/** What the answers of OpenAI's other addresses come to: nobody can bound them, and pictures and words are paid for. */
export function boundOfOther(path: string, quality: unknown): Bound {
  if (path.startsWith('/images/')) {
    const tokens = typeof quality === 'string' ? PICTURE_TOKENS[quality] : undefined;
    return { maxOutputTokens: null, usualOutputTokens: tokens ?? MOST_PICTURE_TOKENS };
  }
  return { maxOutputTokens: path.startsWith('/audio/') ? null : 0 };
}
