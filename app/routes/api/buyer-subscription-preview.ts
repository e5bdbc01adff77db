import { z } from 'zod';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { buyerApiField } from '../../http/buyer-api-format.ts';
import { planChangePreviewAnswer } from '../../http/subscription-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { previewPlanChange } from '../../domain/subscriptions/index.ts';

const body = z.strictObject({ plan_id: z.string() });

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** What a change of plan would cost and when it would count; charges nothing. */
    POST: async ({ ctx, params, readJson }) => {
      const { plan_id: planId } = await readJson(body);
      const subscriptionId = params['id'] ?? '';
      return planChangePreviewAnswer(
        await withWireFields(buyerApiField, () => previewPlanChange(ctx, { subscriptionId, planId })),
      );
    },
  },
  { readable: false },
);
