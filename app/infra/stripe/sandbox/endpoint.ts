import { z } from 'zod';
import type { SandboxCore } from './core.ts';
import { invalidRequest } from './sandbox-error.ts';

export interface Endpoint<Schema extends z.ZodType = z.ZodType> {
  method: 'get' | 'post' | 'delete';
  /** Express path below the API's root: `/v1/customers/:id`. */
  path: string;
  /** Body of a POST, query of the others; everything arrives as text. */
  params: Schema;
  run(core: SandboxCore, params: z.output<Schema>, id: string): Promise<object>;
}

/** Ties `run`'s parameters to the schema. */
export function endpoint<Schema extends z.ZodType>(definition: Endpoint<Schema>): Endpoint {
  return definition as unknown as Endpoint;
}

export const noParams = z.strictObject({});
export const integer = z
  .string()
  .regex(/^\d{1,12}$/, 'must be an integer')
  .transform(Number);
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
export const currency = z.string().regex(/^[a-z]{3}$/, 'must be a three-letter ISO code in lower case');
/** Stripe: at most 50 keys of 40 characters, values of 500. */
export const metadata = z
  .record(z.string().max(40), z.string().max(500))
  .refine((pairs) => Object.keys(pairs).length <= 50, 'at most 50 keys')
  .default({});
export const webUrl = z.string().refine((text) => {
  const url = text.replace('{CHECKOUT_SESSION_ID}', 'x');
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}, 'Not a valid URL');

export const listParams = z.strictObject({
  limit: integer.optional(),
  starting_after: z.string().optional(),
  type: z.string().optional(),
});

export function checkLimit(limit = 10): number {
  if (limit < 1 || limit > 100) throw invalidRequest('limit must be between 1 and 100', 'limit');
  return limit;
}
