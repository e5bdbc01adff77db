import type { JsonObject } from '../dialect.ts';
import type { NeutralReasoning, NeutralRequest, NeutralResponseFormat } from '../neutral.ts';
import { readEffort } from '../openai-shared/reasoning.ts';
import { readToolChoice, readTools } from '../openai-shared/tools.ts';
import {
  collectExtras,
  FRACTION,
  invalid,
  isAbsent,
  readBoolean,
  readInteger,
  readModel,
  readNumber,
  readObject,
  readString,
  readStrings,
  requireString,
  TEMPERATURE,
} from '../kit/params.ts';
import { storedMembers, TOP_LOGPROBS } from './facts.ts';
import { parseInput } from './items.ts';

const KNOWN: ReadonlySet<string> = new Set([
  ...['model', 'input', 'instructions', 'stream', 'stream_options', 'max_output_tokens', 'temperature'],
  ...['top_p', 'top_logprobs', 'tools', 'tool_choice', 'parallel_tool_calls', 'text', 'reasoning'],
  ...['include', 'user', 'previous_response_id', 'background', 'prompt'],
]);

/** What of `include` the neutral form says in its own way. */
const LOGPROBS = 'message.output_text.logprobs';
const UNDERSTOOD: ReadonlySet<string> = new Set([LOGPROBS, 'reasoning.encrypted_content']);
const NAMES = { reasoning: 'reasoning', responseFormat: 'text.format', logprobs: 'top_logprobs' };
const COUNT = { min: 1, max: Number.MAX_SAFE_INTEGER };

/** A whole request for a response. @throws AppError `invalid_request` that names the member. */
export function parseRequest(body: JsonObject): NeutralRequest {
  refuseStored(body);
  const { system, messages, extras } = parseInput(body['input']);
  const instructions = readString(body, 'instructions');
  const declared = readTools(body, (tool, field) => ({ definition: tool, field }));
  const { tools, toolChoice } = readToolChoice(body, declared.tools, (choice) => choice['name']);
  const include = readStrings(body, 'include');
  const others = include.filter((one) => !UNDERSTOOD.has(one));
  const topLogprobs = readInteger(body, 'top_logprobs', TOP_LOGPROBS);
  const text = readObject(body, 'text') ?? {};
  return {
    model: readModel(body),
    stream: readBoolean(body, 'stream') ?? false,
    system: [...(instructions ? [{ type: 'text' as const, text: instructions }] : []), ...system],
    messages,
    tools,
    toolChoice,
    parallelToolCalls: readBoolean(body, 'parallel_tool_calls'),
    maxOutputTokens: readInteger(body, 'max_output_tokens', COUNT),
    temperature: readNumber(body, 'temperature', TEMPERATURE),
    topP: readNumber(body, 'top_p', FRACTION),
    topK: null,
    seed: null,
    stop: [],
    choices: null,
    presencePenalty: null,
    frequencyPenalty: null,
    logprobs: topLogprobs ?? (include.includes(LOGPROBS) ? 0 : null),
    responseFormat: readFormat(text),
    reasoning: readReasoningOptions(body),
    user: readString(body, 'user'),
    wantsUsage: true,
    extras: {
      ...collectExtras(body, KNOWN),
      ...extras,
      ...declared.extras,
      ...(others.length === 0 ? {} : { include: others }),
      ...(isAbsent(text['verbosity']) ? {} : { verbosity: text['verbosity'] }),
    },
    names: NAMES,
  };
}

/** What another dialect's upstream cannot know, because it stands in OpenAI's store. */
function refuseStored(body: JsonObject): void {
  const [name] = storedMembers(body);
  if (name === undefined) return;
  throw invalid(
    name,
    `The parameter "${name}" refers to what another service has stored; send the messages themselves.`,
  );
}

function readFormat(text: JsonObject): NeutralResponseFormat | null {
  const format = readObject(text, 'format', 'text.format');
  if (format === null) return null;
  switch (format['type']) {
    case 'text':
      return { type: 'text' };
    case 'json_object':
      return { type: 'json' };
    case 'json_schema': {
      const strict = readBoolean(format, 'strict', 'text.format.strict');
      const description = readString(format, 'description', 'text.format.description');
      return {
        type: 'json_schema',
        name: requireString(format, 'name', 'text.format.name'),
        schema: readObject(format, 'schema', 'text.format.schema') ?? {},
        ...(strict === null ? {} : { strict }),
        ...(description === null ? {} : { description }),
      };
    }
    default:
      throw invalid(
        'text.format.type',
        'The parameter "text.format.type" must be text, json_object or json_schema.',
      );
  }
}

function readReasoningOptions(body: JsonObject): NeutralReasoning | null {
  const options = readObject(body, 'reasoning');
  if (options === null) return null;
  const effort = readEffort(options, 'effort', 'reasoning.effort');
  const summary = options['summary'] ?? options['generate_summary'];
  return { ...(effort === null ? {} : { effort }), ...(isAbsent(summary) ? {} : { include: true }) };
}
