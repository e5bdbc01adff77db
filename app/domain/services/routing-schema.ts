import { z } from 'zod';
import { wholeNumber } from '../../lib/whole-number.ts';
import { CACHE_MODES, ROUTING_STRATEGIES } from '../../lib/service-options.ts';
import { modelIdSchema } from '../plans/index.ts';

const MAX_FALLBACKS = 10;
const MAX_ALIASES = 200;
const MAX_PROMPT_CHARS = 20_000;
const MAX_PARAMETERS_BYTES = 8_192;
const MAX_OUTPUT_TOKENS = 10_000_000;
const DAY_SECONDS = 86_400;

/** What a call is, rather than how it is answered: these are the caller's alone. */
const NO_DEFAULTS = new Set([
  ...['model', 'messages', 'input', 'prompt', 'contents', 'system', 'systemInstruction', 'instructions'],
  ...['stream', 'conversation', 'previous_response_id', 'provider', '__proto__', 'constructor', 'prototype'],
]);

/** A small JSON object of parameters for calls that do not set them. */
const defaultParametersSchema = z
  .record(z.string().min(1).max(64), z.json())
  .superRefine((parameters, check) => {
    if (JSON.stringify(parameters).length > MAX_PARAMETERS_BYTES) {
      check.addIssue({ code: 'custom', message: 'too_long', params: { max: MAX_PARAMETERS_BYTES } });
    }
    for (const name of Object.keys(parameters)) {
      if (NO_DEFAULTS.has(name)) {
        check.addIssue({ code: 'custom', message: 'reserved_parameter', params: { name } });
      }
    }
  });

const modelAliasesSchema = z.record(modelIdSchema, modelIdSchema).superRefine((aliases, check) => {
  const names = Object.keys(aliases);
  if (names.length > MAX_ALIASES) {
    check.addIssue({ code: 'custom', message: 'too_many_lines', params: { max: MAX_ALIASES } });
  }
  // One step only: an alias of an alias would make the answer depend on the order of reading.
  const chained = names.find((name) => Object.hasOwn(aliases, aliases[name] ?? ''));
  if (chained !== undefined) {
    check.addIssue({ code: 'custom', message: 'alias_of_alias', params: { name: chained } });
  }
});

/** Absent fields stay as they are. */
export const configureRoutingSchema = z.strictObject({
  serviceId: z.string().max(64),
  strategy: z.enum(ROUTING_STRATEGIES).optional(),
  /** In order: a model of this service, or `slug/model` of another service of the seller. */
  fallbacks: z.array(modelIdSchema).max(MAX_FALLBACKS).optional(),
  modelAliases: modelAliasesSchema.optional(),
  systemPrompt: z.string().trim().max(MAX_PROMPT_CHARS).optional(),
  defaultParameters: defaultParametersSchema.optional(),
  maxOutputTokens: wholeNumber(1, MAX_OUTPUT_TOKENS).nullable().optional(),
  cacheMode: z.enum(CACHE_MODES).optional(),
  cacheTtlSeconds: wholeNumber(1, DAY_SECONDS).optional(),
  cachePublic: z.boolean().optional(),
  coalesce: z.boolean().optional(),
  websockets: z.boolean().optional(),
  passOtherPaths: z.boolean().optional(),
  maxConcurrency: wholeNumber(1, 1_000_000).nullable().optional(),
});

export type ConfigureRoutingInput = z.input<typeof configureRoutingSchema>;
