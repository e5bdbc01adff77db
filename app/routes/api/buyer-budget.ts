import { z } from 'zod';
import { deleteBudget, getBudget, updateBudget } from '../../domain/budgets/index.ts';
import { amountField } from '../../lib/amount-field.ts';
import { apiAction, apiLoader } from '../../http/api.ts';
import { budgetAnswer, budgetApiField } from '../../http/budget-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { BUDGET_ENFORCEMENTS } from '../../lib/budget-options.ts';

const body = z.strictObject({
  amount: amountField.optional(),
  enforcement: z.enum(BUDGET_ENFORCEMENTS).optional(),
  thresholds: z.array(z.number()).optional(),
});

/** GET /api/v1/buyer/budgets/:id */
export const loader = apiLoader(async ({ ctx, params }) => ({
  budget: budgetAnswer(await getBudget(ctx, { budgetId: params['id'] ?? '' })),
}));

export const action = apiAction({
  /** PUT /api/v1/buyer/budgets/:id; absent fields stay. */
  PUT: async ({ ctx, params, readJson }) => {
    const { amount: amountNanos, ...rest } = await readJson(body);
    const budget = await withWireFields(budgetApiField, () =>
      updateBudget(ctx, { ...rest, amountNanos, budgetId: params['id'] ?? '' }),
    );
    return { budget: budgetAnswer(budget) };
  },
  /** DELETE /api/v1/buyer/budgets/:id */
  DELETE: async ({ ctx, params }) => {
    await deleteBudget(ctx, { budgetId: params['id'] ?? '' });
  },
});
