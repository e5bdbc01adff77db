import { z } from 'zod';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { buyerApiField } from '../../http/buyer-api-format.ts';
import { changedPlanAnswer } from '../../http/subscription-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { decimalCentsSchema } from '../../domain/payments/schemas.ts';
import { changePlan, getSubscriptionDetail } from '../../domain/subscriptions/index.ts';

const body = z.strictObject({
  plan_id: z.string(),
  /** Both of the preview; without them what is charged is not compared. */
  proration_date: z.number().int().optional(),
  due_today: decimalCentsSchema.optional(),
});

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** Moves to another plan; where a first fee is due, `checkout` says where to pay it. */
    POST: async ({ ctx, params, readJson }) => {
      const {
        plan_id: planId,
        proration_date: prorationDate,
        due_today: expectedCents,
      } = await readJson(body);
      const subscriptionId = params['id'] ?? '';
      const changed = await withWireFields(buyerApiField, () =>
        changePlan(ctx, { subscriptionId, planId, prorationDate, expectedCents }),
      );
      const view = await getSubscriptionDetail(ctx, { subscriptionId });
      return changedPlanAnswer(changed, view, ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl);
    },
  },
  { readable: false },
);
