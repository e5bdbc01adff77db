/** What Stripe says about a subscription and its invoices. */
import { eq } from 'drizzle-orm';
import type Stripe from 'stripe';
import { subscriptions, type Subscription } from '../../../db/schema/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { callStripe, findInvoicePayment, idOf } from '../payments/index.ts';
import { activateSubscription } from './activate-subscription.ts';
import { bookInvoice } from './book-invoice.ts';
import { endSubscription } from './end-subscription.ts';
import { markSubscriptionPastDue } from './mark-subscription-past-due.ts';
import { reconcileCheckout } from './reconcile-checkout.ts';
import { activationOf, findPaidPrice, readRemote, type RemoteSubscription } from './remote-subscription.ts';
import { switchToPendingPlan } from './switch-to-pending-plan.ts';

/** Brings our subscription to where Stripe's is. */
export async function applyStripeSubscription(ctx: Context, stripeSubscriptionId: string): Promise<void> {
  requireSystem(ctx);
  const found = await callStripe(() => ctx.payments.stripe.subscriptions.retrieve(stripeSubscriptionId));
  const remote = readRemote(found);
  const local = remote && (await findOrTie(ctx, found));
  if (remote && local) await bringToRemote(ctx, local, remote);
}

async function bringToRemote(ctx: Context, local: Subscription, remote: RemoteSubscription): Promise<void> {
  const subscriptionId = local.id;
  switch (remote.status) {
    case 'active':
    case 'trialing':
      await activateSubscription(ctx, {
        subscriptionId,
        ...activationOf(remote, await findPaidPrice(ctx, remote)),
      });
      return;
    case 'incomplete':
    case 'past_due':
    case 'unpaid':
      return markSubscriptionPastDue(ctx, { subscriptionId, dueSince: remote.periodStart });
    case 'canceled':
      // A plan that waited for the end of the paid period takes over, unless the end was for want of payment.
      if (
        local.pendingPlanId !== null &&
        local.status === 'active' &&
        remote.endReason !== 'payment_failed'
      ) {
        return switchToPendingPlan(ctx, { subscriptionId, stripeSubscriptionId: remote.id });
      }
      return endSubscription(ctx, { subscriptionId });
    case 'incomplete_expired':
      return endSubscription(ctx, { subscriptionId });
  }
}

/** Any event may come first; the checkout or the order behind it ties the two together. */
async function findOrTie(ctx: Context, remote: Stripe.Subscription): Promise<Subscription | null> {
  const known = await findByStripeSubscription(ctx, remote.id);
  if (known) return known;
  const { checkout_id: checkoutId, subscription_id: subscriptionId } = remote.metadata;
  if (checkoutId) {
    await reconcileCheckout(ctx, { checkoutId });
    return findByStripeSubscription(ctx, remote.id);
  }
  // Made without a checkout, after a change of plan: ours waits for it without one of its own.
  if (!subscriptionId || remote.status === 'canceled') return null;
  const [waiting] = await ctx.db.select().from(subscriptions).where(eq(subscriptions.id, subscriptionId));
  if (!waiting || waiting.stripeSubscriptionId !== null || waiting.status === 'canceled') return null;
  await ctx.db
    .update(subscriptions)
    .set({ stripeSubscriptionId: remote.id })
    .where(eq(subscriptions.id, subscriptionId));
  return { ...waiting, stripeSubscriptionId: remote.id };
}

async function findByStripeSubscription(
  ctx: Context,
  stripeSubscriptionId: string,
): Promise<Subscription | null> {
  const [subscription] = await ctx.db
    .select()
    .from(subscriptions)
    .where(eq(subscriptions.stripeSubscriptionId, stripeSubscriptionId));
  return subscription ?? null;
}

/**
 * Books the fee of a paid invoice (the first through its checkout, later ones by themselves) and
 * follows the subscription, which an unpaid one makes past due. Other invoices are not ours.
 */
export async function applySubscriptionInvoice(ctx: Context, invoiceId: string): Promise<void> {
  requireSystem(ctx);
  const { stripe } = ctx.payments;
  const invoice = await callStripe(() => stripe.invoices.retrieve(invoiceId));
  const stripeSubscriptionId = idOf(invoice.parent?.subscription_details?.subscription);
  if (!stripeSubscriptionId) return;
  const found = await callStripe(() => stripe.subscriptions.retrieve(stripeSubscriptionId));
  const remote = readRemote(found);
  const local = remote && (await findOrTie(ctx, found));
  if (!remote || !local) return;
  await bringToRemote(ctx, local, remote);
  const isOfCheckout = invoice.billing_reason === 'subscription_create' && found.metadata.checkout_id;
  if (isOfCheckout || invoice.status !== 'paid' || invoice.amount_paid <= 0) return;
  const stripePaymentIntentId = await findInvoicePayment(ctx, invoiceId);
  await withTransaction(ctx, (tx) =>
    bookInvoice(tx, local, invoice, { reference: invoice.id, stripePaymentIntentId }),
  );
}
