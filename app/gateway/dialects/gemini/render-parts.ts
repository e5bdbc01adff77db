import type { JsonObject } from '../dialect.ts';
import type { NeutralPart } from '../neutral.ts';
import { readArguments } from '../kit/read-arguments.ts';
import { showThoughtSignature } from './signature.ts';

/** Parts for a caller: a signature without a text of its own stands on the part that follows. */
export function renderAnswerParts(parts: readonly NeutralPart[]): JsonObject[] {
  const rendered: JsonObject[] = [];
  let waiting: JsonObject = {};
  for (const part of parts) {
    if (part.type === 'reasoning' && (part.redacted || part.text === '')) {
      if (Object.keys(waiting).length > 0) rendered.push({ text: '', ...waiting });
      waiting = showThoughtSignature(part.signature);
      continue;
    }
    const one = renderPart(part);
    if (one === null) continue;
    rendered.push({ ...one, ...(part.type === 'reasoning' ? {} : waiting) });
    if (part.type !== 'reasoning') waiting = {};
  }
  if (Object.keys(waiting).length > 0) rendered.push({ text: '', ...waiting });
  return rendered;
}

function renderPart(part: NeutralPart): JsonObject | null {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { text: part.text };
    case 'reasoning':
      return { text: part.text, thought: true, ...showThoughtSignature(part.signature) };
    case 'tool_call':
      return { functionCall: { id: part.id, name: part.name, args: readArguments(part.arguments) } };
    case 'image':
      return part.source.kind === 'data'
        ? { inlineData: { mimeType: part.source.mediaType, data: part.source.data } }
        : null;
    default:
      return null;
  }
}
