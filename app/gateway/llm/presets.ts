import type { DialectName } from '../../lib/service-options.ts';
import type { JsonObject } from '../dialects/dialect.ts';
import { speaksSame } from '../dialects/index.ts';
import type { CompiledService } from '../snapshot.ts';

type Names = Partial<Record<DialectName, string>>;

const inChat = (name: string, others: Names = {}): Names => ({
  'openai-chat': name,
  'openai-completions': name,
  ...others,
});

/** Parameters that several dialects have: any of the names in a row means the one of the caller's dialect. */
const SHARED: readonly Names[] = [
  inChat('temperature', {
    'openai-responses': 'temperature',
    anthropic: 'temperature',
    gemini: 'temperature',
  }),
  inChat('top_p', { 'openai-responses': 'top_p', anthropic: 'top_p', gemini: 'topP' }),
  { anthropic: 'top_k', gemini: 'topK' },
  inChat('max_tokens', {
    'openai-responses': 'max_output_tokens',
    anthropic: 'max_tokens',
    gemini: 'maxOutputTokens',
  }),
  inChat('stop', { anthropic: 'stop_sequences', gemini: 'stopSequences' }),
  inChat('seed', { gemini: 'seed' }),
  inChat('presence_penalty', { gemini: 'presencePenalty' }),
  inChat('frequency_penalty', { gemini: 'frequencyPenalty' }),
];

/**
 * The seller's presets in the words of the caller's dialect. What only one dialect has is for callers
 * who speak as the service's first upstream does.
 */
export function presetsFor(
  { defaultParameters, upstreams }: CompiledService,
  dialect: DialectName,
): JsonObject {
  const presets: JsonObject = {};
  const native = upstreams[0]?.dialect ?? 'openai-chat';
  for (const [name, value] of Object.entries(defaultParameters)) {
    const row = SHARED.find((names) => Object.values(names).includes(name));
    if (row?.[dialect] !== undefined) presets[row[dialect]] = value;
    else if (!row && (native === 'raw' || speaksSame(native, dialect))) presets[name] = value;
  }
  return presets;
}
