import { z } from 'zod';
import { MAX_AMOUNT_NANOS } from '../../lib/money.ts';

/** How far a statement reaches at once: a leap year and a little. */
export const MAX_STATEMENT_DAYS = 400;

const day = z.iso.date().refine((text) => text >= '2000-01-01' && text <= '2999-12-31', 'invalid');

export const walletStatementSchema = z.strictObject({
  /** First local day; the first of the last day's month when left out. */
  from: day.optional(),
  /** Last local day, included; today when left out. */
  to: day.optional(),
});
export type WalletStatementInput = z.input<typeof walletStatementSchema>;

export const setCreditLimitSchema = z.strictObject({
  organizationId: z.string().min(1).max(64),
  creditLimitNanos: z
    .bigint()
    .refine((nanos) => nanos >= 0n, { message: 'too_small', params: { min: '0' } })
    .refine((nanos) => nanos <= MAX_AMOUNT_NANOS, { message: 'too_big', params: { max: '1000000000' } }),
  reason: z.string().trim().min(1).max(300),
});
export type SetCreditLimitInput = z.input<typeof setCreditLimitSchema>;

export const listWalletsSchema = z.strictObject({
  query: z.string().trim().max(100).default(''),
  page: z.number().int().min(1).max(100_000).catch(1).default(1),
});
export type ListWalletsInput = z.input<typeof listWalletsSchema>;
