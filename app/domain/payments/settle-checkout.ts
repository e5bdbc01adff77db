import { eq, sql } from 'drizzle-orm';
import type Stripe from 'stripe';
import { checkouts, type Checkout } from '../../../db/schema/index.ts';
import { fromCents, toCents } from '../../lib/money.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { withTransaction, type Context } from '../context.ts';
import { lockWallet } from '../wallets/index.ts';
import { bookTopUp } from './book-top-up.ts';
import { findCustomer } from './ensure-customer.ts';
import { findInvoicePayment } from './find-invoice-payment.ts';
import { stripeMetadata } from './open-checkout.ts';
import { callStripe, idOf } from './stripe-call.ts';

/** What Stripe received for a session: looked up, never taken from the session. */
export interface Receipt {
  cents: number;
  /** Taken off by a coupon or promotion code. */
  discountCents: number;
  currency: string;
  paymentIntentId: string | null;
  /** What a subscription session made. */
  started: { subscription: Stripe.Subscription; invoice: Stripe.Invoice } | null;
}

/** What a paid plan means is not for this noun to know. */
export type FulfilSubscription = (
  tx: Context,
  checkout: Checkout,
  started: NonNullable<Receipt['started']>,
) => Promise<'fulfilled' | 'superseded'>;

/**
 * Brings a checkout to where its session, just read from Stripe, is. Money counts once, and only when
 * order, customer, currency and the amount received are the ones we wrote down.
 */
export async function settleCheckout(
  ctx: Context,
  checkout: Checkout,
  session: Stripe.Checkout.Session,
  fulfil: FulfilSubscription,
): Promise<void> {
  if (checkout.status === 'paid') return;
  if (session.status === 'expired') return close(ctx, checkout, 'expired');
  // `complete` alone says that the form was sent, not that money came.
  if (session.status !== 'complete' || session.payment_status === 'unpaid') return;
  const problem = findMismatch(checkout, session, await findCustomer(ctx, checkout.organizationId));
  const receipt = problem === null ? await readReceipt(ctx, session) : null;
  const refusal = problem ?? checkReceipt(checkout, session, receipt);
  if (receipt && refusal === 'other_amount' && isOurSubscription(checkout, session)) {
    return keepInWallet(ctx, checkout, receipt);
  }
  if (refusal !== null || !receipt) {
    await recordRefusal(ctx, checkout, session.id, refusal ?? 'no_receipt');
    return close(ctx, checkout, 'failed');
  }
  await onceUnpaid(ctx, checkout, async (tx) => {
    await tx.db
      .update(checkouts)
      .set({
        status: 'paid',
        paidAt: sql`now()`,
        stripeSessionId: session.id,
        stripePaymentIntentId: receipt.paymentIntentId,
        // A trial received nothing yet; what it will cost is not this checkout's.
        discountNanos: checkout.amountNanos - fromCents(receipt.cents),
      })
      .where(eq(checkouts.id, checkout.id));
    if (!receipt.started) return bookTopUp(tx, checkout, fromCents(receipt.cents));
    const paid = { ...checkout, stripePaymentIntentId: receipt.paymentIntentId };
    const outcome = await fulfil(tx, paid, receipt.started);
    // The buyer has another subscription meanwhile: what was paid twice stays theirs.
    if (outcome === 'superseded' && receipt.cents > 0) await credit(tx, checkout, receipt);
  });
}

async function onceUnpaid(
  ctx: Context,
  checkout: Checkout,
  work: (tx: Context) => Promise<void>,
): Promise<void> {
  await withTransaction(ctx, async (tx) => {
    // The wallet first, as everywhere.
    await lockWallet(tx, checkout.organizationId);
    const [locked] = await tx.db
      .select({ status: checkouts.status })
      .from(checkouts)
      .where(eq(checkouts.id, checkout.id))
      .for('update');
    if (locked?.status !== 'paid') await work(tx);
  });
}

/** Our own page, paid by the right customer, only not at the price on our order. */
function isOurSubscription(checkout: Checkout, session: Stripe.Checkout.Session): boolean {
  return checkout.kind === 'subscription' && checkout.stripeSessionId === session.id;
}

