import type { JsonObject } from '../dialect.ts';
import { isAbsent } from './params.ts';

/** A body without the parameters that nobody set. */
export function withoutAbsent(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => !isAbsent(value)));
}
