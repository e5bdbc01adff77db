import type { JsonObject } from '../dialect.ts';
import { isObject } from '../kit/params.ts';

/** Members that hold schemas by name. */
const NAMED = ['properties', '$defs', 'definitions'];
/** Members that are a schema, or a list of them. */
const NESTED = ['items', 'prefixItems', 'anyOf', 'allOf', 'oneOf'];

/**
 * A schema whose objects say that they have no other members, where nothing is said: Anthropic insists.
 * Depth is bounded by the limit on the request's nesting.
 */
export function closeObjects(schema: JsonObject): JsonObject {
  const closed: JsonObject = { ...schema };
  for (const name of NAMED) if (isObject(schema[name])) closed[name] = closeNamed(schema[name]);
  for (const name of NESTED) if (name in schema) closed[name] = closeNested(schema[name]);
  if (schema['type'] === 'object' || isObject(schema['properties'])) closed['additionalProperties'] ??= false;
  return closed;
}

function closeNamed(schemas: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, closeNested(schema)]));
}

function closeNested(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closeNested);
  return isObject(value) ? closeObjects(value) : value;
}
