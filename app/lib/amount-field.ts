/** Amounts of money in forms and bodies: decimal text in, nanos out. */
import { z } from 'zod';
import { parseDecimal } from './money.ts';

/** A decimal amount; which amounts are allowed is the verb's business. */
export const amountField = z
  .string()
  .max(32)
  .transform((text, refinement) => {
    const nanos = parseDecimal(text);
    if (nanos !== null) return nanos;
    refinement.addIssue({ code: 'custom', message: 'invalid_amount' });
    return z.NEVER;
  });

/** The same, or nothing: null. */
export const optionalAmountField = amountField
  .nullable()
  .optional()
  .transform((nanos) => nanos ?? null);
