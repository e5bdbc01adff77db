import type { JsonObject } from '../dialect.ts';
import type { NeutralRequest, NeutralResponseFormat } from '../neutral.ts';
import {
  collectExtras,
  FRACTION,
  invalid,
  readBoolean,
  readInteger,
  readModel,
  readNumber,
  readObject,
  readStop,
  readString,
  requireList,
  TOP_K,
} from '../kit/params.ts';
import { parseMessages, parseSystem } from './messages.ts';
import { parseReasoning } from './thinking.ts';
import { parseToolChoice, parseTools } from './tools.ts';

const KNOWN: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'system', 'stream', 'max_tokens', 'temperature', 'top_p', 'top_k'],
  ...['stop_sequences', 'tools', 'tool_choice', 'thinking', 'output_config', 'output_format', 'metadata'],
]);

const NAMES: NonNullable<NeutralRequest['names']> = {
  parallelToolCalls: 'tool_choice.disable_parallel_tool_use',
  stop: 'stop_sequences',
  responseFormat: 'output_config.format',
  reasoning: 'thinking',
  user: 'metadata.user_id',
};

/** Bounds of counts were checked with the facts; here only whether they are counts. */
const COUNT = { min: 1, max: Number.MAX_SAFE_INTEGER };

/** A whole message request. @throws AppError `invalid_request` that names the member. */
export function parseRequest(body: JsonObject): NeutralRequest {
  const { system, messages } = parseMessages(requireList(body, 'messages'));
  const { tools, extras } = parseTools(body);
  return {
    model: readModel(body),
    stream: readBoolean(body, 'stream') ?? false,
    system: [...parseSystem(body['system']), ...system],
    messages,
    tools,
    ...parseToolChoice(body),
    maxOutputTokens: readInteger(body, 'max_tokens', COUNT),
    temperature: readNumber(body, 'temperature', FRACTION),
    topP: readNumber(body, 'top_p', FRACTION),
    topK: readInteger(body, 'top_k', TOP_K),
    seed: null,
    stop: readStop(body, 'stop_sequences'),
    choices: null,
    presencePenalty: null,
    frequencyPenalty: null,
    logprobs: null,
    responseFormat: readResponseFormat(body),
    reasoning: parseReasoning(body),
    user: readString(readObject(body, 'metadata') ?? {}, 'user_id', 'metadata.user_id'),
    wantsUsage: true,
    extras: { ...collectExtras(body, KNOWN), ...extras },
    names: NAMES,
  };
}

/** `output_config.format`, or the beta's `output_format`. */
function readResponseFormat(body: JsonObject): NeutralResponseFormat | null {
  const config = readObject(body, 'output_config') ?? {};
  const format = readObject(config, 'format', 'output_config.format') ?? readObject(body, 'output_format');
  if (format === null) return null;
  if (format['type'] !== 'json_schema')
    throw invalid(
      'output_config.format.type',
      'The parameter "output_config.format.type" must be json_schema.',
    );
  const schema = readObject(format, 'schema', 'output_config.format.schema') ?? {};
  return { type: 'json_schema', name: 'output', schema, strict: true };
}
