import { importPriceList } from '../../domain/plans/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { priceListBody } from '../../http/pricing-api-format.ts';
import { planAnswer, sellerApiField } from '../../http/seller-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** Prices of models from a list, as a new price version. */
    POST: async ({ ctx, params, readJson }) => {
      const body = await readJson(priceListBody);
      const plan = await withWireFields(sellerApiField({}), () =>
        importPriceList(ctx, {
          planId: params['id'] ?? '',
          list: body.list,
          ...(body.models && { models: body.models }),
          ...(body.markup_percent !== undefined && { markupPercent: body.markup_percent }),
          ...(body.effective_from !== undefined && { effectiveFrom: new Date(body.effective_from) }),
          ...(body.replaces_upcoming !== undefined && { replacesUpcoming: body.replaces_upcoming }),
        }),
      );
      return planAnswer(plan);
    },
  },
  { readable: false },
);
