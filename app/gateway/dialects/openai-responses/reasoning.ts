/** Reasoning items: what may be read of them, and their encrypted content, which belongs to their id. */
import type { JsonObject } from '../dialect.ts';
import type { NeutralPart } from '../neutral.ts';
import { isObject } from '../kit/params.ts';
import { signatureFor, signatureToShow, signedBy } from '../kit/signature.ts';

type ReasoningPart = Extract<NeutralPart, { type: 'reasoning' }>;

/** Null for an item that says nothing. */
export function readReasoningItem(item: JsonObject): ReasoningPart | null {
  const text = textsOf(item['content']) || textsOf(item['summary']);
  const signature = readSignature(item);
  if (text === '' && signature === undefined) return null;
  return {
    type: 'reasoning',
    text,
    ...(signature === undefined ? {} : { signature }),
    ...(text === '' ? { redacted: true } : {}),
  };
}

/** Both are needed to hand it back: `<id>/<encrypted content>`. */
export function readSignature(item: JsonObject): string | undefined {
  const { encrypted_content: content, id } = item;
  if (typeof content !== 'string' || content === '') return undefined;
  const signed = signedBy('responses', content);
  // What another signed carries its maker already.
  return signatureFor('responses', signed) === null
    ? signed
    : signedBy('responses', `${typeof id === 'string' ? id : ''}/${content}`);
}

function textsOf(list: unknown): string {
  if (!Array.isArray(list)) return '';
  return list
    .map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .filter((text) => text !== '')
    .join('\n\n');
}

/** For an upstream: only what it can decrypt; null for the rest. */
export function renderOwnReasoning(part: ReasoningPart): JsonObject | null {
  const signature = signatureFor('responses', part.signature);
  if (signature === null) return null;
  const slash = signature.indexOf('/');
  return {
    type: 'reasoning',
    id: signature.slice(0, slash),
    summary: summaryOf(part.text),
    encrypted_content: signature.slice(slash + 1),
  };
}

/** For a caller. @param id used unless the item is the upstream's own. */
export function renderReasoningItem(part: Omit<ReasoningPart, 'type'>, id: string): JsonObject {
  const own = signatureFor('responses', part.signature);
  const slash = own?.indexOf('/') ?? -1;
  const shown = part.signature === undefined ? undefined : signatureToShow('responses', part.signature);
  return {
    id: own !== null && slash > 0 ? own.slice(0, slash) : id,
    type: 'reasoning',
    summary: summaryOf(part.text),
    ...(shown === undefined ? {} : { encrypted_content: shown.slice(slash + 1) }),
  };
}

function summaryOf(text: string): JsonObject[] {
  return text === '' ? [] : [{ type: 'summary_text', text }];
}
