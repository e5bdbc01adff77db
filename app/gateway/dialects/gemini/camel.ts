/** Google's servers read `generation_config` as `generationConfig`; so must whoever bounds what is in it. */
import type { JsonObject } from '../dialect.ts';
import { invalid, isObject } from '../kit/params.ts';

/** Below these the names are the caller's own. */
const FOREIGN: ReadonlySet<string> = new Set([
  ...['args', 'response', 'parameters', 'parametersJsonSchema', 'responseSchema', 'responseJsonSchema'],
  ...['labels'],
]);

/**
 * The body with every member of Gemini's in camel case.
 * @throws AppError `invalid_request` when one stands there in both spellings.
 */
export function camelBody(body: JsonObject): JsonObject {
  return camelObject(body, '');
}

function camelObject(source: JsonObject, at: string): JsonObject {
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(source)) {
    const camel = camelName(name);
    const field = at === '' ? camel : `${at}.${camel}`;
    if (Object.hasOwn(result, camel))
      throw invalid(field, `The parameter "${field}" stands in the body more than once.`);
    result[camel] = FOREIGN.has(camel) ? value : camelValue(value, field);
  }
  return result;
}

function camelValue(value: unknown, at: string): unknown {
  if (Array.isArray(value)) return value.map((one, i) => camelValue(one, `${at}.${i}`));
  return isObject(value) ? camelObject(value, at) : value;
}

function camelName(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** How the caller spells a top-level member. */
export function spellingOf(body: JsonObject, name: string): string {
  return Object.keys(body).find((one) => camelName(one) === name) ?? name;
}
