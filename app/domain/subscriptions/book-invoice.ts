import type Stripe from 'stripe';
import type { Subscription } from '../../../db/schema/index.ts';
import { fromCents } from '../../lib/money.ts';
import type { Context } from '../context.ts';
import { bookFee } from '../payments/index.ts';
import { findPriceOfStripe } from './remote-subscription.ts';

/** Books what a paid invoice of Stripe's brought; once, and nothing for one of nothing. */
export async function bookInvoice(
  tx: Context,
  subscription: Subscription,
  invoice: Stripe.Invoice,
  paid: { reference: string; stripePaymentIntentId: string | null },
): Promise<void> {
  const lines = invoice.lines.data;
  // Of an upgrade's lines the highest is what it was for, the others give back.
  const main = lines.toSorted((a, b) => b.amount - a.amount)[0];
  const priceId = main?.pricing?.price_details?.price;
  const price = priceId
    ? await findPriceOfStripe(tx, typeof priceId === 'string' ? priceId : priceId.id)
    : null;
  await bookFee(tx, {
    id: invoice.id,
    organizationId: subscription.organizationId,
    sellerOrganizationId: subscription.sellerOrganizationId,
    subscriptionId: subscription.id,
    planId: price?.planId ?? subscription.planId,
    currency: invoice.currency.toUpperCase(),
    amountNanos: fromCents(invoice.amount_paid),
    discountNanos: fromCents(
      (invoice.total_discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0),
    ),
    periodStart: new Date((main?.period.start ?? invoice.period_start) * 1000),
    periodEnd: new Date((main?.period.end ?? invoice.period_end) * 1000),
    ...paid,
  });
}
