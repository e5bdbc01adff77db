import { eq, lte, desc, sql } from 'drizzle-orm';
import type Stripe from 'stripe';
import { checkouts, platformFees, subscriptions, type Checkout } from '../../../db/schema/index.ts';
import { feeOf, toCents, type Nanos } from '../../lib/money.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { withTransaction, type Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { activateSubscription } from '../subscriptions/index.ts';
import { creditWallet } from '../wallets/index.ts';
import { findCustomer } from './ensure-customer.ts';
import { stripeMetadata } from './open-checkout.ts';
import { callStripe, idOf } from './stripe-call.ts';
import { paidPeriod, type PaidPeriod } from './paid-period.ts';

/** What Stripe received for a session: looked up, never taken from the session. */
interface Receipt {
  cents: number;
  currency: string;
  period: (PaidPeriod & { stripeSubscriptionId: string }) | null;
}

/**
 * Brings a checkout to where its session, just read from Stripe, is. Money counts once, and only when
 * order, customer, currency and the amount received are the ones we wrote down.
 */
export async function settleCheckout(
  ctx: Context,
  checkout: Checkout,
  session: Stripe.Checkout.Session,
): Promise<void> {
  if (checkout.status === 'paid') return;
  if (session.status === 'expired') return close(ctx, checkout, 'expired');
  // `complete` alone says that the form was sent, not that money came.
  if (session.status !== 'complete' || session.payment_status !== 'paid') return;
  const problem = findMismatch(checkout, session, await findCustomer(ctx, checkout.organizationId));
  const receipt = problem === null ? await readReceipt(ctx, session) : null;
  const refusal = problem ?? checkReceipt(checkout, receipt);
  if (refusal !== null || !receipt) {
    await recordRefusal(ctx, checkout, session.id, refusal ?? 'no_receipt');
    return close(ctx, checkout, 'failed');
  }
  await withTransaction(ctx, async (tx) => {
    const [locked] = await tx.db
      .select({ status: checkouts.status })
      .from(checkouts)
      .where(eq(checkouts.id, checkout.id))
      .for('update');
    if (locked?.status === 'paid') return;
    await book(tx, checkout, receipt);
    await tx.db
      .update(checkouts)
      .set({ status: 'paid', paidAt: sql`now()`, stripeSessionId: session.id })
      .where(eq(checkouts.id, checkout.id));
  });
}

/** A payment that does not fit leaves a trace for people to follow up; nothing is credited. */
export async function recordRefusal(
  ctx: Context,
  checkout: Checkout,
  sessionId: string,
  reason: string,
): Promise<void> {
  ctx.logger.error({ checkoutId: checkout.id, reason }, 'a payment does not fit its checkout');
  await appendAuditEvent(ctx, {
    organizationId: checkout.organizationId,
    action: 'payment.refuse',
    subjectId: checkout.id,
    after: { reason, sessionId },
  });
}

async function close(ctx: Context, checkout: Checkout, status: 'expired' | 'failed'): Promise<void> {
  await ctx.db
    .update(checkouts)
    .set({ status })
    .where(sql`${checkouts.id} = ${checkout.id} and ${checkouts.status} = 'open'`);
}

function findMismatch(
  checkout: Checkout,
  session: Stripe.Checkout.Session,
  customer: string | null,
): string | null {
  if (session.client_reference_id !== checkout.id) return 'other_order';
  const expected = Object.entries(stripeMetadata(checkout));
  if (expected.some(([name, value]) => session.metadata?.[name] !== value)) return 'other_metadata';
  if (customer === null || idOf(session.customer) !== customer) return 'other_customer';
  if (session.mode !== (checkout.kind === 'subscription' ? 'subscription' : 'payment')) return 'other_mode';
  if (session.currency?.toUpperCase() !== checkout.currency) return 'other_currency';
  return session.amount_total === toCents(checkout.amountNanos) ? null : 'other_amount';
}

function checkReceipt(checkout: Checkout, receipt: Receipt | null): string | null {
  if (!receipt) return 'no_receipt';
  if (receipt.currency.toUpperCase() !== checkout.currency) return 'other_currency';
  if (receipt.cents !== toCents(checkout.amountNanos)) return 'other_amount';
  return (receipt.period !== null) === (checkout.kind === 'subscription') ? null : 'other_mode';
}

/** Null when Stripe has not received the money after all. */
async function readReceipt(ctx: Context, session: Stripe.Checkout.Session): Promise<Receipt | null> {
  const { stripe } = ctx.payments;
  const paymentId = idOf(session.payment_intent);
  if (session.mode === 'payment' && paymentId) {
    const payment = await callStripe(() => stripe.paymentIntents.retrieve(paymentId));
    if (payment.status !== 'succeeded') return null;
    return { cents: payment.amount_received, currency: payment.currency, period: null };
  }
  const invoiceId = idOf(session.invoice);
  const subscriptionId = idOf(session.subscription);
  if (session.mode !== 'subscription' || !invoiceId || !subscriptionId) return null;
  const invoice = await callStripe(() => stripe.invoices.retrieve(invoiceId));
  const subscription = await callStripe(() => stripe.subscriptions.retrieve(subscriptionId));
  const period = paidPeriod(subscription);
  if (invoice.status !== 'paid' || !period) return null;
  return {
    cents: invoice.amount_paid,
    currency: invoice.currency,
    period: { ...period, stripeSubscriptionId: subscriptionId },
  };
}

async function book(tx: Context, checkout: Checkout, receipt: Receipt): Promise<void> {
  const credit = {
    organizationId: checkout.organizationId,
    amountNanos: checkout.amountNanos,
    kind: 'wallet_top_up' as const,
    reference: checkout.id,
  };
  if (!receipt.period || !checkout.subscriptionId) {
    await creditWallet(tx, credit);
    return;
  }
  const { subscription, outcome } = await activateSubscription(tx, {
    subscriptionId: checkout.subscriptionId,
    ...receipt.period,
  });
  // The buyer has another subscription meanwhile: what was paid twice stays theirs.
  if (outcome === 'superseded') await creditWallet(tx, credit);
  else await bookFee(tx, subscription.sellerOrganizationId, checkout.amountNanos, checkout.id);
}

/** Splits a paid fee between seller and platform; once per reference. */
export async function bookFee(
  tx: Context,
  sellerOrganizationId: string,
  amountNanos: Nanos,
  reference: string,
): Promise<void> {
  const [rate] = await tx.db
    .select({ basisPoints: platformFees.basisPoints })
    .from(platformFees)
    .where(lte(platformFees.effectiveFrom, sql`now()`))
    .orderBy(desc(platformFees.effectiveFrom))
    .limit(1);
  const feeNanos = feeOf(amountNanos, rate?.basisPoints ?? 0);
  await postTransaction(tx, {
    kind: 'subscription_fee',
    reference,
    entries: [
      { organizationId: null, purpose: 'processor_clearing', amountNanos: -amountNanos },
      {
        organizationId: sellerOrganizationId,
        purpose: 'seller_pending',
        amountNanos: amountNanos - feeNanos,
      },
      { organizationId: null, purpose: 'platform_fee', amountNanos: feeNanos },
    ],
  });
}

/** Our subscription behind one at Stripe; null while no payment has tied them together. */
export async function findByStripeSubscription(ctx: Context, stripeSubscriptionId: string) {
  const [subscription] = await ctx.db
    .select()
    .from(subscriptions)
    .where(eq(subscriptions.stripeSubscriptionId, stripeSubscriptionId));
  return subscription ?? null;
}
