/** `contents`, parsed to neutral messages. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralMessage, NeutralPart } from '../neutral.ts';
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
import { CallIds } from './call-ids.ts';
import { readThoughtSignature } from './signature.ts';

type TextPart = Extract<NeutralPart, { type: 'text' }>;

/** @throws AppError `invalid_request` that names the member: `systemInstruction.parts.0.text`. */
export function parseSystem(value: unknown, at: string): TextPart[] {
  if (isAbsent(value)) return [];
  if (typeof value === 'string') return [{ type: 'text', text: value }];
  const parts = parseParts(requireObject(value, at), at, new CallIds());
  return parts.map((part) => {
    if (part.type !== 'text') throw invalid(at, 'Instructions must be text.');
    return part;
  });
}

/** @throws AppError `invalid_request` that names the member: `contents.2.parts.0.text`. */
export function parseContents(list: readonly unknown[]): NeutralMessage[] {
  const ids = new CallIds();
  const messages: NeutralMessage[] = [];
  for (const [i, entry] of list.entries()) {
    const at = `contents.${i}`;
    const content = requireObject(entry, at);
    const role = readOneOf(content, 'role', ['user', 'model', 'function', 'tool'], `${at}.role`);
    const parts = parseParts(content, at, ids);
    const results = parts.filter((part) => part.type === 'tool_result');
    if (results.length > 0) messages.push({ role: 'tool', parts: results });
    const rest = parts.filter((part) => part.type !== 'tool_result');
    if (rest.length > 0 || results.length === 0)
      messages.push({ role: role === 'model' ? 'assistant' : 'user', parts: rest });
  }
  return messages;
}

function parseParts(content: JsonObject, at: string, ids: CallIds): NeutralPart[] {
  const parts = readList(content, 'parts', `${at}.parts`) ?? [];
  return parts.flatMap((part, i) =>
    parsePart(requireObject(part, `${at}.parts.${i}`), `${at}.parts.${i}`, ids),
  );
}

function parsePart(part: JsonObject, at: string, ids: CallIds): NeutralPart[] {
  const signature = readThoughtSignature(part['thoughtSignature']);
  if (part['thought'] === true)
    return [{ type: 'reasoning', text: readString(part, 'text', `${at}.text`) ?? '', ...signature }];
  const before: NeutralPart[] =
    signature.signature === undefined ? [] : [{ type: 'reasoning', text: '', ...signature, redacted: true }];
  if (!isAbsent(part['text'])) {
    const text = requireString(part, 'text', `${at}.text`);
    return text === '' ? before : [...before, { type: 'text', text }];
  }
  if (isObject(part['functionCall'])) {
    const name = requireString(part['functionCall'], 'name', `${at}.functionCall.name`);
    const { id, args } = part['functionCall'];
    const call: NeutralPart = {
      type: 'tool_call',
      id: ids.call(name, id),
      name,
      arguments: JSON.stringify(args ?? {}),
    };
    return [...before, call];
  }
  if (isObject(part['functionResponse']))
    return [parseResult(part['functionResponse'], `${at}.functionResponse`, ids)];
  const media = parseMedia(part, at);
  if (media !== null) return [...before, media];
  if (before.length > 0) return before;
  throw invalid(at, `The part "${at}" holds nothing that can be passed to this model.`);
}

/** `inlineData` or `fileData`, as what its type says. */
function parseMedia(part: JsonObject, at: string): NeutralPart | null {
  const { inlineData, fileData } = part;
  if (isObject(inlineData)) {
    const mediaType = requireString(inlineData, 'mimeType', `${at}.inlineData.mimeType`);
    const data = requireString(inlineData, 'data', `${at}.inlineData.data`);
    return mediaPart(mediaType, { kind: 'data', mediaType, data }, inlineData['displayName']);
  }
  if (!isObject(fileData)) return null;
  const url = requireString(fileData, 'fileUri', `${at}.fileData.fileUri`);
  if (!/^https?:\/\//i.test(url))
    throw invalid(
      `${at}.fileData.fileUri`,
      'Files of one service are known there alone; send the content in "inlineData", or an http(s) address.',
    );
  const mediaType = readString(fileData, 'mimeType', `${at}.fileData.mimeType`) ?? '';
  const source = { kind: 'url' as const, url, ...(mediaType === '' ? {} : { mediaType }) };
  return mediaPart(mediaType, source, fileData['displayName']);
}

function mediaPart(
  mediaType: string,
  source: Extract<NeutralPart, { type: 'file' }>['source'],
  name: unknown,
): NeutralPart {
  if (mediaType.startsWith('image/')) return { type: 'image', source };
  if (mediaType.startsWith('audio/')) return { type: 'audio', source };
  return { type: 'file', source, ...(typeof name === 'string' ? { filename: name } : {}) };
}

function parseResult(result: JsonObject, at: string, ids: CallIds): NeutralPart {
  const name = requireString(result, 'name', `${at}.name`);
  const media = (readList(result, 'parts', `${at}.parts`) ?? []).flatMap((part, i) => {
    const field = `${at}.parts.${i}`;
    return parseMedia(requireObject(part, field), field) ?? [];
  });
  const { text, isError } = readResponse(result['response']);
  return {
    type: 'tool_result',
    callId: ids.result(name, result['id']),
    name,
    parts: [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...media],
    isError,
  };
}

/** By Gemini's convention `output` holds what the tool said, and `error` what went wrong. */
function readResponse(response: unknown): { text: string; isError: boolean } {
  if (!isObject(response)) return { text: '', isError: false };
  const names = Object.keys(response);
  const isError = names.length === 1 && names[0] === 'error';
  const isOutput = names.length === 1 && (names[0] === 'output' || names[0] === 'result');
  const value: unknown = isError || isOutput ? response[names[0]!] : response;
  return { text: typeof value === 'string' ? value : JSON.stringify(value), isError };
}
