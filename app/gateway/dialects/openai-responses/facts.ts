import type { GatewayLimits } from '../../limits.ts';
import { isOurConversation } from '../../llm/own-members.ts';
import type { JsonObject, RequestFacts } from '../dialect.ts';
import { countOwnTools, measureRequest } from '../openai-shared/measure.ts';
import { readEffort } from '../openai-shared/reasoning.ts';
import {
  assertObjects,
  assertShapes,
  FRACTION,
  invalid,
  isAbsent,
  isObject,
  readBoolean,
  readInteger,
  readModel,
  readNumber,
  readObject,
  readString,
  requireList,
  TEMPERATURE,
} from '../kit/params.ts';

export const ONCE_ONLY = [
  'model',
  'input',
  'instructions',
  'stream',
  'max_output_tokens',
  'background',
  'previous_response_id',
] as const;

const SHAPES = [
  ['instructions', 'text'],
  ['tools', 'objects'],
  ['text', 'object'],
  ['stream_options', 'object'],
  ['metadata', 'object'],
  ['user', 'text'],
] as const;

export const TOP_LOGPROBS = { min: 0, max: 20 };
const MAX_TOOL_CALLS = { min: 1, max: 1_000 };

/** What the gateway must know of a response that is asked for, and that every parameter is within its bounds. */
export function readFacts(body: JsonObject, limits: GatewayLimits): RequestFacts {
  const model = readModel(body);
  if (typeof body['input'] !== 'string') {
    requireList(body, 'input');
    assertObjects(body, 'input');
  }
  assertShapes(body, SHAPES);
  if (readBoolean(body, 'background'))
    throw invalid(
      'background',
      'A response cannot be made in the background here: what it takes would not be counted.',
    );
  readNumber(body, 'temperature', TEMPERATURE);
  readNumber(body, 'top_p', FRACTION);
  readInteger(body, 'top_logprobs', TOP_LOGPROBS);
  readInteger(body, 'max_tool_calls', MAX_TOOL_CALLS);
  readBoolean(body, 'parallel_tool_calls');
  readBoolean(body, 'store');
  readString(body, 'previous_response_id');
  readEffort(readObject(body, 'reasoning') ?? {}, 'effort', 'reasoning.effort');
  const size = measureRequest(body['input'], [body['instructions'], body['tools'], body['text']]);
  return {
    model,
    stream: readBoolean(body, 'stream') ?? false,
    wantsUsage: true,
    ...size,
    references:
      size.references +
      storedMembers(body).length +
      countOwnTools(body['tools']) +
      countReferences(body['input']),
    maxOutputTokens: readInteger(body, 'max_output_tokens', { min: 1, max: limits.maxOutputTokens }),
    choices: 1,
  };
}

/** Members that refer to what OpenAI has stored; messages of a conversation of ours are put in front. */
export function storedMembers(body: JsonObject): string[] {
  return ['previous_response_id', 'prompt', 'conversation'].filter((name) => {
    const value = body[name];
    const isOurs = name === 'conversation' && isOurConversation('openai-responses', value);
    return !isAbsent(value) && !isOurs;
  });
}

function countReferences(input: unknown): number {
  if (!Array.isArray(input)) return 0;
  return input.filter((item) => isObject(item) && item['type'] === 'item_reference').length;
}
