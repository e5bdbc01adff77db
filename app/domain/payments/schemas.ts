import { z } from 'zod';
import { amountField } from '../../lib/amount-field.ts';
import { NANOS_PER_CENT, NANOS_PER_UNIT, parseDecimal, toCents } from '../../lib/money.ts';

export const MIN_TOP_UP_NANOS = 1n * NANOS_PER_UNIT;
export const MAX_TOP_UP_NANOS = 10_000n * NANOS_PER_UNIT;

export const idempotencyKeySchema = z
  .string()
  .min(8)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, 'invalid');

const topUpAmountSchema = z
  .bigint()
  .refine((nanos) => nanos >= MIN_TOP_UP_NANOS, { message: 'too_small', params: { min: '1.00' } })
  .refine((nanos) => nanos <= MAX_TOP_UP_NANOS, { message: 'too_big', params: { max: '10000.00' } })
  .refine((nanos) => nanos % NANOS_PER_CENT === 0n, 'too_many_decimals');

export const startTopUpSchema = z.strictObject({
  amountNanos: topUpAmountSchema,
  /** Of the form or API call: the same key gives the same checkout. */
  idempotencyKey: idempotencyKeySchema,
});
export type StartTopUpInput = z.infer<typeof startTopUpSchema>;

/** A decimal string of the ledger's currency, as people and API callers write it. */
export const decimalAmountSchema = amountField.pipe(topUpAmountSchema);

export const checkoutIdSchema = z.strictObject({ checkoutId: z.string().min(1).max(64) });

export const refundPaymentSchema = z.strictObject({
  /** Checkout id, or Stripe's id of a fee's invoice. */
  reference: z.string().min(1).max(255),
  /** All that is left unless said otherwise. */
  amountNanos: z.bigint().optional(),
  reason: z.string().trim().min(1).max(500),
  /** The same key refunds once. */
  idempotencyKey: idempotencyKeySchema,
});
export type RefundPaymentInput = z.input<typeof refundPaymentSchema>;

/** A decimal string of whole cents, as its number of cents. */
export const decimalCentsSchema = z
  .string()
  .max(32)
  .transform((text, refinement) => {
    const nanos = parseDecimal(text);
    if (nanos !== null && nanos >= 0n && nanos % NANOS_PER_CENT === 0n) return toCents(nanos);
    refinement.addIssue({ code: 'custom', message: 'invalid_amount' });
    return z.NEVER;
  });

/** The administrators' form: the amount as people write it. */
export const refundFormSchema = z
  .strictObject({
    reference: z.string().max(255),
    amount: amountField,
    reason: z.string().trim().min(1).max(500),
    idempotencyKey: z.string().max(300),
  })
  .transform(({ amount, idempotencyKey, ...rest }) => ({
    ...rest,
    amountNanos: amount,
    idempotencyKey: idempotencyKey.slice(0, 128),
  }));

export const paymentMethodIdSchema = z.strictObject({ paymentMethodId: z.string().min(1).max(255) });

export const searchPaymentsSchema = z.strictObject({
  /** Part of an id, of an organization's name, or of a Stripe id. */
  q: z.string().trim().max(100).default(''),
  limit: z.number().int().min(1).max(100).default(50),
});
export type SearchPaymentsInput = z.input<typeof searchPaymentsSchema>;

/** Amounts offered on the wallet page, as decimal strings of the ledger's currency. */
export const TOP_UP_PRESETS = ['10.00', '25.00', '100.00'] as const;
export const CUSTOM_AMOUNT = 'custom';

/** The wallet page's form: a preset, or an amount of one's own. */
export const topUpFormSchema = z
  .strictObject({
    amount: z.enum([...TOP_UP_PRESETS, CUSTOM_AMOUNT]),
    customAmount: z.string().max(32).optional(),
    idempotencyKey: idempotencyKeySchema,
  })
  .transform((form, refinement) => {
    const isCustom = form.amount === CUSTOM_AMOUNT;
    const amount = decimalAmountSchema.safeParse(isCustom ? (form.customAmount ?? '') : form.amount);
    if (amount.success) return { amountNanos: amount.data, idempotencyKey: form.idempotencyKey };
    const reasons = isCustom && !form.customAmount ? [{ message: 'required' }] : amount.error.issues;
    for (const issue of reasons) {
      const params = 'params' in issue ? issue.params : undefined;
      refinement.addIssue({ code: 'custom', path: ['customAmount'], message: issue.message, params });
    }
    return z.NEVER;
  });
