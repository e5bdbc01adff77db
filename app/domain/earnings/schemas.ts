import { z } from 'zod';
import { isTimeZone } from '../usage/index.ts';

export const earningsSchema = z
  .strictObject({
    /** Half-open: from ≤ sale < to; at most 400 days. */
    from: z.date(),
    to: z.date(),
    timeZone: z.string().max(64).refine(isTimeZone, 'invalid_choice'),
  })
  .refine((range) => range.from < range.to, { path: ['to'], message: 'invalid' })
  .refine((range) => range.to.getTime() - range.from.getTime() <= 400 * 86_400_000, {
    path: ['from'],
    message: 'too_big',
  });

export type EarningsInput = z.input<typeof earningsSchema>;

/** `2026-11`; years that a timestamp and a reader can live with. */
const MONTH = /^20\d{2}-(?:0[1-9]|1[0-2])$/;

export const sellerStatementSchema = z.strictObject({
  month: z.string().regex(MONTH, 'invalid'),
  timeZone: z.string().max(64).refine(isTimeZone, 'invalid_choice'),
});
export type SellerStatementInput = z.input<typeof sellerStatementSchema>;

export const isMonth = (text: string): boolean => MONTH.test(text);
