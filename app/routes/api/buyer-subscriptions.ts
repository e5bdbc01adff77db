import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { subscriptionAnswer } from '../../http/buyer-api-format.ts';
import { listSubscriptions } from '../../domain/subscriptions/index.ts';

/** GET /api/v1/buyer/subscriptions; `?include=canceled` adds those that have ended. */
export const loader = apiLoader(async ({ ctx, url }) => {
  const includeCanceled = url.searchParams.get('include') === 'canceled';
  const subscriptions = await listSubscriptions(ctx, { includeCanceled });
  const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
  return { data: subscriptions.map((subscription) => subscriptionAnswer(subscription, origin)) };
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
