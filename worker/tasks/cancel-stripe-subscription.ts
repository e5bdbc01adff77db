import type { Context } from '../../app/domain/context.ts';
import {
  cancelStripeSubscription as cancel,
  syncStripeSubscription,
} from '../../app/domain/subscriptions/index.ts';
import type { JobPayload } from '../jobs.ts';

export async function cancelStripeSubscription(
  ctx: Context,
  { subscriptionId, stripeSubscriptionId }: JobPayload<'cancel_stripe_subscription'>,
): Promise<void> {
  if (stripeSubscriptionId) await cancel(ctx, { stripeSubscriptionId });
  else await syncStripeSubscription(ctx, { subscriptionId });
}
