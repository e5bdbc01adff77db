import { z } from 'zod';

/** ISO 3166-1 alpha-2. */
export const countrySchema = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z]{2}$/, 'invalid_country');

const MAX_BASIS_POINTS = 10_000;

export const addTaxRateSchema = z.strictObject({
  country: countrySchema,
  name: z.string().trim().min(1).max(40),
  basisPoints: z.number().int().min(0).max(MAX_BASIS_POINTS),
  reverseCharge: z.boolean().default(false),
  /** Now when absent; a rate is never changed, a later one takes its place. */
  effectiveFrom: z.date().optional(),
});
export type AddTaxRateInput = z.input<typeof addTaxRateSchema>;

/** The form: per cent as people write it, a day for the beginning. */
export const taxRateFormSchema = z.strictObject({
  country: countrySchema,
  name: z.string().trim().min(1).max(40),
  percent: z
    .string()
    .trim()
    .regex(/^\d{1,3}(\.\d{1,2})?$/, 'invalid_percent')
    .refine((text) => Number(text) <= 100, 'invalid_percent'),
  reverseCharge: z.literal('on').optional(),
  effectiveFrom: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'invalid')
    .optional(),
});

/** `19` or `7.5` per cent as basis points. */
export function toBasisPoints(percent: string): number {
  const [whole = '0', fraction = ''] = percent.split('.');
  return Number(whole) * 100 + Number(fraction.padEnd(2, '0'));
}
