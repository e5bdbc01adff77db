import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { subscriptionDetailAnswer } from '../../http/subscription-api-format.ts';
import { resumeSubscription, getSubscriptionDetail } from '../../domain/subscriptions/index.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** Takes back what is planned for the end of the period. */
    POST: async ({ ctx, params }) => {
      const subscriptionId = params['id'] ?? '';
      await resumeSubscription(ctx, { subscriptionId });
      const subscription = await getSubscriptionDetail(ctx, { subscriptionId });
      return subscriptionDetailAnswer(subscription, ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl);
    },
  },
  { readable: false },
);
