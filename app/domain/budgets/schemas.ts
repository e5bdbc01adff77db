import { z } from 'zod';
import { MAX_AMOUNT_NANOS } from '../../lib/money.ts';
import { BUDGET_ENFORCEMENTS, BUDGET_PERIODS, BUDGET_SCOPES } from '../../lib/budget-options.ts';

const MAX_THRESHOLDS = 10;
export const DEFAULT_THRESHOLDS = [50, 80, 100];

const amountSchema = z
  .bigint()
  .refine((nanos) => nanos > 0n, { message: 'too_small', params: { min: '0.000000001' } })
  .refine((nanos) => nanos <= MAX_AMOUNT_NANOS, { message: 'too_big', params: { max: '1000000000' } });

/** Percentages, each once, in order. */
const thresholdsSchema = z
  .array(z.number().int().min(1).max(100))
  .max(MAX_THRESHOLDS)
  .transform((all) => [...new Set(all)].sort((a, b) => a - b));

const idSchema = z.string().min(1).max(64);

export const createBudgetSchema = z
  .strictObject({
    scope: z.enum(BUDGET_SCOPES),
    /** Key id, or user id of a member; left out for the organization. */
    subjectId: z.string().max(64).default(''),
    period: z.enum(BUDGET_PERIODS),
    amountNanos: amountSchema,
    enforcement: z.enum(BUDGET_ENFORCEMENTS).default('hard'),
    thresholds: thresholdsSchema.default(DEFAULT_THRESHOLDS),
  })
  .superRefine(({ scope, subjectId }, refinement) => {
    if ((scope === 'organization') === (subjectId === '')) return;
    const message = scope === 'organization' ? 'invalid' : 'required';
    refinement.addIssue({ code: 'custom', path: ['subjectId'], message });
  });
export type CreateBudgetInput = z.input<typeof createBudgetSchema>;

export const updateBudgetSchema = z.strictObject({
  budgetId: idSchema,
  amountNanos: amountSchema.optional(),
  enforcement: z.enum(BUDGET_ENFORCEMENTS).optional(),
  thresholds: thresholdsSchema.optional(),
});
export type UpdateBudgetInput = z.input<typeof updateBudgetSchema>;

export const budgetIdSchema = z.strictObject({ budgetId: idSchema });

export const listBudgetsSchema = z.strictObject({
  /** Only those of this key. */
  keyId: idSchema.optional(),
});
export type ListBudgetsInput = z.input<typeof listBudgetsSchema>;
