/** Completions to and from the neutral form: a prompt is one message of the user's. */
import type { JsonObject, RenderedRequest } from '../dialect.ts';
import type { NeutralMessage, NeutralRequest } from '../neutral.ts';
import { takeExtras } from '../openai-shared/extras.ts';
import { withoutAbsent } from '../kit/without-absent.ts';
import {
  collectExtras,
  FRACTION,
  invalid,
  PENALTY,
  readBoolean,
  readInteger,
  readModel,
  readNumber,
  readObject,
  readStop,
  readString,
  SAFE_SEED,
  TEMPERATURE,
} from '../kit/params.ts';
import { parameterName } from '../kit/parameter-names.ts';
import { LOGPROBS } from './facts.ts';

const KNOWN: ReadonlySet<string> = new Set([
  ...['model', 'prompt', 'stream', 'stream_options', 'max_tokens', 'temperature', 'top_p', 'n', 'stop'],
  ...['seed', 'presence_penalty', 'frequency_penalty', 'logprobs', 'user'],
]);
const EXTRAS: ReadonlySet<string> = new Set(['logit_bias', 'suffix', 'best_of']);
/** OpenAI’s own default, where every other dialect writes until the model stops. */
const DEFAULT_MAX_TOKENS = 16;
const COUNT = { min: 1, max: Number.MAX_SAFE_INTEGER };

/** @throws AppError `invalid_request` that names the member. */
export function parseRequest(body: JsonObject): NeutralRequest {
  if (readBoolean(body, 'echo'))
    throw invalid('echo', 'This model cannot repeat the prompt; leave the parameter "echo" out.');
  const options = readObject(body, 'stream_options');
  return {
    model: readModel(body),
    stream: readBoolean(body, 'stream') ?? false,
    system: [],
    messages: [{ role: 'user', parts: [{ type: 'text', text: readPrompt(body) }] }],
    tools: [],
    toolChoice: null,
    parallelToolCalls: null,
    maxOutputTokens: readInteger(body, 'max_tokens', COUNT) ?? DEFAULT_MAX_TOKENS,
    temperature: readNumber(body, 'temperature', TEMPERATURE),
    topP: readNumber(body, 'top_p', FRACTION),
    topK: null,
    seed: readInteger(body, 'seed', SAFE_SEED),
    stop: readStop(body, 'stop'),
    choices: readInteger(body, 'n', COUNT),
    presencePenalty: readNumber(body, 'presence_penalty', PENALTY),
    frequencyPenalty: readNumber(body, 'frequency_penalty', PENALTY),
    logprobs: readInteger(body, 'logprobs', LOGPROBS),
    responseFormat: null,
    reasoning: null,
    user: readString(body, 'user'),
    wantsUsage: options !== null && options['include_usage'] === true,
    extras: collectExtras(body, KNOWN),
  };
}

function readPrompt(body: JsonObject): string {
  const { prompt } = body;
  if (typeof prompt === 'string') return prompt;
  if (Array.isArray(prompt) && prompt.length === 1 && typeof prompt[0] === 'string') return prompt[0];
  throw invalid('prompt', 'This model takes one prompt, as text; send several in requests of their own.');
}

export function renderRequest(request: NeutralRequest): RenderedRequest {
  const { kept, dropped } = takeExtras(request, EXTRAS);
  if (request.tools.length > 0)
    throw invalid('tools', 'This model only completes text; it cannot call tools.');
  if (request.topK !== null) dropped.push(parameterName(request, 'topK'));
  if (request.reasoning !== null) dropped.push(parameterName(request, 'reasoning'));
  if (request.responseFormat !== null && request.responseFormat.type !== 'text')
    dropped.push(parameterName(request, 'responseFormat'));
  const body = withoutAbsent({
    model: request.model,
    prompt: renderPrompt(request),
    max_tokens: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    n: request.choices,
    stop: request.stop.length === 0 ? null : request.stop,
    seed: request.seed,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    logprobs: request.logprobs,
    user: request.user,
    ...(request.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    ...kept,
  });
  return { body, dropped };
}

/** One message is the prompt itself; a conversation is written down as one, for the model to go on with. */
function renderPrompt({ system, messages }: NeutralRequest): string {
  const instructions = system.map(({ text }) => text);
  const [only] = messages;
  if (messages.length === 1 && only!.role === 'user') return [...instructions, textOf(only!)].join('\n\n');
  const turns = messages.map(
    (message) => `${message.role === 'assistant' ? 'Assistant' : 'User'}: ${textOf(message)}`,
  );
  return [...instructions, ...turns, 'Assistant:'].join('\n\n');
}

function textOf(message: NeutralMessage): string {
  return message.parts
    .map((part) => {
      if (part.type === 'text' || part.type === 'refusal') return part.text;
      if (part.type === 'reasoning') return '';
      throw invalid('messages', 'This model only completes text: no pictures, sound, files or tools.');
    })
    .join('');
}
