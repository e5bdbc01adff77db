import type { JsonObject } from '../dialect.ts';
import { isObject } from '../kit/params.ts';

/** Members that hold schemas by name. */
const NAMED = ['properties', '$defs', 'definitions'];
/** Members that are a schema, or a list of them. */
const NESTED = ['items', 'prefixItems', 'anyOf', 'allOf', 'oneOf'];

/** What Anthropic refuses to enforce, and refuses the request for: the model is told it in words instead. */
const UNENFORCED: ReadonlySet<string> = new Set([
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'pattern', 'contentEncoding', 'contentMediaType'],
  ...['maxItems', 'uniqueItems', 'contains', 'minContains', 'maxContains'],
  ...['minProperties', 'maxProperties', 'patternProperties', 'propertyNames', 'not', 'if', 'then', 'else'],
]);
const FORMATS: ReadonlySet<unknown> = new Set([
  ...['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'],
]);

/**
 * A schema as Anthropic takes it: objects say that they have no other members, and what it cannot enforce
 * stands in descriptions. Depth is bounded by the limit on the request's nesting.
 */
export function fitSchema(schema: JsonObject): JsonObject {
  const fitted: JsonObject = {};
  const told: string[] = [];
  for (const [name, value] of Object.entries(schema)) {
    // It names the language of the schema, and asks for nothing.
    if (name === '$schema') continue;
    if (isEnforced(name, value)) fitted[name === 'oneOf' ? 'anyOf' : name] = fitMember(name, value);
    else told.push(`${name}: ${JSON.stringify(value)}`);
  }
  const isOpen = fitted['additionalProperties'] === undefined || fitted['additionalProperties'] === true;
  if (isOpen && (schema['type'] === 'object' || isObject(schema['properties'])))
    fitted['additionalProperties'] = false;
  if (told.length > 0) {
    const { description } = schema;
    const words = typeof description === 'string' && description !== '' ? [description] : [];
    fitted['description'] = [...words, `{${told.join(', ')}}`].join('\n\n');
  }
  return fitted;
}

function isEnforced(name: string, value: unknown): boolean {
  if (name === 'format') return FORMATS.has(value);
  if (name === 'minItems') return value === 0 || value === 1;
  return !UNENFORCED.has(name);
}

function fitMember(name: string, value: unknown): unknown {
  if (NAMED.includes(name) && isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, schema]) => [key, fitNested(schema)]));
  return NESTED.includes(name) ? fitNested(value) : value;
}

function fitNested(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fitNested);
  return isObject(value) ? fitSchema(value) : value;
}
