/** What Stripe says about a subscription and its invoices. */
import type Stripe from 'stripe';
import { fromCents } from '../../lib/money.ts';
import { withTransaction, type Context } from '../context.ts';
import { activateSubscription, endSubscription, markSubscriptionPastDue } from '../subscriptions/index.ts';
import { paidPeriod } from './paid-period.ts';
import { reconcileCheckout } from './reconcile-checkout.ts';
import { bookFee, findByStripeSubscription } from './settle-checkout.ts';
import { callStripe, idOf } from './stripe-call.ts';

/** Brings our subscription to where Stripe's is. */
export async function applyStripeSubscription(ctx: Context, stripeSubscriptionId: string): Promise<void> {
  const remote = await callStripe(() => ctx.payments.stripe.subscriptions.retrieve(stripeSubscriptionId));
  const local = await findOrReconcile(ctx, remote);
  if (!local) return;
  const period = paidPeriod(remote);
  switch (remote.status) {
    case 'active':
    case 'trialing':
      if (period) {
        await activateSubscription(ctx, { subscriptionId: local.id, stripeSubscriptionId, ...period });
      }
      return;
    case 'past_due':
    case 'unpaid':
      return markSubscriptionPastDue(ctx, { subscriptionId: local.id });
    case 'canceled':
    case 'incomplete_expired':
      return endSubscription(ctx, { subscriptionId: local.id });
  }
}

/** Any event may come first; the checkout behind it ties the two together. */
async function findOrReconcile(ctx: Context, remote: Stripe.Subscription) {
  const known = await findByStripeSubscription(ctx, remote.id);
  if (known) return known;
  const checkoutId = remote.metadata.checkout_id;
  if (!checkoutId) return null;
  await reconcileCheckout(ctx, { checkoutId });
  return findByStripeSubscription(ctx, remote.id);
}

/** Books the fee of a paid invoice: the first through its checkout, later ones by themselves. */
export async function applyPaidInvoice(ctx: Context, invoiceId: string): Promise<void> {
  const { stripe } = ctx.payments;
  const invoice = await callStripe(() => stripe.invoices.retrieve(invoiceId));
  const stripeSubscriptionId = idOf(invoice.parent?.subscription_details?.subscription);
  if (!stripeSubscriptionId || invoice.status !== 'paid' || invoice.amount_paid <= 0) return;
  const remote = await callStripe(() => stripe.subscriptions.retrieve(stripeSubscriptionId));
  const local = await findOrReconcile(ctx, remote);
  if (!local || invoice.billing_reason === 'subscription_create') return;
  const period = paidPeriod(remote);
  await withTransaction(ctx, async (tx) => {
    if (period && remote.status === 'active') {
      await activateSubscription(tx, { subscriptionId: local.id, stripeSubscriptionId, ...period });
    }
    await bookFee(tx, local.sellerOrganizationId, fromCents(invoice.amount_paid), invoice.id);
  });
}
