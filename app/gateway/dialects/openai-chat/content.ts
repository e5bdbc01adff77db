import type { NeutralPart } from '../neutral.ts';
import { isObject } from '../kit/params.ts';

type SpokenPart = Extract<NeutralPart, { type: 'text' | 'reasoning' }>;

/** What a model says, in a message or a delta: text, or the list of parts that Mistral's reasoning models send. */
export function readContent(content: unknown): SpokenPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) return [];
  return content.filter(isObject).flatMap(({ type, text, thinking }): SpokenPart[] => {
    if (type === 'text' && typeof text === 'string' && text !== '') return [{ type, text }];
    if (type !== 'thinking') return [];
    return readContent(thinking).map((part) => ({ type: 'reasoning', text: part.text }));
  });
}
