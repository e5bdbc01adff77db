import { eq, sql } from 'drizzle-orm';
import { autoTopUps, checkouts, type Checkout } from '../../../db/schema/index.ts';
import { toCents } from '../../lib/money.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { callStripe, findCustomer, idOf } from '../payments/index.ts';
import { creditWallet, lockWallet } from '../wallets/index.ts';

/** Stripe's states in which money neither came nor is on its way. */
const REFUSED: Record<string, string> = {
  requires_action: 'authentication_required',
  requires_confirmation: 'authentication_required',
  requires_payment_method: 'card_declined',
  canceled: 'card_declined',
};

/**
 * Credits the payment of an automatic top-up, once, when Stripe says that the very amount has come from
 * the very customer.
 * @returns why nothing was credited for good; null when it was, or may still come.
 */
export async function settleAutoTopUp(
  ctx: Context,
  checkout: Checkout,
  paymentIntentId: string,
): Promise<string | null> {
  requireSystem(ctx);
  const payment = await callStripe(() => ctx.payments.stripe.paymentIntents.retrieve(paymentIntentId));
  if (payment.status !== 'succeeded') return REFUSED[payment.status] ?? null;
  const { id, organizationId, amountNanos } = checkout;
  const fits =
    payment.metadata['checkout_id'] === id &&
    idOf(payment.customer) === (await findCustomer(ctx, organizationId)) &&
    payment.currency.toUpperCase() === checkout.currency &&
    payment.amount_received === toCents(amountNanos);
  if (!fits) {
    ctx.logger.error({ checkoutId: id, paymentIntentId }, 'a payment does not fit its automatic top-up');
    return 'processing_error';
  }
  await withTransaction(ctx, async (tx) => {
    await lockWallet(tx, organizationId);
    const [locked] = await tx.db
      .select({ status: checkouts.status })
      .from(checkouts)
      .where(eq(checkouts.id, id))
      .for('update');
    if (!locked || locked.status === 'paid') return;
    await creditWallet(tx, { organizationId, amountNanos, kind: 'wallet_top_up', reference: id });
    await tx.db
      .update(checkouts)
      .set({ status: 'paid', paidAt: sql`now()`, stripePaymentIntentId: paymentIntentId })
      .where(eq(checkouts.id, id));
    await tx.db
      .update(autoTopUps)
      .set({ failures: 0, lastError: null, updatedAt: sql`now()` })
      .where(eq(autoTopUps.organizationId, organizationId));
  });
  return null;
}

/** For the event of a payment: finds the automatic top-up it is of, if it is one's. */
export async function applyAutoTopUpPayment(ctx: Context, paymentIntentId: string): Promise<void> {
  requireSystem(ctx);
  const payment = await callStripe(() => ctx.payments.stripe.paymentIntents.retrieve(paymentIntentId));
  const checkoutId = payment.metadata['checkout_id'];
  if (!checkoutId) return;
  const [checkout] = await ctx.db.select().from(checkouts).where(eq(checkouts.id, checkoutId));
  if (checkout?.kind === 'auto_top_up') await settleAutoTopUp(ctx, checkout, paymentIntentId);
}
