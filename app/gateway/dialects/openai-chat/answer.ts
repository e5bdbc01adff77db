/** `chat.completion` objects. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralAnswer, NeutralChoice, NeutralPart, NeutralRequest } from '../neutral.ts';
import { requireAnswer } from '../openai-shared/errors.ts';
import { malformedAnswer } from '../kit/malformed-answer.ts';
import { readLogprobs, renderLogprobs } from '../openai-shared/logprobs.ts';
import { readStopReason, renderStopReason } from '../openai-shared/stop-reason.ts';
import { readUsage, renderUsage } from '../openai-shared/usage.ts';
import { isObject } from '../kit/params.ts';
import { renderToolCall, textOf } from './messages.ts';
import { readContent } from './content.ts';
import { readImages, renderImages } from './images.ts';
import { readReasoning, renderReasoning } from './reasoning.ts';

/** @throws AppError `upstream_error` when it is none. */
export function parseAnswer(value: unknown): NeutralAnswer {
  const body = requireAnswer(value);
  if (!Array.isArray(body['choices'])) throw malformedAnswer();
  return {
    id: readText(body['id']),
    model: readText(body['model']),
    created: typeof body['created'] === 'number' ? body['created'] : 0,
    choices: body['choices'].map(parseChoice),
    usage: readUsage(body),
  };
}

function parseChoice(choice: unknown, position: number): NeutralChoice {
  if (!isObject(choice) || !isObject(choice['message'])) throw malformedAnswer();
  const { message, index, logprobs } = choice;
  const list = isObject(logprobs) ? readLogprobs(logprobs['content']) : undefined;
  const parts = parseMessage(message as JsonObject);
  const called = parts.some((part) => part.type === 'tool_call');
  return {
    index: typeof index === 'number' ? index : position,
    parts,
    stop: readStopReason(choice['finish_reason'], called),
    ...(list === undefined ? {} : { logprobs: list }),
  };
}

function parseMessage(message: JsonObject): NeutralPart[] {
  const { content, refusal, tool_calls: calls, function_call: call } = message;
  const parts: NeutralPart[] = readReasoning(message);
  parts.push(...readContent(content));
  parts.push(...readImages(message).map((source) => ({ type: 'image' as const, source })));
  if (typeof refusal === 'string' && refusal !== '') parts.push({ type: 'refusal', text: refusal });
  if (Array.isArray(calls)) parts.push(...calls.filter(isObject).map(parseToolCall));
  else if (isObject(call)) parts.push(parseToolCall({ function: call }, 0));
  return parts;
}

function parseToolCall(call: JsonObject, position: number): NeutralPart {
  const { function: fn } = call;
  if (!isObject(fn) || typeof fn['name'] !== 'string') throw malformedAnswer();
  const { name, arguments: text } = fn;
  return {
    type: 'tool_call',
    id: readText(call['id']) || `call_${position}`,
    name,
    // Some servers send the object itself.
    arguments: typeof text === 'string' ? text : JSON.stringify(text ?? {}),
  };
}

function readText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function renderAnswer(answer: NeutralAnswer, request: NeutralRequest): JsonObject {
  return {
    id: answer.id,
    object: 'chat.completion',
    created: answer.created,
    model: answer.model,
    choices: answer.choices.map((choice) => renderChoice(choice, request)),
    ...(answer.usage === null ? {} : { usage: renderUsage(answer.usage) }),
  };
}

function renderChoice({ index, parts, stop, logprobs }: NeutralChoice, request: NeutralRequest): JsonObject {
  const text = textOf(parts, 'text');
  const refusal = textOf(parts, 'refusal');
  const calls = parts.filter((part) => part.type === 'tool_call');
  const [first] = calls;
  const legacy = request.legacyFunctions === true;
  return {
    index,
    message: {
      role: 'assistant',
      content: text === '' && (calls.length > 0 || refusal !== '') ? null : text,
      refusal: refusal === '' ? null : refusal,
      ...renderReasoning(parts),
      ...renderImages(parts),
      ...(calls.length > 0 && !legacy ? { tool_calls: calls.map(renderToolCall) } : {}),
      ...(first && legacy ? { function_call: { name: first.name, arguments: first.arguments } } : {}),
    },
    logprobs: logprobs === undefined ? null : { content: renderLogprobs(logprobs), refusal: null },
    finish_reason: renderFinish(stop ?? 'stop', legacy),
  };
}

export function renderFinish(stop: Parameters<typeof renderStopReason>[0], legacy: boolean): string {
  return legacy && stop === 'tool_calls' ? 'function_call' : renderStopReason(stop);
}

/** Bytes of generated text. */
export function answerTextBytes(value: unknown): number {
  if (!isObject(value) || !Array.isArray(value['choices'])) return 0;
  let bytes = 0;
  for (const choice of value['choices']) {
    if (!isObject(choice) || !isObject(choice['message'])) continue;
    const { content, refusal, tool_calls: calls, function_call: call } = choice['message'];
    for (const text of [content, refusal]) if (typeof text === 'string') bytes += Buffer.byteLength(text);
    for (const part of readReasoning(choice['message'])) bytes += Buffer.byteLength(part.text);
    for (const data of [calls, call]) if (data) bytes += Buffer.byteLength(JSON.stringify(data));
  }
  return bytes;
}
