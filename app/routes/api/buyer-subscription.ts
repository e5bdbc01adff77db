import { apiAction, apiLoader, type ApiCall } from '../../http/api.ts';
import { subscriptionAnswer } from '../../http/buyer-api-format.ts';
import { cancelSubscription, getSubscription } from '../../domain/subscriptions/index.ts';

async function answer({ ctx, params }: ApiCall) {
  const subscription = await getSubscription(ctx, { subscriptionId: params['id'] ?? '' });
  return subscriptionAnswer(subscription, ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl);
}

/** GET /api/v1/buyer/subscriptions/:id */
export const loader = apiLoader(answer);

export const action = apiAction({
  /** Ends it: at once, or with the period that is paid for (`cancel_at_period_end`). */
  DELETE: async (call) => {
    await cancelSubscription(call.ctx, { subscriptionId: call.params['id'] ?? '' });
    return answer(call);
  },
});
