import { and, eq, isNotNull } from 'drizzle-orm';
import { checkouts, subscriptions } from '../../../db/schema/index.ts';
import { requireSystem, type Context } from '../context.ts';
import { callStripe } from './stripe-call.ts';

/**
 * Makes Stripe stop collecting for a subscription that ours has ended or will end with its period, and
 * closes checkouts that could still be paid for it. Repeating it is safe.
 * @throws AppError `payment_unavailable`, so that the job is tried again.
 */
export async function cancelStripeSubscription(
  ctx: Context,
  input: { subscriptionId: string },
): Promise<void> {
  requireSystem(ctx);
  const [subscription] = await ctx.db
    .select()
    .from(subscriptions)
    .where(eq(subscriptions.id, input.subscriptionId));
  if (!subscription) return;
  const isOver = subscription.status === 'canceled';
  if (isOver) await expireCheckouts(ctx, subscription.id);
  const remoteId = subscription.stripeSubscriptionId;
  if (!remoteId) return;
  const { stripe } = ctx.payments;
  const remote = await callStripe(() => stripe.subscriptions.retrieve(remoteId));
  if (remote.status === 'canceled' || remote.status === 'incomplete_expired') return;
  if (isOver) await callStripe(() => stripe.subscriptions.cancel(remoteId));
  else if (subscription.cancelAtPeriodEnd && !remote.cancel_at_period_end) {
    await callStripe(() => stripe.subscriptions.update(remoteId, { cancel_at_period_end: true }));
  }
}

async function expireCheckouts(ctx: Context, subscriptionId: string): Promise<void> {
  const open = await ctx.db
    .select({ id: checkouts.id, sessionId: checkouts.stripeSessionId })
    .from(checkouts)
    .where(
      and(
        eq(checkouts.subscriptionId, subscriptionId),
        eq(checkouts.status, 'open'),
        isNotNull(checkouts.stripeSessionId),
      ),
    );
  const { sessions } = ctx.payments.stripe.checkout;
  for (const { id, sessionId } of open) {
    const session = await callStripe(() => sessions.retrieve(sessionId!));
    // One that was paid meanwhile is its webhook's to apply.
    if (session.status === 'complete') continue;
    if (session.status === 'open') await callStripe(() => sessions.expire(sessionId!));
    await ctx.db
      .update(checkouts)
      .set({ status: 'expired' })
      .where(and(eq(checkouts.id, id), eq(checkouts.status, 'open')));
  }
}
