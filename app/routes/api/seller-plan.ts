import { updatePlan } from '../../domain/plans/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { planAnswer } from '../../http/seller-api-format.ts';
import { apiBody, apiField, toPlanFields } from '../../http/selling-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

export const loader = apiMethodNotAllowed(['PUT']);

export const action = apiAction(
  {
    /** Name, description and limits; prices have versions and change on the page of the plans. */
    PUT: async ({ ctx, params, readJson }) => {
      const fields = { ...toPlanFields(await readJson(apiBody)), planId: params['id'] ?? '' };
      return planAnswer(await withWireFields(apiField, () => updatePlan(ctx, fields)));
    },
  },
  { readable: false },
);
