/** Whole responses. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralAnswer, NeutralLogprob, NeutralPart, NeutralRequest } from '../neutral.ts';
import { requireAnswer } from '../openai-shared/errors.ts';
import { malformedAnswer } from '../kit/malformed-answer.ts';
import { readLogprobs, renderLogprobs } from '../openai-shared/logprobs.ts';
import { isObject } from '../kit/params.ts';
import { readImageItem, renderImageItem } from './images.ts';
import { readReasoningItem, renderReasoningItem } from './reasoning.ts';
import { itemId, readStop, renderResponse } from './response.ts';
import { readUsage } from './usage.ts';

/** @throws AppError `upstream_error` when it is none, or a failed one. */
export function parseAnswer(value: unknown): NeutralAnswer {
  const body = requireAnswer(value);
  const { id, model, created_at: created, output } = body;
  if (!Array.isArray(output)) throw malformedAnswer();
  const parts: NeutralPart[] = [];
  const logprobs: NeutralLogprob[] = [];
  for (const item of output.filter(isObject)) readItem(item, parts, logprobs);
  const hasCalls = parts.some((part) => part.type === 'tool_call');
  return {
    id: typeof id === 'string' ? id : '',
    model: typeof model === 'string' ? model : '',
    created: typeof created === 'number' ? created : 0,
    choices: [
      {
        index: 0,
        parts,
        stop: readStop(body, hasCalls),
        ...(logprobs.length === 0 ? {} : { logprobs }),
      },
    ],
    usage: readUsage(body),
  };
}

/** Items of OpenAI's own tools are no part of what the model says. */
function readItem(item: JsonObject, parts: NeutralPart[], logprobs: NeutralLogprob[]): void {
  if (item['type'] === 'function_call') {
    const { call_id: id, name, arguments: text } = item;
    if (typeof id !== 'string' || typeof name !== 'string') throw malformedAnswer();
    parts.push({ type: 'tool_call', id, name, arguments: typeof text === 'string' ? text : '' });
  } else if (item['type'] === 'reasoning') {
    const part = readReasoningItem(item);
    if (part) parts.push(part);
  } else if (item['type'] === 'image_generation_call') {
    const source = readImageItem(item);
    if (source) parts.push({ type: 'image', source });
  } else if (item['type'] === 'message' && Array.isArray(item['content'])) {
    for (const content of item['content'].filter(isObject)) {
      const { type, text, refusal } = content;
      if (type === 'output_text' && typeof text === 'string') parts.push({ type: 'text', text });
      if (type === 'refusal' && typeof refusal === 'string') parts.push({ type: 'refusal', text: refusal });
      logprobs.push(...(readLogprobs(content['logprobs']) ?? []));
    }
  }
}

export function renderAnswer(answer: NeutralAnswer, request: NeutralRequest): JsonObject {
  const choice = answer.choices[0];
  const output = renderItems(choice?.parts ?? [], answer.id, choice?.logprobs);
  return renderResponse(answer, request, output, choice?.stop ?? 'stop', answer.usage);
}

function renderItems(
  parts: readonly NeutralPart[],
  answerId: string,
  logprobs: readonly NeutralLogprob[] | undefined,
): JsonObject[] {
  const items: JsonObject[] = [];
  let content: JsonObject[] | null = null;
  for (const part of parts) {
    if (part.type === 'text' || part.type === 'refusal') {
      if (content === null) {
        content = [];
        items.push(renderMessage(itemId('msg', answerId, items.length), content));
      }
      // They belong to the whole text; OpenAI says them with its parts.
      const isFirst = !items.some((item) => item['type'] === 'message' && content!.length > 0);
      content.push(
        part.type === 'text'
          ? renderText(part.text, isFirst ? (logprobs ?? []) : [])
          : { type: 'refusal', refusal: part.text },
      );
      continue;
    }
    if (part.type === 'tool_call') {
      content = null;
      items.push({
        id: itemId('fc', answerId, items.length),
        type: 'function_call',
        status: 'completed',
        call_id: part.id,
        name: part.name,
        arguments: part.arguments,
      });
    } else if (part.type === 'image') {
      content = null;
      const item = renderImageItem(part.source, itemId('ig', answerId, items.length));
      if (item) items.push(item);
    } else if (part.type === 'reasoning') {
      content = null;
      items.push(renderReasoningItem(part, itemId('rs', answerId, items.length)));
    }
  }
  return items;
}

export function renderMessage(id: string, content: readonly JsonObject[], status = 'completed'): JsonObject {
  return { id, type: 'message', status, role: 'assistant', content };
}

export function renderText(text: string, logprobs: readonly NeutralLogprob[]): JsonObject {
  return { type: 'output_text', text, annotations: [], logprobs: renderLogprobs(logprobs) };
}

/** Bytes of generated text. */
export function answerTextBytes(value: unknown): number {
  if (!isObject(value) || !Array.isArray(value['output'])) return 0;
  let bytes = 0;
  const count = (text: unknown): void => {
    if (typeof text === 'string') bytes += Buffer.byteLength(text);
  };
  for (const item of value['output'].filter(isObject)) {
    count(item['arguments']);
    for (const list of [item['content'], item['summary']]) {
      if (!Array.isArray(list)) continue;
      for (const part of list.filter(isObject)) {
        count(part['text']);
        count(part['refusal']);
      }
    }
  }
  return bytes;
}
