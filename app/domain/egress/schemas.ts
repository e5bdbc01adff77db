import { z } from 'zod';
import { wholeNumber } from '../../lib/whole-number.ts';

export const MAX_BATCH_LINES = 500;
/** Of one pool. */
export const MAX_PROXIES = 1_000;
const MAX_LINE_CHARS = 2_000;

const id = z.string().max(64);
const name = z.string().trim().min(1).max(60);
const region = z.string().trim().max(40);
/** Share of calls among the nodes of a pool. */
const weight = wholeNumber(1, 1_000);

export const createEgressPoolSchema = z.strictObject({ name });
export const renameEgressPoolSchema = z.strictObject({ poolId: id, name });

/** One proxy URL a line; blank lines do not count. */
export const addEgressProxiesSchema = z.strictObject({
  poolId: id,
  urls: z
    .string()
    .max(MAX_BATCH_LINES * MAX_LINE_CHARS)
    .refine((text) => linesOf(text).length > 0, 'required')
    .refine((text) => linesOf(text).length <= MAX_BATCH_LINES, {
      message: 'too_many_lines',
      params: { max: MAX_BATCH_LINES },
    }),
  region: region.optional(),
  weight: weight.optional(),
});

/** Absent fields stay. */
export const updateEgressProxySchema = z.strictObject({
  proxyId: id,
  weight: weight.optional(),
  region: region.optional(),
  status: z.enum(['active', 'disabled']).optional(),
});

/** Without an address that of an upstream behind the pool is asked for. */
export const checkEgressProxySchema = z.strictObject({
  proxyId: id,
  url: z
    .string()
    .trim()
    .max(2_000)
    .refine((text) => URL.canParse(text), 'invalid_url')
    .optional(),
});

/** The lines of a batch that are not blank, with their numbers from 1. */
export function linesOf(text: string): { line: number; text: string }[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line, index) => ({ line: index + 1, text: line.trim() }))
    .filter((line) => line.text !== '');
}

export type CreateEgressPoolInput = z.input<typeof createEgressPoolSchema>;
export type RenameEgressPoolInput = z.input<typeof renameEgressPoolSchema>;
export type AddEgressProxiesInput = z.input<typeof addEgressProxiesSchema>;
export type CheckEgressProxyInput = z.input<typeof checkEgressProxySchema>;
export type UpdateEgressProxyInput = z.input<typeof updateEgressProxySchema>;
