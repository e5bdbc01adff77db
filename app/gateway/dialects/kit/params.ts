/** Reads parameters of a request, each within its bounds; what is wrong is named as the caller named it. */
import { AppError } from '../../../lib/app-error.ts';
import type { JsonObject } from '../dialect.ts';

export interface Bounds {
  min: number;
  max: number;
}

export const TEMPERATURE: Bounds = { min: 0, max: 2 };
export const FRACTION: Bounds = { min: 0, max: 1 };
export const PENALTY: Bounds = { min: -2, max: 2 };
/** Seeds are 64-bit; beyond 2^53 only bytes that pass unchanged keep them. */
export const SEED: Bounds = { min: -9_223_372_036_854_776_000, max: 9_223_372_036_854_776_000 };
export const SAFE_SEED: Bounds = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
export const TOP_K: Bounds = { min: 0, max: 1_000_000 };

const MAX_MODEL_LENGTH = 256;
const MAX_STOP_SEQUENCES = 64;

/** @param field dotted path in the caller's body: `messages.0.content`; '' for the body itself. */
export function invalid(field: string, message: string, reason = 'invalid'): AppError {
  return new AppError('invalid_request', message, { issues: field ? [{ field, reason }] : [] });
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/*
 * The readers take `null` and absence for the same thing, as every dialect does. `field` is the path to
 * name where `name` alone would not be found: `generationConfig.topK`.
 */

export function readBoolean(source: JsonObject, name: string, field = name): boolean | null {
  const value = source[name];
  if (isAbsent(value)) return null;
  if (typeof value !== 'boolean') throw invalid(field, `The parameter "${field}" must be true or false.`);
  return value;
}

export function readInteger(source: JsonObject, name: string, bounds: Bounds, field = name): number | null {
  const value = source[name];
  if (isAbsent(value)) return null;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < bounds.min || value > bounds.max)
    throw invalid(
      field,
      `The parameter "${field}" must be a whole number from ${bounds.min} to ${bounds.max}.`,
    );
  return value;
}

export function readNumber(source: JsonObject, name: string, bounds: Bounds, field = name): number | null {
  const value = source[name];
  if (isAbsent(value)) return null;
  // Also refuses NaN, which compares false with everything.
  if (typeof value !== 'number' || !(value >= bounds.min && value <= bounds.max))
    throw invalid(field, `The parameter "${field}" must be a number from ${bounds.min} to ${bounds.max}.`);
  return value;
}

export function readString(source: JsonObject, name: string, field = name): string | null {
  const value = source[name];
  if (isAbsent(value)) return null;
  if (typeof value !== 'string') throw invalid(field, `The parameter "${field}" must be text.`);
  return value;
}

export function requireString(source: JsonObject, name: string, field = name): string {
  const value = readString(source, name, field);
  if (value === null) throw invalid(field, `The parameter "${field}" is required.`, 'required');
  return value;
}

export function readOneOf<const T extends string>(
  source: JsonObject,
  name: string,
  values: readonly T[],
  field = name,
): T | null {
  const value = readString(source, name, field);
  if (value === null) return null;
  const known = values.find((one) => one === value);
  if (known === undefined)
    throw invalid(field, `The parameter "${field}" must be one of ${values.join(', ')}.`);
  return known;
}

export function readObject(source: JsonObject, name: string, field = name): JsonObject | null {
  const value = source[name];
  if (isAbsent(value)) return null;
  if (!isObject(value)) throw invalid(field, `The parameter "${field}" must be an object.`);
  return value;
}

export function requireObject(value: unknown, field: string): JsonObject {
  if (!isObject(value)) throw invalid(field, `The parameter "${field}" must be an object.`);
  return value;
}

export function readList(source: JsonObject, name: string, field = name): unknown[] | null {
  const value = source[name];
  if (isAbsent(value)) return null;
  if (!Array.isArray(value)) throw invalid(field, `The parameter "${field}" must be a list.`);
  return value;
}

/** A list that must have something in it: the messages. */
export function requireList(source: JsonObject, name: string, field = name): unknown[] {
  const value = readList(source, name, field);
  if (value === null || value.length === 0)
    throw invalid(field, `The parameter "${field}" must be a list with at least one member.`, 'required');
  return value;
}

/** A list of objects; what stands in each is the upstream's business. */
export function assertObjects(source: JsonObject, name: string): void {
  const list = readList(source, name) ?? [];
  for (let i = 0; i < list.length; i++) requireObject(list[i], `${name}.${i}`);
}

export type Shape = 'text' | 'object' | 'objects';

const ASSERT: Readonly<Record<Shape, (source: JsonObject, name: string) => unknown>> = {
  text: readString,
  object: readObject,
  objects: assertObjects,
};

/** Members that are of one kind, where they stand at all. @throws AppError `invalid_request` naming the first that is not. */
export function assertShapes(
  body: JsonObject,
  shapes: readonly (readonly [name: string, shape: Shape])[],
): void {
  for (const [name, shape] of shapes) if (name in body) ASSERT[shape](body, name);
}

export function readStrings(source: JsonObject, name: string, field = name): string[] {
  return (readList(source, name, field) ?? []).map((value, i) => {
    if (typeof value !== 'string')
      throw invalid(`${field}.${i}`, `The parameter "${field}" must be a list of texts.`);
    return value;
  });
}

/** Stop sequences: one text or a list of them. */
export function readStop(source: JsonObject, name: string, field = name): string[] {
  const value = source[name];
  const stop = typeof value === 'string' ? [value] : readStrings(source, name, field);
  if (stop.length > MAX_STOP_SEQUENCES)
    throw invalid(field, `The parameter "${field}" may have at most ${MAX_STOP_SEQUENCES} sequences.`);
  return stop;
}

/** The `model` of a body, storable in a usage event. */
export function readModel(source: JsonObject, field = 'model'): string {
  const { model } = source;
  if (typeof model !== 'string' || model === '' || model.length > MAX_MODEL_LENGTH || !isStorable(model))
    throw invalid(field, `The parameter "${field}" must name a model.`, 'required');
  return model;
}

/** PostgreSQL stores no NUL and no half of a character: one such name would fail a whole batch. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

/** The gateway's own members: never a parameter of a dialect. */
const OWN_MEMBERS: ReadonlySet<string> = new Set(['provider', 'models', 'conversation']);

/** Members that no reader of the dialect knows, for `NeutralRequest.extras`. */
export function collectExtras(body: JsonObject, known: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(
    Object.entries(body).filter(
      ([name, value]) => !isAbsent(value) && !known.has(name) && !OWN_MEMBERS.has(name),
    ),
  );
}
