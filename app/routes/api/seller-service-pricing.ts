import { createPlan, changePlanPrice, listPlans } from '../../domain/plans/index.ts';
import { getOwnService } from '../../domain/services/index.ts';
import { apiAction, apiLoader } from '../../http/api.ts';
import {
  choosePricedPlan,
  planAnswer,
  pricingBody,
  sellerApiField,
  toPlan,
  toPrice,
} from '../../http/seller-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

/** GET /api/v1/seller/services/:id/pricing */
export const loader = apiLoader(async ({ ctx, params }) => {
  const service = await getOwnService(ctx, { serviceIdOrSlug: params['id'] ?? '' });
  const plans = await listPlans(ctx, { serviceId: service.id });
  return { data: plans.filter(({ status }) => status === 'active').map(planAnswer) };
});

export const action = apiAction({
  /** The price of the plan named, else of the only one that costs something; without one, a plan is added. */
  PUT: async ({ ctx, params, readJson }) => {
    const {
      plan_id: planId,
      effective_from: from,
      replaces_upcoming: replaces,
      ...body
    } = await readJson(pricingBody);
    const service = await getOwnService(ctx, { serviceIdOrSlug: params['id'] ?? '' });
    const chosen = choosePricedPlan(await listPlans(ctx, { serviceId: service.id }), planId);
    return planAnswer(
      await withWireFields(sellerApiField({}), () =>
        chosen === null
          ? createPlan(ctx, { ...toPlan(body), serviceId: service.id })
          : changePlanPrice(ctx, {
              ...toPrice(body),
              planId: chosen.id,
              ...(from !== undefined && { effectiveFrom: new Date(from) }),
              ...(replaces !== undefined && { replacesUpcoming: replaces }),
            }),
      ),
    );
  },
});
