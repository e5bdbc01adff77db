/** Google's schemas (OpenAPI 3.0, types in capitals) as JSON Schema. */
import type { JsonObject } from '../dialect.ts';
import { isObject } from '../kit/params.ts';

/** Depth is bounded by the limit on the request's nesting. */
export function toJsonSchema(schema: JsonObject): JsonObject {
  const { nullable, type, propertyOrdering: _ordering, ...rest } = schema;
  const result: JsonObject = {};
  if (typeof type === 'string') {
    const name = type.toLowerCase();
    result['type'] = nullable === true ? [name, 'null'] : name;
  } else if (type !== undefined) {
    result['type'] = type;
  }
  for (const [name, value] of Object.entries(rest)) {
    if (name === 'properties' && isObject(value))
      result[name] = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, nested(one)]));
    else result[name] = name === 'items' || name === 'anyOf' ? nested(value) : value;
  }
  return result;
}

function nested(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nested);
  return isObject(value) ? toJsonSchema(value) : value;
}
