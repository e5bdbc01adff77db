import { changePlanPrice, listPriceVersions, withdrawUpcomingPrices } from '../../domain/plans/index.ts';
import { apiAction, apiLoader } from '../../http/api.ts';
import { versionAnswer } from '../../http/pricing-api-format.ts';
import { planAnswer, priceBody, sellerApiField, toPrice } from '../../http/seller-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

/** GET /api/v1/seller/plans/:id/price: every version, and the changes still to come. */
export const loader = apiLoader(async ({ ctx, params }) => {
  const { versions, upcoming } = await listPriceVersions(ctx, { planId: params['id'] ?? '' });
  return { data: versions.map(versionAnswer), upcoming: upcoming.map(versionAnswer) };
});

export const action = apiAction({
  PUT: async ({ ctx, params, readJson }) => {
    const { effective_from: from, replaces_upcoming: replaces, ...body } = await readJson(priceBody);
    const plan = await withWireFields(sellerApiField({}), () =>
      changePlanPrice(ctx, {
        ...toPrice(body),
        planId: params['id'] ?? '',
        ...(from !== undefined && { effectiveFrom: new Date(from) }),
        ...(replaces !== undefined && { replacesUpcoming: replaces }),
      }),
    );
    return planAnswer(plan);
  },
  /** Takes back what was announced for later. */
  DELETE: async ({ ctx, params }) => {
    await withdrawUpcomingPrices(ctx, { planId: params['id'] ?? '' });
  },
});
