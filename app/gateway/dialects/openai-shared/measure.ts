import { isObject } from '../kit/params.ts';
import { measureText, type StringKind, type TextSize } from '../kit/measure-text.ts';

/** Size of a request in any of OpenAI's dialects. @param messages what may hold media. */
export function measureRequest(messages: unknown, others: readonly unknown[]): TextSize {
  return measureText(messages, others, kindOf);
}

/** Tools that OpenAI runs by itself: what they find is input. */
export function countOwnTools(tools: unknown): number {
  if (!Array.isArray(tools)) return 0;
  return tools.filter((tool) => isObject(tool) && !ASKED_BACK.has(tool['type'])).length;
}

const ASKED_BACK: ReadonlySet<unknown> = new Set(['function', 'custom']);

function kindOf(name: string, value: string): StringKind {
  if (name === 'file_id' || name === 'file_url') return 'reference';
  if (name === 'url' || name === 'image_url') return /^(data|https?):/i.test(value) ? 'image' : 'text';
  if (name === 'data') return 'media';
  // A text file costs what its text costs.
  if (name === 'file_data') return value.startsWith('data:text/') ? 'text' : 'media';
  return 'text';
}
