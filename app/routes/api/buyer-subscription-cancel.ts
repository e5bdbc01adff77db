import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { subscriptionDetailAnswer } from '../../http/subscription-api-format.ts';
import { cancelSubscription, getSubscriptionDetail } from '../../domain/subscriptions/index.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** Ends it, at once or with the paid period. */
    POST: async ({ ctx, params }) => {
      const subscriptionId = params['id'] ?? '';
      await cancelSubscription(ctx, { subscriptionId });
      const subscription = await getSubscriptionDetail(ctx, { subscriptionId });
      return subscriptionDetailAnswer(subscription, ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl);
    },
  },
  { readable: false },
);
