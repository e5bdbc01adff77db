/** What a seller adds to the requests for a service: for that seller's upstreams, and nobody else's. */
import type { DialectName } from '../../lib/service-options.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Call } from '../call.ts';
import type { JsonObject } from '../dialects/dialect.ts';
import type { CompiledService } from '../snapshot.ts';
import type { LlmCall } from './llm-call.ts';
import { presetsFor } from './presets.ts';

export interface Additions {
  /** Of the service, then of the custom path. */
  systemPrompt: string;
  /** Parameters where the caller has set none, in the words of the caller's dialect. */
  defaults: Readonly<JsonObject>;
  /** The most output tokens of one choice that money is held for and the upstream is told. */
  maxOutputTokens: number;
  /** The caller or the seller said so; else it is only what is held for at first. */
  isBounded: boolean;
}

type Asked = Pick<LlmCall, 'operation' | 'dialect' | 'members' | 'facts'>;

const OUTPUT_BOUNDS = [
  'max_completion_tokens',
  'max_tokens',
  'max_output_tokens',
  'maxOutputTokens',
] as const;

/** What is added to this request where `service` answers it. */
export function additionsOf(
  { endpoint, parts }: Call,
  { operation, dialect, facts }: Omit<Asked, 'members'>,
  service: CompiledService,
): Additions {
  const ownPrompt = endpoint?.organizationId === service.organizationId ? endpoint.systemPrompt : '';
  const defaults = operation === 'generate' ? presetsFor(service, dialect) : {};
  return {
    systemPrompt: [service.systemPrompt, ownPrompt].filter(Boolean).join('\n\n'),
    defaults,
    maxOutputTokens:
      facts.maxOutputTokens ??
      facts.usualOutputTokens ??
      presetOutput(service, defaults, parts.limits.defaultMaxOutputTokens),
    isBounded:
      facts.maxOutputTokens !== null ||
      (operation === 'generate' && (service.maxOutputTokens !== null || presetBound(defaults) !== undefined)),
  };
}

/** True when the caller asks for longer answers than the seller gives. */
export function exceedsCeiling(
  { maxOutputTokens: ceiling }: CompiledService,
  { maxOutputTokens: asked }: LlmCall['facts'],
): boolean {
  return asked !== null && ceiling !== null && asked > ceiling;
}

/** @throws AppError `invalid_request` naming the parameter. */
export function assertBelowCeiling(
  service: CompiledService,
  { dialect, members, facts }: Omit<Asked, 'operation'>,
): void {
  if (!exceedsCeiling(service, facts)) return;
  const field = nameOfBound(dialect, members, facts.maxOutputTokens!);
  const max = service.maxOutputTokens!;
  throw new AppError('invalid_request', `The parameter "${field}" must be at most ${max} here.`, {
    issues: [{ field, reason: 'too_large', params: { max } }],
  });
}

function nameOfBound(dialect: DialectName, members: JsonObject, asked: number): string {
  if (dialect === 'gemini') return 'generationConfig.maxOutputTokens';
  return OUTPUT_BOUNDS.find((name) => members[name] === asked) ?? 'max_tokens';
}

function presetOutput(
  { maxOutputTokens: ceiling }: CompiledService,
  defaults: Readonly<JsonObject>,
  fallback: number,
): number {
  return Math.min(presetBound(defaults) ?? fallback, ceiling ?? Infinity);
}

function presetBound(defaults: Readonly<JsonObject>): number | undefined {
  return OUTPUT_BOUNDS.map((name) => defaults[name]).find((value) => typeof value === 'number');
}
