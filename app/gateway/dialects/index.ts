/** The register of dialects: the one place that knows them all. */
import { AppError } from '../../lib/app-error.ts';
import type { DialectName } from '../../lib/service-options.ts';
import { anthropic } from './anthropic/index.ts';
import { azure } from './azure/index.ts';
import type { Dialect } from './dialect.ts';
import { gemini } from './gemini/index.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiCompletions } from './openai-completions/index.ts';
import { openaiResponses } from './openai-responses/index.ts';

const REGISTER: Readonly<Record<Exclude<DialectName, 'raw'>, Dialect>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'openai-completions': openaiCompletions,
  azure,
  anthropic,
  gemini,
};

/** @throws AppError `not_implemented` for `raw`, which is no dialect: what it carries is not read. */
export function dialectOf(name: DialectName): Dialect {
  if (name === 'raw') throw new AppError('not_implemented', 'Requests of this kind cannot be converted.');
  return REGISTER[name];
}

/** True when bodies of the one are bodies of the other: they pass as they are. Azure differs in its address. */
export function speaksSame(one: DialectName, other: DialectName): boolean {
  return wireOf(one) === wireOf(other);
}

function wireOf(name: DialectName): DialectName {
  return name === 'azure' ? 'openai-chat' : name;
}
