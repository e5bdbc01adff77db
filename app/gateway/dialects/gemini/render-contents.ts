/** Neutral messages as `contents`. */
import type { JsonObject } from '../dialect.ts';
import type { MediaSource, NeutralMessage, NeutralPart } from '../neutral.ts';
import { isObject } from '../kit/params.ts';
import { readArguments } from '../kit/read-arguments.ts';
import { signatureFor } from '../kit/signature.ts';
import { FOREIGN_CALL } from './signature.ts';

/** Neighbours of one role become one content. @param model decides whether calls must be signed. */
export function renderContents(messages: readonly NeutralMessage[], model: string): JsonObject[] {
  const contents: { role: 'user' | 'model'; parts: JsonObject[] }[] = [];
  const names = namesOfCalls(messages);
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'model' : 'user';
    const parts =
      role === 'model' ? renderModelParts(message.parts, model) : renderUserParts(message.parts, names);
    if (parts.length === 0) continue;
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }
  return contents;
}

/** Results name the function; other dialects name the call only. */
function namesOfCalls(messages: readonly NeutralMessage[]): Map<string, string> {
  const calls = messages.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool_call'));
  return new Map(calls.map(({ id, name }) => [id, name]));
}

function renderUserParts(parts: readonly NeutralPart[], names: Map<string, string>): JsonObject[] {
  return parts.flatMap((part) =>
    part.type === 'tool_result' ? renderResult(part, names) : renderPart(part),
  );
}

function renderResult(
  part: Extract<NeutralPart, { type: 'tool_result' }>,
  names: Map<string, string>,
): JsonObject[] {
  const text = part.parts.flatMap((one) => (one.type === 'text' ? [one.text] : [])).join('\n');
  return [
    {
      functionResponse: {
        id: part.callId,
        name: part.name ?? names.get(part.callId) ?? part.callId,
        response: part.isError ? { error: text } : readObjectText(text),
      },
    },
    // Only the newest models take media inside of a result; all take them beside it.
    ...part.parts.filter(({ type }) => type !== 'text').flatMap(renderPart),
  ];
}

/** What is an object already stays one. */
function readObjectText(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // No JSON: the text itself.
  }
  return { output: text };
}

/**
 * Signatures without a text of their own go where Gemini put them: on the calls in order, else on the
 * text that follows.
 */
function renderModelParts(parts: readonly NeutralPart[], model: string): JsonObject[] {
  const signatures = parts.flatMap((part) => {
    if (part.type !== 'reasoning' || !part.redacted) return [];
    return signatureFor('gemini', part.signature) ?? [];
  });
  const signed = parts.some(({ type }) => type === 'tool_call') ? 'tool_call' : 'text';
  const rendered: JsonObject[] = [];
  let isFirstCall = true;
  for (const part of parts) {
    const signature = part.type === signed ? signatures.shift() : undefined;
    const foreign =
      part.type === 'tool_call' && isFirstCall && mustBeSigned(model) ? FOREIGN_CALL : undefined;
    if (part.type === 'tool_call') isFirstCall = false;
    const thoughtSignature = signature ?? foreign;
    for (const one of renderPart(part))
      rendered.push({ ...one, ...(thoughtSignature === undefined ? {} : { thoughtSignature }) });
  }
  for (const thoughtSignature of signatures) rendered.push({ text: '', thoughtSignature });
  return rendered;
}

function mustBeSigned(model: string): boolean {
  return !/gemini-(?:[12][.-]|flash|pro)/.test(model);
}

function renderPart(part: NeutralPart): JsonObject[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text === '' ? [] : [{ text: part.text }];
    case 'image':
    case 'audio':
      return [renderMedia(part.source)];
    case 'file':
      return [renderMedia(part.source)];
    case 'tool_call':
      return [{ functionCall: { id: part.id, name: part.name, args: readArguments(part.arguments) } }];
    case 'reasoning': {
      const signature = signatureFor('gemini', part.signature);
      if (part.redacted || signature === null) return [];
      return [{ text: part.text, thought: true, thoughtSignature: signature }];
    }
    case 'tool_result':
      return [];
  }
}

function renderMedia(source: MediaSource): JsonObject {
  if (source.kind === 'data') return { inlineData: { mimeType: source.mediaType, data: source.data } };
  const { url, mediaType } = source;
  return { fileData: { fileUri: url, ...(mediaType === undefined ? {} : { mimeType: mediaType }) } };
}
