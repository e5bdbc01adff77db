import { eq } from 'drizzle-orm';
import type Stripe from 'stripe';
import { chargebacks, checkouts, subscriptionFees } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { fromCents } from '../../lib/money.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { moveWallet } from '../wallets/index.ts';
import { findCustomerOwner } from './ensure-customer.ts';
import { callStripe, idOf } from './stripe-call.ts';
import { returnToWallet, withdrawFromWallet } from './withdraw-from-wallet.ts';

/** The money is with the card's owner until the bank decides; inquiries (`warning_*`) move none. */
const WITHDRAWN = new Set<string>(['needs_response', 'under_review', 'lost', 'won']);

/**
 * What Stripe says about a chargeback: the buyer's wallet pays it, and owes what the wallet does not
 * hold; one that was won comes back. Each once, in any order of events.
 * @throws AppError `payment_unavailable`, so that the job is tried again.
 */
export async function applyStripeDispute(ctx: Context, disputeId: string): Promise<void> {
  requireSystem(ctx);
  const dispute = await callStripe(() => ctx.payments.stripe.disputes.retrieve(disputeId));
  const payment = await findPayment(ctx, dispute);
  if (!payment) {
    ctx.logger.error({ disputeId }, 'a chargeback of a payment that is not ours');
    return;
  }
  const { organizationId } = payment;
  await withTransaction(ctx, async (tx) => {
    // The wallet is locked first, as everywhere.
    await moveWallet(tx, { organizationId });
    const [before] = await tx.db
      .select()
      .from(chargebacks)
      .where(eq(chargebacks.id, disputeId))
      .for('update');
    const amountNanos = fromCents(dispute.amount);
    const values = { amountNanos, reason: dispute.reason, status: dispute.status };
    await tx.db
      .insert(chargebacks)
      .values({ id: disputeId, ...payment, ...values })
      .onConflictDoUpdate({ target: chargebacks.id, set: values });
    const booking = { kind: 'chargeback', organizationId } as const;
    if (WITHDRAWN.has(dispute.status)) {
      await withdrawFromWallet(tx, { ...booking, reference: disputeId }, amountNanos);
    }
    if (dispute.status === 'won') {
      await returnToWallet(tx, { ...booking, reference: `${disputeId}:won` }, disputeId);
    }
    if (before?.status === dispute.status) return;
    await appendAuditEvent(tx, {
      organizationId,
      action: 'payment.chargeback',
      subjectId: disputeId,
      before: { status: before?.status ?? null },
      after: { status: dispute.status, amountNanos: amountNanos.toString(), reason: dispute.reason },
    });
  });
}

async function findPayment(ctx: Context, dispute: Stripe.Dispute) {
  const paymentIntentId = idOf(dispute.payment_intent);
  if (!paymentIntentId) return null;
  const [fee] = await ctx.db
    .select({ organizationId: subscriptionFees.organizationId, invoiceId: subscriptionFees.id })
    .from(subscriptionFees)
    .where(eq(subscriptionFees.stripePaymentIntentId, paymentIntentId));
  const [checkout] = await ctx.db
    .select({ organizationId: checkouts.organizationId, checkoutId: checkouts.id })
    .from(checkouts)
    .where(eq(checkouts.stripePaymentIntentId, paymentIntentId));
  if (fee || checkout) return { ...fee!, ...checkout! };
  const payment = await callStripe(() => ctx.payments.stripe.paymentIntents.retrieve(paymentIntentId));
  const checkoutId = payment.metadata['checkout_id'];
  if (checkoutId && (await ctx.db.$count(checkouts, eq(checkouts.id, checkoutId))) > 0) {
    // Taken before it is credited, it could be spent all the same: the job comes back to it.
    throw new AppError('payment_unavailable', 'This payment has not been credited yet.');
  }
  // Another payment of a customer of ours, such as an invoice's.
  const customer = idOf(payment.customer);
  const organizationId = customer === null ? null : await findCustomerOwner(ctx, customer);
  return organizationId === null ? null : { organizationId };
}
