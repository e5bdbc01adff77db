import { and, eq, sql } from 'drizzle-orm';
import type Stripe from 'stripe';
import { checkouts, refunds, subscriptionFees, type Refund } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { fromCents } from '../../lib/money.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { withTransaction, type Context } from '../context.ts';
import { lockWallet } from '../wallets/index.ts';
import { bookRefund } from './book-refund.ts';
import { findCustomerOwner } from './ensure-customer.ts';
import { callStripe, idOf } from './stripe-call.ts';
import { withdrawFromWallet } from './withdraw-from-wallet.ts';

/** A payment's own events come within minutes, or with the next night's reconciliation. */
const MAX_WAIT_SECONDS = 2 * 86_400;

/**
 * Writes down and books, once, a refund that somebody made at Stripe itself: the money has left already, so
 * the books follow. A top-up's comes out of the wallet, and what that does not hold is owed; a recurring
 * fee's out of the shares of seller and platform.
 * @returns null for a payment that is none of ours.
 * @throws AppError `payment_unavailable` when the payment may yet become known, so that the job is tried again.
 */
export async function keepForeignRefund(ctx: Context, remote: Stripe.Refund): Promise<Refund | null> {
  const paymentIntentId = idOf(remote.payment_intent);
  if (!paymentIntentId) return null;
  const kept = await withTransaction(ctx, (tx) => keep(tx, remote, paymentIntentId));
  if (kept) return kept;
  const payment = await callStripe(() => ctx.payments.stripe.paymentIntents.retrieve(paymentIntentId));
  const customer = idOf(payment.customer);
  const isYoung = ctx.clock.now() / 1000 - payment.created < MAX_WAIT_SECONDS;
  if (isYoung && customer && (await findCustomerOwner(ctx, customer))) {
    throw new AppError('payment_unavailable', 'The payment of this refund is not known yet.');
  }
  return null;
}

async function keep(tx: Context, remote: Stripe.Refund, paymentIntentId: string): Promise<Refund | null> {
  const ofFee = eq(subscriptionFees.stripePaymentIntentId, paymentIntentId);
  const ofCheckout = and(eq(checkouts.stripePaymentIntentId, paymentIntentId), eq(checkouts.status, 'paid'));
  const [payer] = await tx.db
    .select({ organizationId: subscriptionFees.organizationId })
    .from(subscriptionFees)
    .where(ofFee)
    .unionAll(tx.db.select({ organizationId: checkouts.organizationId }).from(checkouts).where(ofCheckout));
  if (!payer) return null;
  // The wallet before what is paid into it, as everywhere.
  await lockWallet(tx, payer.organizationId);
  const [fee] = await tx.db.select().from(subscriptionFees).where(ofFee).for('update');
  const [checkout] = await tx.db.select().from(checkouts).where(ofCheckout).for('update');
  const payment = fee ?? checkout;
  if (!payment) return null;
  const [known] = await tx.db.select().from(refunds).where(eq(refunds.stripeRefundId, remote.id));
  if (known) return known;
  const { organizationId, currency } = payment;
  const amountNanos = fromCents(remote.amount);
  const [refund] = await tx.db
    .insert(refunds)
    .values({
      id: newId('refund'),
      organizationId,
      sellerOrganizationId: fee?.sellerOrganizationId ?? null,
      kind: fee ? 'subscription_fee' : 'wallet',
      reference: payment.id,
      currency,
      amountNanos,
      feeNanos: fee ? (fee.feeNanos * amountNanos) / fee.amountNanos : 0n,
      destination: 'card',
      status: 'pending',
      stripeRefundId: remote.id,
      reason: remote.reason ?? 'stripe',
      createdBy: 'system:stripe',
    })
    .returning();
  const more = sql`refunded_nanos + ${amountNanos.toString()}::bigint`;
  if (fee) {
    await tx.db
      .update(subscriptionFees)
      // One of ours that Stripe will refuse may have been counted already.
      .set({ refundedNanos: sql`least(${more}, amount_nanos)` })
      .where(eq(subscriptionFees.id, fee.id));
    await bookRefund(tx, refund!, fee.paidAt);
  } else {
    await tx.db.update(checkouts).set({ refundedNanos: more }).where(eq(checkouts.id, payment.id));
    await withdrawFromWallet(tx, { kind: 'refund', organizationId, reference: refund!.id }, amountNanos);
  }
  await appendAuditEvent(tx, {
    organizationId,
    action: 'payment.refund',
    subjectId: payment.id,
    after: { refundId: refund!.id, amountNanos: amountNanos.toString(), reason: refund!.reason },
  });
  return refund!;
}
