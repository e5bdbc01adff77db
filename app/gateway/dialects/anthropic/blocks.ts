/** Content blocks, parsed to neutral parts and rendered from them. */
import type { JsonObject } from '../dialect.ts';
import type { MediaSource, NeutralPart } from '../neutral.ts';
import {
  invalid,
  isAbsent,
  isObject,
  readBoolean,
  readString,
  requireObject,
  requireString,
} from '../kit/params.ts';
import { readArguments } from '../kit/read-arguments.ts';
import { signatureFor } from '../kit/signature.ts';
import { readSignature } from './signature.ts';

/** @param at where the content stands in the caller's body: `messages.0.content`. */
export function parseContent(content: unknown, at: string): NeutralPart[] {
  if (isAbsent(content)) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw invalid(at, `The parameter "${at}" must be text or a list of blocks.`);
  return content.flatMap((block, i) => parseBlock(requireObject(block, `${at}.${i}`), `${at}.${i}`));
}

function parseBlock(block: JsonObject, at: string): NeutralPart[] {
  const cacheHint = isObject(block['cache_control']) ? { cacheHint: true as const } : {};
  switch (block['type']) {
    case 'text':
      return [{ type: 'text', text: requireString(block, 'text', `${at}.text`), ...cacheHint }];
    case 'image':
      return [{ type: 'image', source: parseSource(block, at), ...cacheHint }];
    case 'document':
      return parseDocument(block, at, cacheHint);
    case 'search_result':
      return parseContent(block['content'], `${at}.content`);
    case 'tool_use':
      return [
        {
          type: 'tool_call',
          id: requireString(block, 'id', `${at}.id`),
          name: requireString(block, 'name', `${at}.name`),
          arguments: JSON.stringify(block['input'] ?? {}),
        },
      ];
    case 'tool_result':
      return [
        {
          type: 'tool_result',
          callId: requireString(block, 'tool_use_id', `${at}.tool_use_id`),
          parts: parseContent(block['content'], `${at}.content`),
          isError: readBoolean(block, 'is_error', `${at}.is_error`) ?? false,
        },
      ];
    case 'thinking':
      return [
        {
          type: 'reasoning',
          text: requireString(block, 'thinking', `${at}.thinking`),
          ...readSignature(block['signature']),
        },
      ];
    case 'redacted_thinking':
      return [{ type: 'reasoning', text: '', redacted: true, ...readSignature(block['data']) }];
    default:
      throw invalid(
        `${at}.type`,
        `The parameter "${at}.type" names no content that can be passed to this model.`,
      );
  }
}

function parseDocument(block: JsonObject, at: string, cacheHint: { cacheHint?: true }): NeutralPart[] {
  const source = requireObject(block['source'], `${at}.source`);
  if (source['type'] === 'content') return parseContent(source['content'], `${at}.source.content`);
  const filename = readString(block, 'title', `${at}.title`);
  return [
    {
      type: 'file',
      source: parseSource(block, at),
      ...(filename === null ? {} : { filename }),
      ...cacheHint,
    },
  ];
}

function parseSource(block: JsonObject, at: string): MediaSource {
  const source = requireObject(block['source'], `${at}.source`);
  switch (source['type']) {
    case 'base64':
      return {
        kind: 'data',
        mediaType: requireString(source, 'media_type', `${at}.source.media_type`),
        data: requireString(source, 'data', `${at}.source.data`),
      };
    case 'text': {
      const text = requireString(source, 'data', `${at}.source.data`);
      return { kind: 'data', mediaType: 'text/plain', data: Buffer.from(text).toString('base64') };
    }
    case 'url': {
      const url = requireString(source, 'url', `${at}.source.url`);
      if (!/^https?:\/\//i.test(url))
        throw invalid(`${at}.source.url`, `The parameter "${at}.source.url" must be an http(s) address.`);
      return { kind: 'url', url };
    }
    case 'file':
      throw invalid(
        `${at}.source.file_id`,
        'Files by id are known to the service they were uploaded to alone; send the content itself.',
      );
    default:
      throw invalid(`${at}.source.type`, `The parameter "${at}.source.type" names no known source.`);
  }
}

/** Blocks for Anthropic itself: signatures of others and empty texts would fail the whole request. */
export function renderBlocks(parts: readonly NeutralPart[]): JsonObject[] {
  return parts.map(renderBlock).filter((block) => block !== null);
}

function renderBlock(part: NeutralPart): JsonObject | null {
  switch (part.type) {
    case 'text':
      return part.text === '' ? null : { type: 'text', text: part.text, ...cacheControl(part) };
    case 'refusal':
      return part.text === '' ? null : { type: 'text', text: part.text };
    case 'image':
      return { type: 'image', source: renderSource(part.source), ...cacheControl(part) };
    case 'file':
      return {
        type: 'document',
        source: renderSource(part.source),
        ...(part.filename === undefined ? {} : { title: part.filename }),
        ...cacheControl(part),
      };
    case 'audio':
      throw invalid('messages', 'This model takes no sound.');
    case 'tool_call':
      return {
        type: 'tool_use',
        id: toolUseId(part.id),
        name: part.name,
        input: readArguments(part.arguments),
      };
    case 'tool_result':
      return {
        type: 'tool_result',
        tool_use_id: toolUseId(part.callId),
        content: renderBlocks(part.parts),
        ...(part.isError ? { is_error: true } : {}),
      };
    case 'reasoning': {
      const signature = signatureFor('anthropic', part.signature);
      if (signature === null) return null;
      return part.redacted
        ? { type: 'redacted_thinking', data: signature }
        : { type: 'thinking', thinking: part.text, signature };
    }
  }
}

export function cacheControl(holder: { cacheHint?: true }): JsonObject {
  return holder.cacheHint ? { cache_control: { type: 'ephemeral' } } : {};
}

function renderSource(source: MediaSource): JsonObject {
  if (source.kind === 'url') return { type: 'url', url: source.url };
  if (source.mediaType.startsWith('text/'))
    return {
      type: 'text',
      media_type: 'text/plain',
      data: Buffer.from(source.data, 'base64').toString('utf8'),
    };
  return { type: 'base64', media_type: source.mediaType, data: source.data };
}

/** Anthropic takes ids of these characters only; call and result are changed alike. */
function toolUseId(id: string): string {
  return id === '' ? 'toolu_0' : id.replace(/[^a-zA-Z0-9_-]/g, '_');
}
