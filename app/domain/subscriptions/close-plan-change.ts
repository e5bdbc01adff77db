import { and, eq } from 'drizzle-orm';
import { stripeOperations, subscriptions, type StripeOperation } from '../../../db/schema/index.ts';
import { requireSystem, type Context } from '../context.ts';
import { callStripe, idOf } from '../payments/index.ts';
import { applyStripeSubscription, applySubscriptionInvoice } from './apply-stripe-subscription.ts';
import { readRemote } from './remote-subscription.ts';

/**
 * The answer to an upgrade was lost, and its preview is too old to ask again: when Stripe has done it, ours
 * follows; otherwise nothing was charged, and the buyer may ask anew. Not inside a transaction.
 * @throws AppError `payment_unavailable`.
 */
export async function closePlanChange(ctx: Context, operation: StripeOperation): Promise<void> {
  requireSystem(ctx);
  const [subscriptionId = '', priceVersionId] = operation.subjectId.split(':');
  const [subscription] = await ctx.db
    .select()
    .from(subscriptions)
    .where(eq(subscriptions.id, subscriptionId));
  const remoteId = subscription?.stripeSubscriptionId;
  const found = remoteId
    ? await callStripe(() => ctx.payments.stripe.subscriptions.retrieve(remoteId))
    : null;
  const isDone = found !== null && readRemote(found)?.metadata['price_version_id'] === priceVersionId;
  if (isDone) {
    const invoiceId = idOf(found.latest_invoice);
    await applyStripeSubscription(ctx, found.id);
    if (invoiceId) await applySubscriptionInvoice(ctx, invoiceId);
  }
  await ctx.db
    .update(stripeOperations)
    .set(isDone ? { status: 'done', stripeObjectId: found.id } : { status: 'failed', error: 'not_done' })
    .where(and(eq(stripeOperations.id, operation.id), eq(stripeOperations.status, 'pending')));
}
