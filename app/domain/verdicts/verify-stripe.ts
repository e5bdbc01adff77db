import { and, eq, gt, inArray, isNotNull } from 'drizzle-orm';
import { checkouts, payouts, refunds } from '../../../db/schema/index.ts';
import { fromCents, type Nanos } from '../../lib/money.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import type { LedgerProblem } from '../ledger/index.ts';
import { callStripe, isMissingAtStripe } from '../payments/index.ts';

const DAYS = 3;
const DAY_MS = 86_400_000;
/** Beyond this many objects a night, the newest are read. */
const MAX_OBJECTS = 500;

/**
 * Reads the payments, transfers and refunds of the last days anew at Stripe and compares them with ours.
 * Not inside a transaction.
 * @throws AppError `payment_unavailable` when Stripe does not answer.
 */
export async function verifyStripe(ctx: Context): Promise<LedgerProblem[]> {
  if (ctx.actor.type !== 'system') requirePlatformAdmin(ctx);
  const since = new Date(ctx.clock.now() - DAYS * DAY_MS);
  const problems: LedgerProblem[] = [];
  for (const comparison of await comparisons(ctx, since)) {
    const actualNanos = await orMissing(comparison.read);
    if (actualNanos === comparison.expectedNanos) continue;
    const { check, subject, expectedNanos } = comparison;
    problems.push({ check, subject, expectedNanos, actualNanos });
  }
  return problems;
}

interface Comparison {
  check: string;
  subject: string;
  expectedNanos: Nanos;
  read: () => Promise<Nanos>;
}

async function comparisons(ctx: Context, since: Date): Promise<Comparison[]> {
  const { stripe } = ctx.payments;
  const paid = await ctx.db
    .select()
    .from(checkouts)
    .where(
      and(
        eq(checkouts.status, 'paid'),
        gt(checkouts.paidAt, since),
        isNotNull(checkouts.stripePaymentIntentId),
        inArray(checkouts.kind, ['wallet_top_up', 'auto_top_up']),
      ),
    )
    .limit(MAX_OBJECTS);
  const sent = await ctx.db
    .select()
    .from(payouts)
    .where(and(gt(payouts.updatedAt, since), isNotNull(payouts.stripeTransferId)))
    .limit(MAX_OBJECTS);
  const given = await ctx.db
    .select()
    .from(refunds)
    .where(
      and(eq(refunds.status, 'succeeded'), gt(refunds.updatedAt, since), isNotNull(refunds.stripeRefundId)),
    )
    .limit(MAX_OBJECTS);
  return [
    ...paid.map(({ id, stripePaymentIntentId, amountNanos, discountNanos }) => ({
      check: 'Stripe received what a top-up says',
      subject: id,
      expectedNanos: amountNanos - discountNanos,
      read: async () =>
        fromCents(
          (await callStripe(() => stripe.paymentIntents.retrieve(stripePaymentIntentId!))).amount_received,
        ),
    })),
    ...sent.map(({ id, stripeTransferId, amountNanos, reversedNanos }) => ({
      check: 'Stripe sent what a payout says, less what was called back',
      subject: id,
      expectedNanos: amountNanos - reversedNanos,
      read: async () => {
        const transfer = await callStripe(() => stripe.transfers.retrieve(stripeTransferId!));
        return fromCents(transfer.amount - transfer.amount_reversed);
      },
    })),
    ...given.map(({ id, stripeRefundId, amountNanos }) => ({
      check: 'Stripe gave back what a refund says',
      subject: id,
      expectedNanos: amountNanos,
      read: async () => {
        const refund = await callStripe(() => stripe.refunds.retrieve(stripeRefundId!));
        return refund.status === 'failed' || refund.status === 'canceled' ? 0n : fromCents(refund.amount);
      },
    })),
  ];
}

/** Nothing is there: 0 of it. */
async function orMissing(read: () => Promise<Nanos>): Promise<Nanos> {
  try {
    return await read();
  } catch (error) {
    if (isMissingAtStripe(error)) return 0n;
    throw error;
  }
}
