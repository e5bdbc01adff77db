import { eq } from 'drizzle-orm';
import type Stripe from 'stripe';
import {
  chargebacks,
  checkouts,
  ledgerAccounts,
  ledgerEntries,
  ledgerTransactions,
  subscriptionFees,
  wallets,
} from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { fromCents } from '../../lib/money.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { moveWallet } from '../wallets/index.ts';
import { findCustomerOwner } from './ensure-customer.ts';
import { callStripe, idOf } from './stripe-call.ts';

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
    if (WITHDRAWN.has(dispute.status)) await withdraw(tx, disputeId, organizationId, amountNanos);
    if (dispute.status === 'won') await giveBack(tx, disputeId, organizationId);
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

async function withdraw(
  tx: Context,
  reference: string,
  organizationId: string,
  amountNanos: bigint,
): Promise<void> {
  if (await isPosted(tx, reference)) return;
  const [wallet] = await tx.db.select().from(wallets).where(eq(wallets.organizationId, organizationId));
  const available = wallet?.availableNanos ?? 0n;
  const paid = available < amountNanos ? available : amountNanos;
  await moveWallet(tx, { organizationId, availableNanos: -paid, creditUsedNanos: amountNanos - paid });
  await postTransaction(tx, {
    kind: 'chargeback',
    reference,
    entries: [
      { organizationId, purpose: 'buyer_wallet', amountNanos: -paid },
      { organizationId, purpose: 'buyer_receivable', amountNanos: paid - amountNanos },
      { organizationId: null, purpose: 'processor_clearing', amountNanos },
    ],
  });
}

/** What was taken, backwards; a debt that was paid meanwhile comes back as money. */
async function giveBack(tx: Context, disputeId: string, organizationId: string): Promise<void> {
  const reference = `${disputeId}:won`;
  if (await isPosted(tx, reference)) return;
  const taken = await tx.db
    .select({ purpose: ledgerAccounts.purpose, amountNanos: ledgerEntries.amountNanos })
    .from(ledgerEntries)
    .innerJoin(ledgerAccounts, eq(ledgerAccounts.id, ledgerEntries.accountId))
    .innerJoin(ledgerTransactions, eq(ledgerTransactions.id, ledgerEntries.transactionId))
    .where(eq(ledgerTransactions.reference, disputeId));
  const sumOf = (purpose: string) =>
    taken.reduce((sum, entry) => (entry.purpose === purpose ? sum - entry.amountNanos : sum), 0n);
  const [wallet] = await tx.db.select().from(wallets).where(eq(wallets.organizationId, organizationId));
  const owed = sumOf('buyer_receivable');
  const stillOwed = wallet && wallet.creditUsedNanos < owed ? wallet.creditUsedNanos : owed;
  const money = sumOf('buyer_wallet') + owed - stillOwed;
  await moveWallet(tx, { organizationId, availableNanos: money, creditUsedNanos: -stillOwed });
  await postTransaction(tx, {
    kind: 'chargeback',
    reference,
    entries: [
      { organizationId, purpose: 'buyer_wallet', amountNanos: money },
      { organizationId, purpose: 'buyer_receivable', amountNanos: stillOwed },
      { organizationId: null, purpose: 'processor_clearing', amountNanos: -(money + stillOwed) },
    ],
  });
}

async function isPosted(tx: Context, reference: string): Promise<boolean> {
  const [posted] = await tx.db
    .select({ kind: ledgerTransactions.kind })
    .from(ledgerTransactions)
    .where(eq(ledgerTransactions.reference, reference));
  return posted !== undefined;
}
