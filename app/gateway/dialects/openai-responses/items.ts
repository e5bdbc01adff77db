/** `input`: parsed to neutral messages, and rendered from them. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralMessage, NeutralPart } from '../neutral.ts';
import {
  audioFormat,
  audioMediaType,
  readFileData,
  readMediaUrl,
  renderMediaUrl,
} from '../openai-shared/media.ts';
import {
  invalid,
  isAbsent,
  isObject,
  readOneOf,
  readString,
  requireObject,
  requireString,
} from '../kit/params.ts';
import { fitCallId } from '../openai-shared/call-ids.ts';
import { readReasoningItem, renderOwnReasoning } from './reasoning.ts';

type TextPart = Extract<NeutralPart, { type: 'text' }>;

/** Longer ids of calls are refused in requests. */
const MAX_CALL_ID_CHARS = 64;

export interface Input {
  system: TextPart[];
  messages: NeutralMessage[];
  /** Items that only OpenAI can read: calls of its built-in tools. By name, for extras. */
  extras: JsonObject;
}

/** @throws AppError `invalid_request` that names the member: `input.2.content.0.image_url`. */
export function parseInput(input: unknown): Input {
  const parsed: Input = { system: [], messages: [], extras: {} };
  if (typeof input === 'string') {
    parsed.messages.push({ role: 'user', parts: [{ type: 'text', text: input }] });
    return parsed;
  }
  if (!Array.isArray(input)) throw invalid('input', 'The parameter "input" must be text or a list of items.');
  for (const [i, entry] of input.entries())
    parseItem(requireObject(entry, `input.${i}`), `input.${i}`, parsed);
  return parsed;
}

function parseItem(item: JsonObject, at: string, { system, messages, extras }: Input): void {
  const type = readString(item, 'type', `${at}.type`) ?? 'message';
  switch (type) {
    case 'message': {
      const role = readOneOf(item, 'role', ['user', 'assistant', 'system', 'developer'], `${at}.role`);
      if (role === null) throw invalid(`${at}.role`, `The parameter "${at}.role" is required.`, 'required');
      const parts = parseContent(item['content'], `${at}.content`);
      if (role === 'user') messages.push({ role, parts });
      else if (role === 'assistant') append(messages, role, parts);
      else system.push(...parts.map((part) => requireText(part, `${at}.content`)));
      return;
    }
    case 'function_call': {
      const id = requireString(item, 'call_id', `${at}.call_id`);
      const name = requireString(item, 'name', `${at}.name`);
      const text = readString(item, 'arguments', `${at}.arguments`) ?? '';
      append(messages, 'assistant', [{ type: 'tool_call', id, name, arguments: text }]);
      return;
    }
    case 'function_call_output': {
      const callId = requireString(item, 'call_id', `${at}.call_id`);
      const parts = parseContent(item['output'], `${at}.output`);
      append(messages, 'tool', [{ type: 'tool_result', callId, parts, isError: false }]);
      return;
    }
    case 'reasoning': {
      const part = readReasoningItem(item);
      if (part) append(messages, 'assistant', [part]);
      return;
    }
    case 'item_reference':
      throw invalid(at, 'Nothing is stored here: send the item itself instead of a reference to it.');
    default:
      extras[`input.${type}`] = item;
  }
}

/** What one turn consists of is one message. */
function append(messages: NeutralMessage[], role: 'assistant' | 'tool', parts: NeutralPart[]): void {
  const last = messages.at(-1);
  if (last?.role === role) last.parts.push(...parts);
  else messages.push({ role, parts: [...parts] });
}

function requireText(part: NeutralPart, at: string): TextPart {
  if (part.type !== 'text') throw invalid(at, 'Instructions must be text.');
  return part;
}

function parseContent(content: unknown, at: string): NeutralPart[] {
  if (isAbsent(content)) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw invalid(at, `The parameter "${at}" must be text or a list of parts.`);
  return content.map((part, i) => parsePart(requireObject(part, `${at}.${i}`), `${at}.${i}`));
}

