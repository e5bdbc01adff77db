import type { GatewayLimits } from '../../limits.ts';
import type { JsonObject, RequestFacts } from '../dialect.ts';
import { readEffort } from '../openai-shared/reasoning.ts';
import { countOwnTools, measureRequest } from '../openai-shared/measure.ts';
import {
  assertShapes,
  FRACTION,
  isAbsent,
  isObject,
  PENALTY,
  readBoolean,
  readInteger,
  readModel,
  readNumber,
  readStop,
  requireList,
  SEED,
  TEMPERATURE,
  TOP_K,
} from '../kit/params.ts';

export const ONCE_ONLY = [
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'n',
] as const;

const SHAPES = [
  ['messages', 'objects'],
  ['tools', 'objects'],
  ['functions', 'objects'],
  ['stream_options', 'object'],
  ['response_format', 'object'],
  ['logit_bias', 'object'],
  ['metadata', 'object'],
  ['user', 'text'],
] as const;

export const TOP_LOGPROBS = { min: 0, max: 20 };

/** What the gateway must know of a chat completion, and that every parameter is within its bounds. */
export function readFacts(body: JsonObject, limits: GatewayLimits): RequestFacts {
  const model = readModel(body);
  const messages = requireList(body, 'messages');
  assertShapes(body, SHAPES);
  const output = { min: 1, max: limits.maxOutputTokens };
  const maxCompletionTokens = readInteger(body, 'max_completion_tokens', output);
  const maxTokens = readInteger(body, 'max_tokens', output);
  readNumber(body, 'temperature', TEMPERATURE);
  readNumber(body, 'top_p', FRACTION);
  readInteger(body, 'top_k', TOP_K);
  readNumber(body, 'presence_penalty', PENALTY);
  readNumber(body, 'frequency_penalty', PENALTY);
  readInteger(body, 'seed', SEED);
  readBoolean(body, 'logprobs');
  readInteger(body, 'top_logprobs', TOP_LOGPROBS);
  readBoolean(body, 'parallel_tool_calls');
  readEffort(body, 'reasoning_effort');
  readStop(body, 'stop');
  const options = body['stream_options'];
  const size = measureRequest(messages, [body['tools'], body['functions'], body['response_format']]);
  const searches = ['web_search_options', 'plugins'].filter((name) => !isAbsent(body[name])).length;
  return {
    model,
    stream: readBoolean(body, 'stream') ?? false,
    wantsUsage: isObject(options) && options['include_usage'] === true,
    ...size,
    references: size.references + searches + countOwnTools(body['tools']),
    maxOutputTokens: maxCompletionTokens ?? maxTokens,
    choices: readInteger(body, 'n', { min: 1, max: limits.maxChoices }) ?? 1,
  };
}
