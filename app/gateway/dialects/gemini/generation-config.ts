/** `generationConfig`: every parameter, read within its bounds. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralReasoning, NeutralRequest, NeutralResponseFormat } from '../neutral.ts';
import {
  FRACTION,
  isAbsent,
  PENALTY,
  readBoolean,
  readInteger,
  readNumber,
  readObject,
  readStop,
  readString,
  SEED,
  TEMPERATURE,
  TOP_K,
} from '../kit/params.ts';
import { toJsonSchema } from './schema.ts';
import { parseReasoning } from './thinking.ts';

const AT = 'generationConfig';
/** Bounds of counts are checked with the facts. */
const COUNT = { min: 1, max: Number.MAX_SAFE_INTEGER };
const LOGPROBS = { min: 0, max: 20 };

type Generation = Pick<
  NeutralRequest,
  | 'maxOutputTokens'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'seed'
  | 'stop'
  | 'choices'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'logprobs'
> & { responseFormat: NeutralResponseFormat | null; reasoning: NeutralReasoning | null };

export const GENERATION_MEMBERS: ReadonlySet<string> = new Set([
  ...['maxOutputTokens', 'temperature', 'topP', 'topK', 'seed', 'stopSequences', 'candidateCount'],
  ...['presencePenalty', 'frequencyPenalty', 'responseLogprobs', 'logprobs', 'responseMimeType'],
  ...['responseSchema', 'responseJsonSchema', 'thinkingConfig'],
]);

/** @throws AppError `invalid_request` that names the member: `generationConfig.topK`. */
export function parseGenerationConfig(body: JsonObject): Generation {
  const config = readObject(body, AT) ?? {};
  const asked = readBoolean(config, 'responseLogprobs', `${AT}.responseLogprobs`);
  const alternatives = readInteger(config, 'logprobs', LOGPROBS, `${AT}.logprobs`);
  return {
    maxOutputTokens: readInteger(config, 'maxOutputTokens', COUNT, `${AT}.maxOutputTokens`),
    temperature: readNumber(config, 'temperature', TEMPERATURE, `${AT}.temperature`),
    topP: readNumber(config, 'topP', FRACTION, `${AT}.topP`),
    topK: readInteger(config, 'topK', TOP_K, `${AT}.topK`),
    seed: readInteger(config, 'seed', SEED, `${AT}.seed`),
    stop: readStop(config, 'stopSequences', `${AT}.stopSequences`),
    choices: readInteger(config, 'candidateCount', COUNT, `${AT}.candidateCount`),
    presencePenalty: readNumber(config, 'presencePenalty', PENALTY, `${AT}.presencePenalty`),
    frequencyPenalty: readNumber(config, 'frequencyPenalty', PENALTY, `${AT}.frequencyPenalty`),
    logprobs: asked === true ? (alternatives ?? 0) : null,
    responseFormat: parseResponseFormat(config),
    reasoning: parseReasoning(config),
  };
}

function parseResponseFormat(config: JsonObject): NeutralResponseFormat | null {
  const mimeType = readString(config, 'responseMimeType', `${AT}.responseMimeType`);
  if (mimeType === null || mimeType === 'text/plain') return null;
  const schema = readObject(config, 'responseSchema', `${AT}.responseSchema`);
  const known =
    readObject(config, 'responseJsonSchema', `${AT}.responseJsonSchema`) ??
    (schema === null ? null : toJsonSchema(schema));
  return known === null ? { type: 'json' } : { type: 'json_schema', name: 'output', schema: known };
}

/** Members that no other dialect has, by their whole names. */
export function generationExtras(body: JsonObject): JsonObject {
  const config = readObject(body, AT) ?? {};
  return Object.fromEntries(
    Object.entries(config)
      .filter(([name, value]) => !GENERATION_MEMBERS.has(name) && !isAbsent(value))
      .map(([name, value]) => [`${AT}.${name}`, value]),
  );
}