function parsePart(part: JsonObject, at: string): NeutralPart {
  const cacheHint = isObject(part['prompt_cache_breakpoint']) ? { cacheHint: true as const } : {};
  if (!isAbsent(part['file_id']))
    throw invalid(
      `${at}.file_id`,
      'Files by id are known to the service they were uploaded to alone; send the content itself.',
    );
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: requireString(part, 'text', `${at}.text`), ...cacheHint };
    case 'refusal':
      return { type: 'refusal', text: requireString(part, 'refusal', `${at}.refusal`) };
    case 'input_image': {
      const url = requireString(part, 'image_url', `${at}.image_url`);
      const detail = readOneOf(part, 'detail', ['low', 'high', 'auto', 'original'], `${at}.detail`);
      return {
        type: 'image',
        source: readMediaUrl(url, `${at}.image_url`),
        ...(detail === null ? {} : { detail: detail === 'original' ? 'high' : detail }),
        ...cacheHint,
      };
    }
    case 'input_file': {
      const filename = readString(part, 'filename', `${at}.filename`) ?? undefined;
      const url = readString(part, 'file_url', `${at}.file_url`);
      const source =
        url === null
          ? readFileData(requireString(part, 'file_data', `${at}.file_data`), filename, `${at}.file_data`)
          : readMediaUrl(url, `${at}.file_url`);
      return { type: 'file', source, ...(filename === undefined ? {} : { filename }), ...cacheHint };
    }
    case 'input_audio': {
      const audio = requireObject(part['input_audio'], `${at}.input_audio`);
      const mediaType = audioMediaType(requireString(audio, 'format', `${at}.input_audio.format`));
      const data = requireString(audio, 'data', `${at}.input_audio.data`);
      return { type: 'audio', source: { kind: 'data', mediaType, data } };
    }
    default:
      throw invalid(`${at}.type`, `The parameter "${at}.type" names no known kind of content.`);
  }
}

export function renderInput(messages: readonly NeutralMessage[]): JsonObject[] {
  return messages.flatMap(renderMessage);
}

/** Texts that follow one another are one message; calls, results and reasoning are items of their own. */
function renderMessage({ role, parts }: NeutralMessage): JsonObject[] {
  const items: JsonObject[] = [];
  const speaker = role === 'assistant' ? 'assistant' : 'user';
  let content: JsonObject[] = [];
  const flush = (): void => {
    if (content.length > 0) items.push({ type: 'message', role: speaker, content });
    content = [];
  };
  for (const part of parts) {
    const item = renderItem(part);
    if (item !== undefined) flush();
    if (item) items.push(item);
    const rendered = item === undefined ? renderPart(part, speaker) : null;
    if (rendered) content.push(rendered);
  }
  flush();
  return items;
}

/** Undefined for what is content of a message; null for what cannot be handed on. */
function renderItem(part: NeutralPart): JsonObject | null | undefined {
  if (part.type === 'tool_call') {
    const { id, name, arguments: text } = part;
    return { type: 'function_call', call_id: fitCallId(id, MAX_CALL_ID_CHARS), name, arguments: text };
  }
  if (part.type === 'tool_result') {
    const callId = fitCallId(part.callId, MAX_CALL_ID_CHARS);
    return { type: 'function_call_output', call_id: callId, output: renderOutput(part.parts) };
  }
  return part.type === 'reasoning' ? renderOwnReasoning(part) : undefined;
}

function renderOutput(parts: readonly NeutralPart[]): unknown {
  if (parts.every((part) => part.type === 'text')) return parts.map(({ text }) => text).join('\n');
  return parts.map((part) => renderPart(part, 'user')).filter((part) => part !== null);
}

function renderPart(part: NeutralPart, speaker: 'user' | 'assistant'): JsonObject | null {
  switch (part.type) {
    case 'text':
      return { type: speaker === 'user' ? 'input_text' : 'output_text', text: part.text };
    case 'refusal':
      return { type: 'refusal', refusal: part.text };
    case 'image':
      return {
        type: 'input_image',
        image_url: renderMediaUrl(part.source),
        detail: part.detail ?? 'auto',
      };
    case 'file':
      return {
        type: 'input_file',
        ...(part.source.kind === 'url'
          ? { file_url: part.source.url }
          : { filename: part.filename ?? 'file', file_data: renderMediaUrl(part.source) }),
      };
    case 'audio':
      if (part.source.kind === 'url')
        throw invalid('input', 'This model takes sound as data only, not by its address.');
      return {
        type: 'input_audio',
        input_audio: { data: part.source.data, format: audioFormat(part.source.mediaType) },
      };
    default:
      return null;
  }
}
