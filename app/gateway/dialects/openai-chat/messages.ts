/** `messages`: parsed to neutral messages, and rendered from them. */
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
  readList,
  readOneOf,
  readString,
  requireObject,
  requireString,
} from '../kit/params.ts';
import { fitCallId } from '../openai-shared/call-ids.ts';
import { readReasoning, renderOwnReasoning } from './reasoning.ts';

type TextPart = Extract<NeutralPart, { type: 'text' }>;
type ToolCallPart = Extract<NeutralPart, { type: 'tool_call' }>;

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const;

/** Longer ids of calls are refused in requests. */
const MAX_CALL_ID_CHARS = 40;

export interface Conversation {
  system: TextPart[];
  messages: NeutralMessage[];
}

/** @throws AppError `invalid_request` that names the member: `messages.2.content.0.image_url.url`. */
export function parseMessages(list: readonly unknown[]): Conversation {
  const system: TextPart[] = [];
  const messages: NeutralMessage[] = [];
  /** Calls of `function_call`, which have no ids, by the function's name. */
  const legacyIds = new Map<string, string>();
  for (const [i, entry] of list.entries()) {
    const at = `messages.${i}`;
    const message = requireObject(entry, at);
    const role = readOneOf(message, 'role', ROLES, `${at}.role`);
    if (role === null) throw invalid(`${at}.role`, `The parameter "${at}.role" is required.`, 'required');
    if (role === 'system' || role === 'developer') {
      system.push(...parseTexts(message, at));
    } else if (role === 'user') {
      messages.push({ role, parts: parseContent(message['content'], `${at}.content`) });
    } else if (role === 'assistant') {
      messages.push({ role, parts: parseAssistant(message, at, legacyIds) });
    } else {
      const callId =
        role === 'tool'
          ? requireString(message, 'tool_call_id', `${at}.tool_call_id`)
          : (legacyIds.get(requireString(message, 'name', `${at}.name`)) ??
            `call_${String(message['name'])}`);
      const name = readString(message, 'name', `${at}.name`);
      const result: NeutralPart = {
        type: 'tool_result',
        callId,
        ...(name === null ? {} : { name }),
        parts: parseContent(message['content'], `${at}.content`),
        isError: false,
      };
      // Results of one turn belong together, as the dialects have it that carry them in one message.
      const last = messages.at(-1);
      if (last?.role === 'tool') last.parts.push(result);
      else messages.push({ role: 'tool', parts: [result] });
    }
  }
  return { system, messages };
}

function parseTexts(message: JsonObject, at: string): TextPart[] {
  return parseContent(message['content'], `${at}.content`).map((part) => {
    if (part.type !== 'text') throw invalid(`${at}.content`, 'Instructions must be text.');
    return part;
  });
}

function parseContent(content: unknown, at: string): NeutralPart[] {
  if (isAbsent(content)) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw invalid(at, `The parameter "${at}" must be text or a list of parts.`);
  return content.map((part, i) => parsePart(requireObject(part, `${at}.${i}`), `${at}.${i}`));
}

function parsePart(part: JsonObject, at: string): NeutralPart {
  const hint = isObject(part['prompt_cache_breakpoint']) || isObject(part['cache_control']);
  const cacheHint = hint ? { cacheHint: true as const } : {};
  switch (part['type']) {
    case 'text':
      return { type: 'text', text: requireString(part, 'text', `${at}.text`), ...cacheHint };
    case 'refusal':
      return { type: 'refusal', text: requireString(part, 'refusal', `${at}.refusal`) };
    case 'image_url': {
      const image = requireObject(part['image_url'], `${at}.image_url`);
      const url = requireString(image, 'url', `${at}.image_url.url`);
      const detail = readOneOf(image, 'detail', ['low', 'high', 'auto'], `${at}.image_url.detail`);
      return {
        type: 'image',
        source: readMediaUrl(url, `${at}.image_url.url`),
        ...(detail === null ? {} : { detail }),
        ...cacheHint,
      };
    }
    case 'input_audio': {
      const audio = requireObject(part['input_audio'], `${at}.input_audio`);
      const mediaType = audioMediaType(requireString(audio, 'format', `${at}.input_audio.format`));
      const data = requireString(audio, 'data', `${at}.input_audio.data`);
      return { type: 'audio', source: { kind: 'data', mediaType, data } };
    }
    case 'file': {
      const file = requireObject(part['file'], `${at}.file`);
      if (!isAbsent(file['file_id']))
        throw invalid(
          `${at}.file.file_id`,
          'Files by id are known to the service they were uploaded to alone; send the content in "file_data".',
        );
      const filename = readString(file, 'filename', `${at}.file.filename`) ?? undefined;
      const data = requireString(file, 'file_data', `${at}.file.file_data`);
      return {
        type: 'file',
        source: readFileData(data, filename, `${at}.file.file_data`),
        ...(filename === undefined ? {} : { filename }),
        ...cacheHint,
      };
    }
    default:
      throw invalid(`${at}.type`, `The parameter "${at}.type" names no known kind of content.`);
  }
}

