import { eq } from 'drizzle-orm';
import { payouts, type StripeOperation } from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';
import { callStripe, type FindAtStripe } from '../payments/index.ts';

/** The reversal of a transfer that an earlier try of the operation may have made. */
export function findReversal(transferId: string): FindAtStripe<Record<string, unknown>> {
  return async (stripe, _parameters, operation) => {
    const { data } = await stripe.transfers.listReversals(transferId, { limit: 100 });
    return data.find(({ metadata }) => metadata?.['operation_id'] === operation.id) ?? null;
  };
}

/** Stripe's id of a reversal of which the answer was lost, if it was made; asks Stripe. */
export async function findReversalOf(ctx: Context, operation: StripeOperation): Promise<string | null> {
  const [payoutId = ''] = operation.subjectId.split(':');
  const [payout] = await ctx.db.select().from(payouts).where(eq(payouts.id, payoutId));
  const transferId = payout?.stripeTransferId;
  if (!transferId) return null;
  const find = findReversal(transferId);
  return (await callStripe(() => find(ctx.payments.stripe, operation.parameters, operation)))?.id ?? null;
}
