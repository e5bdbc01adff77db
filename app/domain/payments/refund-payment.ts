import { and, eq, or, sql } from 'drizzle-orm';
import {
  checkouts,
  refunds,
  stripeOperations,
  subscriptionFees,
  type Checkout,
  type Refund,
  type SubscriptionFee,
} from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { NANOS_PER_CENT, toCents, type Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { lockWallet } from '../wallets/index.ts';
import { bookRefund } from './book-refund.ts';
import { refundPaymentSchema, type RefundPaymentInput } from './schemas.ts';

/** A payment that can go back to the card it came from. */
interface Refundable {
  organizationId: string;
  kind: 'wallet' | 'subscription_fee';
  /** Of the refund: checkout id, or Stripe's invoice id. */
  reference: string;
  currency: string;
  leftNanos: Nanos;
  paymentIntentId: string;
  fee: SubscriptionFee | null;
}

/**
 * Sends a payment, or a part of it, back to its card: a top-up out of the buyer's wallet, a recurring fee
 * out of the seller's earnings and the platform's share. The books move at once, so that the money cannot
 * be spent meanwhile; a job asks Stripe. The same idempotency key refunds once.
 * @throws AppError `forbidden`, `not_found`, `invalid_request` (more than is left, fractions of a cent),
 * `insufficient_balance` when the wallet has been spent.
 */
export async function refundPayment(ctx: Context, input: RefundPaymentInput): Promise<Refund> {
  const createdBy =
    ctx.actor.type === 'system' ? `system:${ctx.actor.job}` : requirePlatformAdmin(ctx).userId;
  const wanted = parseInput(refundPaymentSchema, input);
  const subjectId = `${wanted.reference}:${wanted.idempotencyKey}`;
  return withTransaction(ctx, async (tx) => {
    const payment = await lockPayment(tx, wanted.reference);
    const earlier = await findEarlier(tx, subjectId);
    if (earlier) return earlier;
    const amountNanos = wanted.amountNanos ?? payment.leftNanos;
    checkAmount(amountNanos, payment.leftNanos);
    const { fee, organizationId, kind, reference, currency } = payment;
    const [refund] = await tx.db
      .insert(refunds)
      .values({
        id: newId('refund'),
        organizationId,
        sellerOrganizationId: fee?.sellerOrganizationId ?? null,
        kind,
        reference,
        currency,
        amountNanos,
        feeNanos: fee ? (fee.feeNanos * amountNanos) / fee.amountNanos : 0n,
        destination: 'card',
        status: 'pending',
        reason: wanted.reason,
        createdBy,
      })
      .returning();
    await countRefunded(tx, payment, amountNanos);
    await tx.db.insert(stripeOperations).values({
      id: newId('stripeOperation'),
      kind: 'refund',
      subjectId,
      organizationId,
      parameters: {
        refund_id: refund!.id,
        payment_intent: payment.paymentIntentId,
        amount: toCents(amountNanos),
      },
      createdAt: tx.clock.date(),
    });
    await bookRefund(tx, refund!, fee?.paidAt ?? null);
    await enqueue(tx.db, 'send_refund', { refundId: refund!.id }, { jobKey: `send_refund:${refund!.id}` });
    await appendAuditEvent(tx, {
      organizationId,
      action: 'payment.refund',
      subjectId: reference,
      after: { refundId: refund!.id, amountNanos: amountNanos.toString(), reason: wanted.reason },
    });
    return refund!;
  });
}

function checkAmount(amountNanos: Nanos, leftNanos: Nanos): void {
  const refuse = (reason: string) =>
    new AppError('invalid_request', 'No more than what is left of the payment can go back, in whole cents.', {
      issues: [{ field: 'amountNanos', reason }],
    });
  if (amountNanos <= 0n) throw refuse('too_small');
  if (amountNanos > leftNanos) throw refuse('too_big');
  if (amountNanos % NANOS_PER_CENT !== 0n) throw refuse('too_many_decimals');
}

async function findEarlier(tx: Context, subjectId: string): Promise<Refund | null> {
  const [row] = await tx.db
    .select({ refund: refunds })
    .from(stripeOperations)
    .innerJoin(refunds, eq(refunds.id, sql`${stripeOperations.parameters} ->> 'refund_id'`))
    .where(and(eq(stripeOperations.kind, 'refund'), eq(stripeOperations.subjectId, subjectId)));
  return row?.refund ?? null;
}

/** The payment behind a checkout's id or a fee's, locked: two refunds of it wait for each other. */
async function lockPayment(tx: Context, reference: string): Promise<Refundable> {
  const ofReference = or(eq(subscriptionFees.id, reference), eq(subscriptionFees.reference, reference));
  const [payer] = await tx.db
    .select({ organizationId: subscriptionFees.organizationId })
    .from(subscriptionFees)
    .where(ofReference)
    .unionAll(
      tx.db
        .select({ organizationId: checkouts.organizationId })
        .from(checkouts)
        .where(eq(checkouts.id, reference)),
    );
  // The wallet before what is paid into it, as everywhere.
  if (payer) await lockWallet(tx, payer.organizationId);
  const [fee] = await tx.db.select().from(subscriptionFees).where(ofReference).for('update');
  if (fee) return ofFee(fee);
  const [checkout] = await tx.db.select().from(checkouts).where(eq(checkouts.id, reference)).for('update');
  if (checkout?.status !== 'paid' || !checkout.stripePaymentIntentId) {
    throw new AppError('not_found', 'There is no such payment that a card has paid.');
  }
  return ofCheckout(checkout, checkout.stripePaymentIntentId);
}

function ofFee(fee: SubscriptionFee): Refundable {
  if (!fee.stripePaymentIntentId) {
    throw new AppError('not_found', 'There is no such payment that a card has paid.');
  }
  return {
    organizationId: fee.organizationId,
    kind: 'subscription_fee',
    reference: fee.id,
    currency: fee.currency,
    leftNanos: fee.amountNanos - fee.refundedNanos,
    paymentIntentId: fee.stripePaymentIntentId,
    fee,
  };
}

function ofCheckout(checkout: Checkout, paymentIntentId: string): Refundable {
  return {
    organizationId: checkout.organizationId,
    kind: 'wallet',
    reference: checkout.id,
    currency: checkout.currency,
    leftNanos: checkout.amountNanos - checkout.discountNanos - checkout.refundedNanos,
    paymentIntentId,
    fee: null,
  };
}

async function countRefunded(tx: Context, payment: Refundable, amountNanos: Nanos): Promise<void> {
  if (payment.fee) {
    await tx.db
      .update(subscriptionFees)
      .set({ refundedNanos: sql`${subscriptionFees.refundedNanos} + ${amountNanos.toString()}::bigint` })
      .where(eq(subscriptionFees.id, payment.fee.id));
    return;
  }
  await tx.db
    .update(checkouts)
    .set({ refundedNanos: sql`${checkouts.refundedNanos} + ${amountNanos.toString()}::bigint` })
    .where(eq(checkouts.id, payment.reference));
}
