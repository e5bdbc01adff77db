import { createPlan, listPlans } from '../../domain/plans/index.ts';
import { getOwnService } from '../../domain/services/index.ts';
import { apiAction, apiLoader, apiResponse } from '../../http/api.ts';
import { planAnswer, planBody, sellerApiField, toPlan } from '../../http/seller-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

/** GET /api/v1/seller/apis/:id/plans */
export const loader = apiLoader(async ({ ctx, params }) => {
  const service = await getOwnService(ctx, { serviceIdOrSlug: params['id'] ?? '' });
  return { data: (await listPlans(ctx, { serviceId: service.id })).map(planAnswer) };
});

export const action = apiAction({
  POST: async ({ ctx, params, readJson }) => {
    const service = await getOwnService(ctx, { serviceIdOrSlug: params['id'] ?? '' });
    const body = await readJson(planBody);
    const plan = await withWireFields(sellerApiField({}), () =>
      createPlan(ctx, { ...toPlan(body), serviceId: service.id }),
    );
    return apiResponse(planAnswer(plan), 201, { location: `/api/v1/seller/plans/${plan.id}` });
  },
});
