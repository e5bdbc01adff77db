import { and, eq, ne, sql } from 'drizzle-orm';
import type Stripe from 'stripe';
import { refunds, stripeOperations, type Refund } from '../../../db/schema/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { bookFailedRefund } from './book-refund.ts';
import { keepForeignRefund } from './keep-foreign-refund.ts';
import { runStripeOperation } from './run-stripe-operation.ts';
import { callStripe, createdSince, findByOperation, isRefusal } from './stripe-call.ts';

/** Stripe's longest page; nobody gives a payment back in more parts. */
const MAX_REFUNDS = 100;

interface RefundParameters {
  refund_id: string;
  payment_intent: string;
  amount: number;
}

/**
 * Asks Stripe for a refund that was written down, and notes what became of it. Safe to run again.
 * @throws AppError `payment_unavailable`, so that the job is tried again.
 */
export async function sendRefund(ctx: Context, input: { refundId: string }): Promise<void> {
  requireSystem(ctx);
  const [row] = await ctx.db
    .select({ refund: refunds, operation: stripeOperations })
    .from(refunds)
    .innerJoin(stripeOperations, eq(sql`${stripeOperations.parameters} ->> 'refund_id'`, refunds.id))
    .where(and(eq(refunds.id, input.refundId), eq(stripeOperations.kind, 'refund')));
  if (!row || row.refund.status !== 'pending') return;
  const { refund, operation } = row;
  let stripeRefundId: string;
  try {
    stripeRefundId = await runStripeOperation(
      ctx,
      {
        kind: 'refund',
        subjectId: operation.subjectId,
        organizationId: refund.organizationId,
        parameters: operation.parameters as unknown as RefundParameters,
      },
      (stripe, { payment_intent, amount }, idempotencyKey) =>
        stripe.refunds.create(
          { payment_intent, amount, metadata: { refund_id: refund.id, operation_id: idempotencyKey } },
          { idempotencyKey },
        ),
      (stripe, { payment_intent }, { id, createdAt }) =>
        findByOperation(stripe.refunds.list({ payment_intent, created: createdSince({ createdAt }) }), id),
    );
  } catch (error) {
    // What may be on its way to the card is not given back as well.
    if (!isRefusal(error)) throw error;
    ctx.logger.error({ err: error, refundId: refund.id }, 'Stripe refused a refund');
    return withTransaction(ctx, (tx) => bookFailedRefund(tx, refund));
  }
  await ctx.db.update(refunds).set({ stripeRefundId }).where(eq(refunds.id, refund.id));
  await follow(ctx, { ...refund, stripeRefundId });
}

/** What Stripe says about a refund, also about one that was not asked for here. */
export async function applyStripeRefund(ctx: Context, stripeRefundId: string): Promise<void> {
  requireSystem(ctx);
  const remote = await callStripe(() => ctx.payments.stripe.refunds.retrieve(stripeRefundId));
  const refundId = remote.metadata?.['refund_id'];
  const [refund] = refundId ? await ctx.db.select().from(refunds).where(eq(refunds.id, refundId)) : [];
  if (refund) return note(ctx, { ...refund, stripeRefundId }, remote);
  const kept = await keepForeignRefund(ctx, remote);
  if (kept) return note(ctx, kept, remote);
  ctx.logger.error(
    { stripeRefundId, paymentIntent: remote.payment_intent },
    'a refund of a payment that is not ours',
  );
}

/** A refunded charge says no more than that: its refunds are looked at one by one. */
export async function applyRefundedCharge(ctx: Context, chargeId: string): Promise<void> {
  requireSystem(ctx);
  const { data } = await callStripe(() =>
    ctx.payments.stripe.refunds.list({ charge: chargeId, limit: MAX_REFUNDS }),
  );
  for (const { id } of data) await applyStripeRefund(ctx, id);
}

async function follow(ctx: Context, refund: Refund): Promise<void> {
  const id = refund.stripeRefundId;
  if (id) await note(ctx, refund, await callStripe(() => ctx.payments.stripe.refunds.retrieve(id)));
}

async function note(ctx: Context, refund: Refund, remote: Stripe.Refund): Promise<void> {
  if (remote.status === 'failed' || remote.status === 'canceled') {
    return withTransaction(ctx, (tx) => bookFailedRefund(tx, refund));
  }
  if (remote.status !== 'succeeded') return;
  await ctx.db
    .update(refunds)
    .set({ status: 'succeeded', stripeRefundId: remote.id })
    .where(and(eq(refunds.id, refund.id), ne(refunds.status, 'failed')));
}
