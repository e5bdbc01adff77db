import type { JsonObject } from '../dialect.ts';
import type {
  NeutralReasoning,
  NeutralRequest,
  NeutralResponseFormat,
  NeutralToolChoice,
} from '../neutral.ts';
import { readEffort } from '../openai-shared/reasoning.ts';
import { readFunction, readToolChoice, readTools } from '../openai-shared/tools.ts';
import {
  collectExtras,
  FRACTION,
  invalid,
  isObject,
  PENALTY,
  readBoolean,
  readInteger,
  readList,
  readModel,
  readNumber,
  readObject,
  readOneOf,
  readStop,
  readString,
  requireList,
  requireObject,
  requireString,
  SAFE_SEED,
  TEMPERATURE,
  TOP_K,
} from '../kit/params.ts';
import { TOP_LOGPROBS } from './facts.ts';
import { parseMessages } from './messages.ts';

const KNOWN: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens', 'n', 'stop'],
  ...['temperature', 'top_p', 'top_k', 'seed', 'presence_penalty', 'frequency_penalty', 'logprobs'],
  ...['top_logprobs', 'tools', 'tool_choice', 'parallel_tool_calls', 'functions', 'function_call'],
  ...['response_format', 'reasoning_effort', 'reasoning', 'user'],
]);

/** Bounds of counts were checked with the facts; here only whether they are counts. */
const COUNT = { min: 1, max: Number.MAX_SAFE_INTEGER };

/** A whole chat completion request. @throws AppError `invalid_request` that names the member. */
export function parseRequest(body: JsonObject): NeutralRequest {
  const { system, messages } = parseMessages(requireList(body, 'messages'));
  const declared = readTools(body, (tool, at) => ({
    definition: requireObject(tool['function'], `${at}.function`),
    field: `${at}.function`,
  }));
  const { tools, toolChoice } = readToolChoice(body, declared.tools, (choice) =>
    isObject(choice['function']) ? choice['function']['name'] : undefined,
  );
  const functions = readList(body, 'functions');
  const options = readObject(body, 'stream_options');
  return {
    model: readModel(body),
    stream: readBoolean(body, 'stream') ?? false,
    system,
    messages,
    tools: [
      ...tools,
      ...(functions ?? []).map((one, i) =>
        readFunction(requireObject(one, `functions.${i}`), `functions.${i}`),
      ),
    ],
    ...(functions === null ? {} : { legacyFunctions: true }),
    toolChoice: toolChoice ?? readFunctionCall(body),
    parallelToolCalls: readBoolean(body, 'parallel_tool_calls'),
    maxOutputTokens:
      readInteger(body, 'max_completion_tokens', COUNT) ?? readInteger(body, 'max_tokens', COUNT),
    temperature: readNumber(body, 'temperature', TEMPERATURE),
    topP: readNumber(body, 'top_p', FRACTION),
    topK: readInteger(body, 'top_k', TOP_K),
    seed: readInteger(body, 'seed', SAFE_SEED),
    stop: readStop(body, 'stop'),
    choices: readInteger(body, 'n', COUNT),
    presencePenalty: readNumber(body, 'presence_penalty', PENALTY),
    frequencyPenalty: readNumber(body, 'frequency_penalty', PENALTY),
    logprobs: readBoolean(body, 'logprobs') ? (readInteger(body, 'top_logprobs', TOP_LOGPROBS) ?? 0) : null,
    responseFormat: readResponseFormat(body),
    reasoning: readReasoningOptions(body),
    user: readString(body, 'user'),
    wantsUsage: options !== null && options['include_usage'] === true,
    extras: { ...collectExtras(body, KNOWN), ...declared.extras },
  };
}

/** `function_call`, the `tool_choice` of old. */
function readFunctionCall(body: JsonObject): NeutralToolChoice | null {
  const choice = body['function_call'];
  if (!isObject(choice)) return readOneOf(body, 'function_call', ['auto', 'none']);
  return { name: requireString(choice, 'name', 'function_call.name') };
}

function readResponseFormat(body: JsonObject): NeutralResponseFormat | null {
  const format = readObject(body, 'response_format');
  if (format === null) return null;
  const at = 'response_format';
  switch (format['type']) {
    case 'text':
      return { type: 'text' };
    case 'json_object':
      return { type: 'json' };
    case 'json_schema':
      return readJsonSchema(requireObject(format['json_schema'], `${at}.json_schema`), `${at}.json_schema`);
    default:
      throw invalid(
        `${at}.type`,
        'The parameter "response_format.type" must be text, json_object or json_schema.',
      );
  }
}

function readJsonSchema(source: JsonObject, at: string): NeutralResponseFormat {
  const strict = readBoolean(source, 'strict', `${at}.strict`);
  const description = readString(source, 'description', `${at}.description`);
  return {
    type: 'json_schema',
    name: requireString(source, 'name', `${at}.name`),
    schema: readObject(source, 'schema', `${at}.schema`) ?? {},
    ...(strict === null ? {} : { strict }),
    ...(description === null ? {} : { description }),
  };
}

/** OpenAI's `reasoning_effort`, or OpenRouter's `reasoning`. */
function readReasoningOptions(body: JsonObject): NeutralReasoning | null {
  const options = readObject(body, 'reasoning') ?? {};
  const effort = readEffort(body, 'reasoning_effort') ?? readEffort(options, 'effort', 'reasoning.effort');
  const budgetTokens = readInteger(options, 'max_tokens', COUNT, 'reasoning.max_tokens');
  const exclude = readBoolean(options, 'exclude', 'reasoning.exclude');
  const enabled = readBoolean(options, 'enabled', 'reasoning.enabled');
  const stated = effort ?? (enabled === null ? null : enabled ? 'medium' : 'none');
  if (stated === null && budgetTokens === null && exclude === null) return null;
  return {
    ...(stated === null ? {} : { effort: stated }),
    ...(budgetTokens === null ? {} : { budgetTokens }),
    ...(exclude === null ? {} : { include: !exclude }),
  };
}
