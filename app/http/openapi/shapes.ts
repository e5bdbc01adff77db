/** Small words that the schemas of the OpenAPI document are made of. */

export type Schema = Record<string, unknown>;

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

export const text = (description?: string): Schema => ({
  type: 'string',
  ...(description && { description }),
});
export const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
export const instant: Schema = { type: 'string', format: 'date-time' };
export const money = text('Exact decimal amount, e.g. "0.001".');
export const count: Schema = { type: 'integer', minimum: 0 };
export const list = (items: Schema): Schema => ({ type: 'array', items });

export function object(properties: Record<string, Schema>, optional: string[] = []): Schema {
  return {
    type: 'object',
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    properties,
  };
}

export const page = (item: string): Schema =>
  object({ data: list(ref(item)), page: count, page_count: count, total: count });

/** Query parameters of a range of time. */
export const RANGE = {
  range: '24h, 7d or 30d.',
  from: 'ISO date or time.',
  to: 'ISO date or time, exclusive.',
  time_zone: 'IANA name; UTC when absent.',
};
