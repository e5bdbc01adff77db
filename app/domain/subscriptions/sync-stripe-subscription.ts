import { eq } from 'drizzle-orm';
import type Stripe from 'stripe';
import { subscriptions, type Subscription } from '../../../db/schema/index.ts';
import { requireSystem, type Context } from '../context.ts';
import { callStripe, ensureStripePrice, expireCheckouts } from '../payments/index.ts';
import { findPriceAt } from './find-price-at.ts';
import { findPlanPrice, heldPrice, readRemote, type RemoteSubscription } from './remote-subscription.ts';

/**
 * Makes Stripe do what ours says about the future: stop collecting, not renew, or renew at the price
 * that counts then. Looks at both sides each time, so repeating it is safe and the last word wins.
 * @throws AppError `payment_unavailable`, so that the job is tried again.
 */
export async function syncStripeSubscription(ctx: Context, input: { subscriptionId: string }): Promise<void> {
  requireSystem(ctx);
  const [subscription] = await ctx.db
    .select()
    .from(subscriptions)
    .where(eq(subscriptions.id, input.subscriptionId));
  if (!subscription) return;
  const isOver = subscription.status === 'canceled';
  if (isOver) await expireCheckouts(ctx, { subscriptionId: subscription.id });
  const remoteId = subscription.stripeSubscriptionId;
  if (!remoteId) return;
  if (isOver) return cancelStripeSubscription(ctx, { stripeSubscriptionId: remoteId });
  const { stripe } = ctx.payments;
  const remote = readRemote(await callStripe(() => stripe.subscriptions.retrieve(remoteId)));
  if (!remote || remote.status === 'canceled' || remote.status === 'incomplete_expired') return;
  const changes = await findChanges(ctx, subscription, remote);
  if (changes) await callStripe(() => stripe.subscriptions.update(remoteId, changes));
}

/** Cancels at Stripe at once; what has ended there stays as it is. */
export async function cancelStripeSubscription(
  ctx: Context,
  input: { stripeSubscriptionId: string },
): Promise<void> {
  requireSystem(ctx);
  const { stripe } = ctx.payments;
  const remote = await callStripe(() => stripe.subscriptions.retrieve(input.stripeSubscriptionId));
  if (remote.status === 'canceled' || remote.status === 'incomplete_expired') return;
  await callStripe(() => stripe.subscriptions.cancel(remote.id));
}

async function findChanges(
  ctx: Context,
  subscription: Subscription,
  remote: RemoteSubscription,
): Promise<Stripe.SubscriptionUpdateParams | null> {
  const nextPlanId = subscription.pendingPlanId ?? subscription.planId;
  const next = await findPriceAt(ctx, nextPlanId, remote.periodEnd);
  // Another interval, or no fee at all, cannot follow in the same subscription without charging today.
  const stops = next?.recurringInterval !== remote.interval;
  const cancels = subscription.cancelAtPeriodEnd || stops;
  if (stops && !subscription.cancelAtPeriodEnd && subscription.pendingPlanId === null) {
    // The plan's own price changed so: it takes over from itself.
    await ctx.db
      .update(subscriptions)
      .set({ pendingPlanId: subscription.planId })
      .where(eq(subscriptions.id, subscription.id));
  }
  const changes: Stripe.SubscriptionUpdateParams = {};
  if (cancels !== remote.cancelsAtPeriodEnd) changes.cancel_at_period_end = cancels;
  if (next && !stops) {
    const price = await ensureStripePrice(ctx, next.id);
    const current = subscription.priceVersionId
      ? await findPlanPrice(ctx, subscription.priceVersionId)
      : null;
    if (price !== remote.stripePriceId && current) {
      changes.items = [{ id: remote.itemId, price }];
      changes.proration_behavior = 'none';
      changes.metadata = heldPrice(current, remote);
    }
  }
  return Object.keys(changes).length > 0 ? changes : null;
}
