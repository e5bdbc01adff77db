import { and, eq, isNull } from 'drizzle-orm';
import { subscriptions } from '../../../db/schema/index.ts';
import { requireSystem, type Context } from '../context.ts';
import {
  createdSince,
  ensureCustomer,
  ensureStripePrice,
  findByOperation,
  isRefusal,
  runStripeOperation,
} from '../payments/index.ts';
import { applyStripeSubscription } from './apply-stripe-subscription.ts';
import { findPriceAt } from './find-price-at.ts';
import { markSubscriptionPastDue } from './mark-subscription-past-due.ts';

/**
 * Starts collecting the fee of a plan that took over after another one's paid period, from the saved
 * payment method. Once for each Stripe subscription it replaces. One that cannot be collected is past due:
 * it works for the days of grace and then stops.
 * @throws AppError `payment_unavailable`, so that the job is tried again.
 */
export async function startStripeSubscription(
  ctx: Context,
  input: { subscriptionId: string; replaces: string },
): Promise<void> {
  requireSystem(ctx);
  const [subscription] = await ctx.db
    .select()
    .from(subscriptions)
    .where(eq(subscriptions.id, input.subscriptionId));
  if (!subscription || subscription.status !== 'active' || subscription.stripeSubscriptionId !== null) return;
  const price = await findPriceAt(ctx, subscription.planId, null);
  if (!price?.recurringInterval) return;
  const { organizationId, id } = subscription;
  const parameters = {
    customer: await ensureCustomer(ctx, organizationId),
    items: [{ price: await ensureStripePrice(ctx, price.id), quantity: 1 }],
    off_session: true,
    metadata: { organization_id: organizationId, subscription_id: id },
  };
  let stripeSubscriptionId: string;
  try {
    stripeSubscriptionId = await runStripeOperation(
      ctx,
      { kind: 'subscription', subjectId: `${id}:${input.replaces}`, organizationId, parameters },
      (stripe, { metadata, ...params }, idempotencyKey) =>
        stripe.subscriptions.create(
          { ...params, metadata: { ...metadata, operation_id: idempotencyKey } },
          { idempotencyKey },
        ),
      (stripe, { customer }, operation) =>
        findByOperation(
          stripe.subscriptions.list({ customer, created: createdSince(operation), status: 'all' }),
          operation.id,
        ),
    );
  } catch (error) {
    if (!isRefusal(error)) throw error;
    ctx.logger.warn({ err: error, subscriptionId: id }, 'the fee of a plan cannot be collected');
    return markSubscriptionPastDue(ctx, { subscriptionId: id, dueSince: ctx.clock.date() });
  }
  await ctx.db
    .update(subscriptions)
    .set({ stripeSubscriptionId })
    .where(and(eq(subscriptions.id, id), isNull(subscriptions.stripeSubscriptionId)));
  await applyStripeSubscription(ctx, stripeSubscriptionId);
}
