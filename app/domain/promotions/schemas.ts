import { z } from 'zod';
import { NANOS_PER_UNIT } from '../../lib/money.ts';

/** A slip of the finger is no fortune: what one credit may be worth. */
export const MAX_CREDIT_NANOS = 100_000n * NANOS_PER_UNIT;
export const MAX_CODES_PER_BATCH = 500;
export const REASON_MAX = 300;

const creditAmountSchema = z
  .bigint()
  .refine((nanos) => nanos > 0n, { message: 'too_small', params: { min: '0.000000001' } })
  .refine((nanos) => nanos <= MAX_CREDIT_NANOS, {
    message: 'too_big',
    params: { max: '100000.00' },
  });

export const grantPromotionalCreditSchema = z.strictObject({
  organizationId: z.string().min(1).max(64),
  amountNanos: creditAmountSchema,
  /** Null: for ever. */
  expiresAt: z.date().nullable().default(null),
  reason: z.string().trim().min(1).max(REASON_MAX),
});
export type GrantPromotionalCreditInput = z.input<typeof grantPromotionalCreditSchema>;

export const createRedeemCodesSchema = z.strictObject({
  amountNanos: creditAmountSchema,
  /** How many codes. */
  count: z.number().int().min(1).max(MAX_CODES_PER_BATCH).default(1),
  /** How many organizations may redeem each, once. */
  maxRedemptions: z.number().int().min(1).max(1_000_000).default(1),
  /** Until when they can be redeemed; null: for ever. */
  expiresAt: z.date().nullable().default(null),
  /** How long the credit lives after it was redeemed; null: for ever. */
  creditDays: z.number().int().min(1).max(3_650).nullable().default(null),
  note: z.string().trim().max(REASON_MAX).default(''),
});
export type CreateRedeemCodesInput = z.input<typeof createRedeemCodesSchema>;

export const redeemCodeIdSchema = z.strictObject({ redeemCodeId: z.string().min(1).max(64) });
export const redeemCodeSchema = z.strictObject({ code: z.string().trim().min(1).max(100) });
export const pageSchema = z.strictObject({ page: z.number().int().min(1).max(100_000).catch(1).default(1) });