/** Nobody gets a plan at another price than the one on the order, and nobody's money is lost either. */
async function keepInWallet(ctx: Context, checkout: Checkout, receipt: Receipt): Promise<void> {
  if (receipt.cents > 0) {
    await onceUnpaid(ctx, checkout, async (tx) => {
      await tx.db
        .update(checkouts)
        .set({ status: 'paid', paidAt: sql`now()`, stripePaymentIntentId: receipt.paymentIntentId })
        .where(eq(checkouts.id, checkout.id));
      await credit(tx, checkout, receipt);
    });
  }
  await recordRefusal(ctx, checkout, checkout.stripeSessionId ?? '', 'other_amount');
  await close(ctx, checkout, 'failed');
  const subscription = receipt.started?.subscription;
  if (!subscription || subscription.status === 'canceled') return;
  await callStripe(() => ctx.payments.stripe.subscriptions.cancel(subscription.id));
}

/** What was received becomes a balance; the order says from then on what it brought. */
async function credit(tx: Context, checkout: Checkout, receipt: Receipt): Promise<void> {
  const amountNanos = fromCents(receipt.cents);
  await tx.db.update(checkouts).set({ amountNanos, discountNanos: 0n }).where(eq(checkouts.id, checkout.id));
  await bookTopUp(tx, { ...checkout, amountNanos }, amountNanos);
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
  return session.currency?.toUpperCase() === checkout.currency ? null : 'other_currency';
}

/** The full price, or nothing at all while a trial runs; what a coupon takes off is said by Stripe. */
function checkReceipt(
  checkout: Checkout,
  session: Stripe.Checkout.Session,
  receipt: Receipt | null,
): string | null {
  if (!receipt) return 'no_receipt';
  if (receipt.currency.toUpperCase() !== checkout.currency) return 'other_currency';
  if ((receipt.started !== null) !== (checkout.kind === 'subscription')) return 'other_mode';
  const price = toCents(checkout.amountNanos);
  const started = receipt.started?.subscription;
  const isTrial = session.amount_subtotal === 0 && started?.trial_end != null;
  if (isTrial) return unitPrice(started) === price && receipt.cents === 0 ? null : 'other_amount';
  const isPaid = session.amount_subtotal === price && receipt.cents + receipt.discountCents === price;
  return isPaid && session.amount_total === receipt.cents ? null : 'other_amount';
}

function unitPrice(subscription: Stripe.Subscription): number | null {
  return subscription.items.data[0]?.price.unit_amount ?? null;
}

/** Null when Stripe has not received the money after all. */
async function readReceipt(ctx: Context, session: Stripe.Checkout.Session): Promise<Receipt | null> {
  const { stripe } = ctx.payments;
  const discountCents = session.total_details?.amount_discount ?? 0;
  const subscriptionId = idOf(session.subscription);
  const invoiceId = idOf(session.invoice);
  if (session.mode === 'subscription') {
    if (!invoiceId || !subscriptionId) return null;
    const invoice = await callStripe(() => stripe.invoices.retrieve(invoiceId));
    if (invoice.status !== 'paid') return null;
    const subscription = await callStripe(() => stripe.subscriptions.retrieve(subscriptionId));
    return {
      cents: invoice.amount_paid,
      discountCents,
      currency: invoice.currency,
      paymentIntentId: invoice.amount_paid > 0 ? await findInvoicePayment(ctx, invoiceId) : null,
      started: { subscription, invoice },
    };
  }
  const base = { discountCents, started: null };
  const paymentId = idOf(session.payment_intent);
  if (!paymentId) {
    // A promotion code took everything off.
    if (session.payment_status !== 'no_payment_required') return null;
    return { ...base, cents: 0, currency: session.currency ?? '', paymentIntentId: null };
  }
  const payment = await callStripe(() => stripe.paymentIntents.retrieve(paymentId));
  if (payment.status !== 'succeeded') return null;
  return { ...base, cents: payment.amount_received, currency: payment.currency, paymentIntentId: paymentId };
}
