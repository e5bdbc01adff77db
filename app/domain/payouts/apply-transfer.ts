import { eq } from 'drizzle-orm';
import { payouts } from '../../../db/schema/index.ts';
import { fromCents, NANOS_PER_CENT } from '../../lib/money.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { lockSellerBalance } from '../earnings/index.ts';
import { postTransaction } from '../ledger/index.ts';
import { callStripe } from '../payments/index.ts';

/** Books what Stripe says was called back of a transfer; each cent once, whoever asked for it. */
export async function applyTransfer(ctx: Context, stripeTransferId: string): Promise<void> {
  requireSystem(ctx);
  const [known] = await ctx.db.select().from(payouts).where(eq(payouts.stripeTransferId, stripeTransferId));
  if (!known) return;
  const remote = await callStripe(() => ctx.payments.stripe.transfers.retrieve(stripeTransferId));
  const { organizationId } = known;
  const reversedNanos = fromCents(remote.amount_reversed);
  await withTransaction(ctx, async (tx) => {
    await lockSellerBalance(tx, organizationId);
    const [payout] = await tx.db.select().from(payouts).where(eq(payouts.id, known.id)).for('update');
    if (!payout || reversedNanos <= payout.reversedNanos) return;
    const amountNanos = reversedNanos - payout.reversedNanos;
    const isAll = reversedNanos >= payout.amountNanos;
    const isSettled = payout.status === 'paid' || payout.status === 'reversed';
    await tx.db
      .update(payouts)
      .set({
        reversedNanos,
        ...(isAll && { status: payout.failure === null ? ('reversed' as const) : ('failed' as const) }),
      })
      .where(eq(payouts.id, payout.id));
    await postTransaction(tx, {
      kind: 'payout_reversal',
      reference: `${payout.id}:${reversedNanos / NANOS_PER_CENT}`,
      entries: [
        isSettled
          ? { organizationId: null, purpose: 'processor_clearing', amountNanos: -amountNanos }
          : { organizationId, purpose: 'payout_in_transit', amountNanos: -amountNanos },
        { organizationId, purpose: 'seller_available', amountNanos },
      ],
    });
  });
}
