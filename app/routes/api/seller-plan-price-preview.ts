import { getOwnPlan, previewPlanPrice, workExample } from '../../domain/plans/index.ts';
import { getOwnService } from '../../domain/services/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { previewAnswer } from '../../http/pricing-api-format.ts';
import { priceOnlyBody, sellerApiField, toPrice } from '../../http/seller-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** Writes nothing: a worked example, and what the last 30 days would have cost. */
    POST: async ({ ctx, params, readJson }) => {
      const price = toPrice(await readJson(priceOnlyBody));
      const plan = await getOwnPlan(ctx, { planId: params['id'] ?? '' });
      const service = await getOwnService(ctx, { serviceIdOrSlug: plan.serviceId });
      return withWireFields(sellerApiField({}), async () =>
        previewAnswer(
          await previewPlanPrice(ctx, { ...price, planId: plan.id }),
          workExample(price, service.kind),
        ),
      );
    },
  },
  { readable: false },
);
