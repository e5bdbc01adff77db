import type { GatewayLimits } from '../../limits.ts';
import type { JsonObject, RequestFacts } from '../dialect.ts';
import { measureText, type TextSize } from '../kit/measure-text.ts';
import {
  assertShapes,
  FRACTION,
  invalid,
  isObject,
  PENALTY,
  readBoolean,
  readInteger,
  readModel,
  readNumber,
  readStop,
  readString,
  SEED,
  TEMPERATURE,
} from '../kit/params.ts';

export const ONCE_ONLY = [
  'model',
  'prompt',
  'stream',
  'stream_options',
  'max_tokens',
  'n',
  'best_of',
] as const;

const SHAPES = [
  ['stream_options', 'object'],
  ['logit_bias', 'object'],
  ['user', 'text'],
] as const;

export const LOGPROBS = { min: 0, max: 20 };
/** A token that is sent as a number stands for about so many bytes of text. */
const BYTES_PER_TOKEN = 4;

/** What the gateway must know of a completion, and that every parameter is within its bounds. */
export function readFacts(body: JsonObject, limits: GatewayLimits): RequestFacts {
  const model = readModel(body);
  const { prompt } = body;
  assertShapes(body, SHAPES);
  const choices = { min: 1, max: limits.maxChoices };
  const n = readInteger(body, 'n', choices) ?? 1;
  const bestOf = readInteger(body, 'best_of', choices) ?? n;
  if (bestOf < n) throw invalid('best_of', 'The parameter "best_of" must not be less than "n".');
  readNumber(body, 'temperature', TEMPERATURE);
  readNumber(body, 'top_p', FRACTION);
  readNumber(body, 'presence_penalty', PENALTY);
  readNumber(body, 'frequency_penalty', PENALTY);
  readInteger(body, 'seed', SEED);
  readInteger(body, 'logprobs', LOGPROBS);
  readBoolean(body, 'echo');
  readString(body, 'suffix');
  readStop(body, 'stop');
  const options = body['stream_options'];
  // Every prompt of a list is answered on its own, and every candidate of `best_of` is paid for.
  const wanted = bestOf * countPrompts(prompt);
  if (wanted > limits.maxChoices)
    throw invalid('prompt', `At most ${limits.maxChoices} completions can be asked for at once.`);
  return {
    model,
    stream: readBoolean(body, 'stream') ?? false,
    wantsUsage: isObject(options) && options['include_usage'] === true,
    ...measurePrompt(prompt, body['suffix']),
    maxOutputTokens: readInteger(body, 'max_tokens', { min: 1, max: limits.maxOutputTokens }),
    choices: wanted,
  };
}

/** @throws AppError `invalid_request` unless it is text, tokens, or a list of either. */
function countPrompts(prompt: unknown): number {
  if (typeof prompt === 'string') return 1;
  if (!Array.isArray(prompt) || prompt.length === 0)
    throw invalid('prompt', 'The parameter "prompt" must be text or a list of texts.', 'required');
  return typeof prompt[0] === 'number' ? 1 : prompt.length;
}

function measurePrompt(prompt: unknown, suffix: unknown): TextSize {
  const tokens = Array.isArray(prompt) ? prompt.flat(2).filter((one) => typeof one === 'number').length : 0;
  const size = measureText(null, tokens > 0 ? [suffix] : [prompt, suffix], () => 'text');
  return { ...size, textBytes: size.textBytes + tokens * BYTES_PER_TOKEN };
}
