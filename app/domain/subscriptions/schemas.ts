import { z } from 'zod';
import { wholeNumber } from '../../lib/whole-number.ts';
import { keyNameSchema } from '../keys/index.ts';

const idSchema = z.string().min(1).max(64);

export const createSubscriptionSchema = z.strictObject({
  /** Slug or id. */
  service: z.string().min(1).max(80),
  /** Absent: the free plan, else the cheapest (`choose-default-plan.ts`). */
  planId: idSchema.optional(),
  /** Name of the key issued with it; the service's name when absent. */
  keyName: keyNameSchema.optional(),
  /** Asking again with the same key gives the same subscription instead of a conflict. */
  idempotencyKey: z.string().min(8).max(128).optional(),
});

export type CreateSubscriptionInput = z.input<typeof createSubscriptionSchema>;

export const subscriptionIdSchema = z.strictObject({ subscriptionId: idSchema });

export const issueFirstKeySchema = z.strictObject({
  subscriptionId: idSchema,
  name: keyNameSchema.optional(),
});

/** What Stripe says about a paid period; all from the object itself, never from the event. */
export const activateSubscriptionSchema = z.strictObject({
  subscriptionId: idSchema,
  stripeSubscriptionId: z.string().min(1).max(255),
  currentPeriodStart: z.date(),
  currentPeriodEnd: z.date(),
  /** Where its months are counted from. */
  periodAnchor: z.date().optional(),
  /** Null: no trial, or over. */
  trialEndsAt: z.date().nullable().default(null),
  /** The plan and price that were paid for; absent: as before. */
  planId: idSchema.optional(),
  priceVersionId: idSchema.optional(),
});

export type ActivateSubscriptionInput = z.input<typeof activateSubscriptionSchema>;

export const checkoutIdSchema = z.strictObject({ checkoutId: idSchema });

export const markPastDueSchema = z.strictObject({
  subscriptionId: idSchema,
  /** When the unpaid period began; absent: now. */
  dueSince: z.date().optional(),
});

export const planChangeSchema = z.strictObject({ subscriptionId: idSchema, planId: idSchema });

/** Beyond any preview. */
const MAX_SECONDS = 100_000_000_000;
const MAX_CENTS = 100_000_000_000;

export const changePlanSchema = z.strictObject({
  subscriptionId: idSchema,
  planId: idSchema,
  /** Of the preview; asking again with the same happens once. */
  prorationDate: wholeNumber(1, MAX_SECONDS).optional(),
  /** What the preview said is charged today, in the currency's cents. */
  expectedCents: wholeNumber(0, MAX_CENTS).optional(),
});
export type ChangePlanInput = z.input<typeof changePlanSchema>;
