import { z } from 'zod';
import { apiAction, apiLoader, type ApiCall } from '../../http/api.ts';
import { subscriptionDetailAnswer } from '../../http/subscription-api-format.ts';
import {
  cancelSubscription,
  getSubscriptionDetail,
  resumeSubscription,
} from '../../domain/subscriptions/index.ts';

const body = z.strictObject({ cancel_at_period_end: z.boolean() });

async function answer({ ctx, params }: ApiCall) {
  const subscription = await getSubscriptionDetail(ctx, { subscriptionId: params['id'] ?? '' });
  return subscriptionDetailAnswer(subscription, ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl);
}

/** GET /api/v1/buyer/subscriptions/:id */
export const loader = apiLoader(answer);

export const action = apiAction({
  /** Plans its end, or takes that back. */
  PATCH: async (call) => {
    const { cancel_at_period_end: isToEnd } = await call.readJson(body);
    const change = isToEnd ? cancelSubscription : resumeSubscription;
    await change(call.ctx, { subscriptionId: call.params['id'] ?? '' });
    return answer(call);
  },
  /** Ends it: at once, or with the period that is paid for (`cancel_at_period_end`). */
  DELETE: async (call) => {
    await cancelSubscription(call.ctx, { subscriptionId: call.params['id'] ?? '' });
    return answer(call);
  },
});
