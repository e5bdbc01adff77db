import { z } from 'zod';
import { isCountry } from '../../lib/countries.ts';
import { isTaxId, normaliseTaxId, TAX_ID_TYPES } from './tax-ids.ts';

const LOCALES = ['en', 'zh-CN', 'zh-TW', 'ja'] as const;
const MAX_ADDRESS_LINES = 6;
const MAX_LINE_CHARS = 120;

const addressSchema = z
  .string()
  .max(MAX_ADDRESS_LINES * (MAX_LINE_CHARS + 2))
  .transform((text) =>
    text
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter(Boolean),
  )
  .refine((lines) => lines.length <= MAX_ADDRESS_LINES, {
    message: 'too_many_lines',
    params: { max: MAX_ADDRESS_LINES },
  });

export const saveBillingProfileSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(MAX_LINE_CHARS),
    /** One line each. */
    address: addressSchema.default([]),
    country: z.string().trim().toUpperCase().refine(isCountry, 'invalid_country').optional(),
    email: z.string().trim().max(254).pipe(z.email()).optional(),
    taxIdType: z.enum(TAX_ID_TYPES).optional(),
    taxId: z.string().trim().max(40).transform(normaliseTaxId).optional(),
    locale: z.enum(LOCALES).default('en'),
  })
  .superRefine((profile, refinement) => {
    const { taxIdType, taxId } = profile;
    if (taxId && !taxIdType)
      refinement.addIssue({ code: 'custom', path: ['taxIdType'], message: 'required' });
    if (taxIdType && !taxId) refinement.addIssue({ code: 'custom', path: ['taxId'], message: 'required' });
    if (taxId && taxIdType && !isTaxId(taxIdType, taxId)) {
      refinement.addIssue({ code: 'custom', path: ['taxId'], message: 'invalid_tax_id' });
    }
  });
export type SaveBillingProfileInput = z.input<typeof saveBillingProfileSchema>;
