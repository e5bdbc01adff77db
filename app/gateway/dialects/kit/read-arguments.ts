import type { JsonObject } from '../dialect.ts';
import { isObject } from './params.ts';

/** Arguments as the object that some dialects want; what a model wrote badly is kept as text. */
export function readArguments(text: string): JsonObject {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : { value };
  } catch {
    return { arguments: text };
  }
}
