import { archivePlan, getOwnPlan, updatePlan } from '../../domain/plans/index.ts';
import { apiAction, apiLoader } from '../../http/api.ts';
import { planAnswer } from '../../http/seller-api-format.ts';
import { apiBody, apiField, toPlanFields } from '../../http/selling-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

/** GET /api/v1/seller/plans/:id */
export const loader = apiLoader(async ({ ctx, params }) =>
  planAnswer(await getOwnPlan(ctx, { planId: params['id'] ?? '' })),
);

export const action = apiAction({
  /** Name, description, visibility and limits; prices have versions and an address of their own. */
  PUT: async ({ ctx, params, readJson }) => {
    const fields = { ...toPlanFields(await readJson(apiBody)), planId: params['id'] ?? '' };
    return planAnswer(await withWireFields(apiField, () => updatePlan(ctx, fields)));
  },
  /** Archives it: subscribers keep it. */
  DELETE: async ({ ctx, params }) => {
    const planId = params['id'] ?? '';
    await archivePlan(ctx, { planId });
    return planAnswer(await getOwnPlan(ctx, { planId }));
  },
});
