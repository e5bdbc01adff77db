import { z } from 'zod';
import { amountField } from '../../lib/amount-field.ts';

export const startOnboardingSchema = z.strictObject({
  /** ISO 3166-1 alpha-2: where the seller is at home; Stripe wants it once and for ever. */
  country: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{2}$/, 'invalid'),
});
export type StartOnboardingInput = z.input<typeof startOnboardingSchema>;

export const listPayoutsSchema = z.strictObject({
  limit: z.number().int().min(1).max(200).default(50),
  /** Payout id; older ones. */
  before: z.string().max(64).optional(),
});
export type ListPayoutsInput = z.input<typeof listPayoutsSchema>;

export const payoutIdSchema = z.strictObject({ payoutId: z.string().max(64) });

export const updatePayoutSettingsSchema = z.strictObject({
  holdDays: z.number().int('invalid').min(0).max(90),
  minimumNanos: z.bigint().nonnegative('invalid'),
  interval: z.enum(['daily', 'weekly', 'monthly']),
});
export type UpdatePayoutSettingsInput = z.input<typeof updatePayoutSettingsSchema>;

/** The same as an administrator types it. */
export const payoutSettingsFormSchema = z
  .object({
    holdDays: z
      .string()
      .regex(/^\d{1,2}$/, 'invalid')
      .transform((text) => Number.parseInt(text, 10)),
    minimum: amountField.refine((nanos) => nanos >= 0n, 'invalid'),
    interval: z.enum(['daily', 'weekly', 'monthly']),
  })
  .strip()
  .transform(({ minimum, ...rest }) => ({ ...rest, minimumNanos: minimum }));
