/**
 * Thinking in messages and deltas. OpenAI shows none; `reasoning_content` is DeepSeek's, `reasoning` and
 * `reasoning_details` (with what another turn needs to verify it) are OpenRouter's.
 */
import type { JsonObject } from '../dialect.ts';
import type { NeutralPart } from '../neutral.ts';
import { isObject } from '../kit/params.ts';
import { signatureFor, signatureToShow, signedBy } from '../kit/signature.ts';

type ReasoningPart = Extract<NeutralPart, { type: 'reasoning' }>;

/** @param holder a message, or the delta of a chunk. */
export function readReasoning(holder: JsonObject): ReasoningPart[] {
  const details = holder['reasoning_details'];
  if (Array.isArray(details) && details.length > 0)
    return details.filter(isObject).flatMap((detail) => readDetail(detail) ?? []);
  const text = holder['reasoning_content'] ?? holder['reasoning'];
  return typeof text === 'string' && text !== '' ? [{ type: 'reasoning', text }] : [];
}

function readDetail(detail: JsonObject): ReasoningPart | null {
  const text = detail['text'] ?? detail['summary'];
  const signature = detail['data'] ?? detail['signature'];
  const part: ReasoningPart = { type: 'reasoning', text: typeof text === 'string' ? text : '' };
  if (typeof signature === 'string' && signature !== '') part.signature = signedBy('chat', signature);
  if (detail['type'] === 'reasoning.encrypted') part.redacted = true;
  return part.text === '' && part.signature === undefined ? null : part;
}

/** For an upstream: its own, and what nobody signed. */
export function renderOwnReasoning(parts: readonly NeutralPart[]): JsonObject {
  return renderReasoning(
    parts.filter(
      (part) =>
        part.type === 'reasoning' &&
        (part.signature === undefined || signatureFor('chat', part.signature) !== null),
    ),
  );
}

/** Members of a message or delta; details only where there is something to verify. */
export function renderReasoning(parts: readonly NeutralPart[]): JsonObject {
  const reasoning = parts.filter((part) => part.type === 'reasoning');
  const text = reasoning.map((part) => part.text).join('');
  const signed = reasoning.some((part) => part.signature !== undefined);
  return {
    ...(text === '' ? {} : { reasoning_content: text }),
    ...(signed ? { reasoning_details: reasoning.map(renderDetail) } : {}),
  };
}

function renderDetail({ text, signature, redacted }: ReasoningPart): JsonObject {
  const shown = signature === undefined ? undefined : signatureToShow('chat', signature);
  if (redacted) return { type: 'reasoning.encrypted', data: shown ?? '' };
  return { type: 'reasoning.text', text, ...(shown === undefined ? {} : { signature: shown }) };
}
