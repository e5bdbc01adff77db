import { z } from 'zod';
import { createBudget, listBudgets } from '../../domain/budgets/index.ts';
import { amountField } from '../../lib/amount-field.ts';
import { apiAction, apiLoader, apiResponse } from '../../http/api.ts';
import { budgetAnswer, budgetApiField } from '../../http/budget-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { BUDGET_ENFORCEMENTS, BUDGET_PERIODS, BUDGET_SCOPES } from '../../lib/budget-options.ts';

const body = z.strictObject({
  scope: z.enum(BUDGET_SCOPES),
  subject_id: z.string().nullable().optional(),
  period: z.enum(BUDGET_PERIODS),
  amount: amountField,
  enforcement: z.enum(BUDGET_ENFORCEMENTS).optional(),
  thresholds: z.array(z.number()).optional(),
});

/** GET /api/v1/buyer/budgets */
export const loader = apiLoader(async ({ ctx }) => ({ data: (await listBudgets(ctx)).map(budgetAnswer) }));

export const action = apiAction({
  /** POST /api/v1/buyer/budgets */
  POST: async ({ ctx, readJson }) => {
    const { amount: amountNanos, subject_id: subjectId, ...rest } = await readJson(body);
    const budget = await withWireFields(budgetApiField, () =>
      createBudget(ctx, { ...rest, amountNanos, subjectId: subjectId ?? '' }),
    );
    const location = `/api/v1/buyer/budgets/${budget.id}`;
    return apiResponse({ budget: budgetAnswer(budget) }, 201, { location });
  },
});