function parseAssistant(message: JsonObject, at: string, legacyIds: Map<string, string>): NeutralPart[] {
  const parts: NeutralPart[] = [
    ...readReasoning(message),
    ...parseContent(message['content'], `${at}.content`),
  ];
  const refusal = readString(message, 'refusal', `${at}.refusal`);
  if (refusal) parts.push({ type: 'refusal', text: refusal });
  for (const [i, call] of (readList(message, 'tool_calls', `${at}.tool_calls`) ?? []).entries())
    parts.push(parseToolCall(call, `${at}.tool_calls.${i}`));
  const legacy = message['function_call'];
  if (!isAbsent(legacy)) {
    const call = parseFunction(requireObject(legacy, `${at}.function_call`), `${at}.function_call`);
    const id = `call_${call.name}_${legacyIds.size}`;
    legacyIds.set(call.name, id);
    parts.push({ type: 'tool_call', id, ...call });
  }
  return parts;
}

function parseToolCall(value: unknown, at: string): ToolCallPart {
  const call = requireObject(value, at);
  if (!isAbsent(call['type']) && call['type'] !== 'function')
    throw invalid(`${at}.type`, 'Only calls of functions can be passed to this model.');
  const id = requireString(call, 'id', `${at}.id`);
  return {
    type: 'tool_call',
    id,
    ...parseFunction(requireObject(call['function'], `${at}.function`), `${at}.function`),
  };
}

function parseFunction(value: JsonObject, at: string): { name: string; arguments: string } {
  return {
    name: requireString(value, 'name', `${at}.name`),
    arguments: readString(value, 'arguments', `${at}.arguments`) ?? '',
  };
}

export function renderMessages(messages: readonly NeutralMessage[]): JsonObject[] {
  return messages.flatMap((message) =>
    message.role === 'assistant' ? renderAssistant(message.parts) : renderInput(message.parts),
  );
}

/** Results first, each a message of its own; what a tool message cannot hold follows as the user's. */
function renderInput(parts: readonly NeutralPart[]): JsonObject[] {
  const messages: JsonObject[] = [];
  const rest: NeutralPart[] = [];
  for (const part of parts) {
    if (part.type !== 'tool_result') {
      rest.push(part);
      continue;
    }
    const texts = part.parts.filter((one) => one.type === 'text');
    messages.push({
      role: 'tool',
      tool_call_id: fitCallId(part.callId, MAX_CALL_ID_CHARS),
      content: texts.map(({ text }) => text).join('\n'),
    });
    rest.push(...part.parts.filter((one) => one.type !== 'text'));
  }
  const content = renderContent(rest);
  if (content.length > 0 || messages.length === 0)
    messages.push({ role: 'user', content: simplify(content) });
  return messages;
}

function renderAssistant(parts: readonly NeutralPart[]): JsonObject[] {
  const texts = parts.filter((part) => part.type === 'text');
  const refusal = textOf(parts, 'refusal');
  const calls = parts.filter((part) => part.type === 'tool_call');
  const reasoning = renderOwnReasoning(parts);
  // Nothing is left of what another model only thought.
  if (texts.length + calls.length + refusal.length + Object.keys(reasoning).length === 0) return [];
  return [
    {
      role: 'assistant',
      content: texts.length === 0 ? null : simplify(renderContent(texts)),
      ...(refusal === '' ? {} : { refusal }),
      ...reasoning,
      ...(calls.length === 0 ? {} : { tool_calls: calls.map(renderOwnCall) }),
    },
  ];
}

function renderOwnCall(call: ToolCallPart): JsonObject {
  return renderToolCall({ ...call, id: fitCallId(call.id, MAX_CALL_ID_CHARS) });
}

export function renderToolCall({ id, name, arguments: text }: ToolCallPart): JsonObject {
  return { id, type: 'function', function: { name, arguments: text } };
}

export function textOf(parts: readonly NeutralPart[], type: 'text' | 'refusal'): string {
  return parts.map((part) => (part.type === type ? part.text : '')).join('');
}

function renderContent(parts: readonly NeutralPart[]): JsonObject[] {
  return parts.map(renderPart).filter((part) => part !== null);
}

/** One text is written as text: servers that only resemble OpenAI's know no lists of texts. */
function simplify(content: JsonObject[]): unknown {
  const [only] = content;
  if (content.length === 0) return '';
  return content.length === 1 && only!['type'] === 'text' ? only!['text'] : content;
}

function renderPart(part: NeutralPart): JsonObject | null {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: part.text };
    case 'image':
      return {
        type: 'image_url',
        image_url: {
          url: renderMediaUrl(part.source),
          ...(part.detail === undefined ? {} : { detail: part.detail }),
        },
      };
    case 'audio':
      if (part.source.kind === 'url')
        throw invalid('messages', 'This model takes sound as data only, not by its address.');
      return {
        type: 'input_audio',
        input_audio: { data: part.source.data, format: audioFormat(part.source.mediaType) },
      };
    case 'file':
      if (part.source.kind === 'url')
        throw invalid('messages', 'This model takes files as data only, not by their address.');
      return {
        type: 'file',
        file: { filename: part.filename ?? 'file', file_data: renderMediaUrl(part.source) },
      };
    default:
      return null;
  }
}
