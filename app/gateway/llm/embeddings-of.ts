import type { DialectName } from '../../lib/service-options.ts';
import type { EmbeddingDialect } from '../dialects/dialect.ts';
import { dialectOf } from '../dialects/index.ts';

const OPENAI: ReadonlySet<DialectName> = new Set([
  'openai-chat',
  'openai-completions',
  'openai-responses',
  'azure',
]);

/** True for what is OpenAI's in everything but the way it generates text. */
export function isOpenai(dialect: DialectName): boolean {
  return OPENAI.has(dialect);
}

/** How upstreams of a dialect embed; undefined: they do not. OpenAI's have one way, Azure's another address. */
export function embeddingsOf(dialect: DialectName): EmbeddingDialect | undefined {
  return dialectOf(isOpenai(dialect) && dialect !== 'azure' ? 'openai-chat' : dialect).embeddings;
}
