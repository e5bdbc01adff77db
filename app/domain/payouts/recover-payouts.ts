import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { payouts, type Payout } from '../../../db/schema/index.ts';
import { NANOS_PER_CENT, toCents, type Nanos } from '../../lib/money.ts';
import { requireSystem, type Context } from '../context.ts';
import { getLedgerBalance } from '../ledger/index.ts';
import { isRefusal, runStripeOperation } from '../payments/index.ts';
import { applyTransfer } from './apply-transfer.ts';
import { findReversal } from './find-reversal.ts';
import { alertOfReversal, type WriteReversalMail } from './reversal-alert.ts';

export type { WriteReversalMail };

export interface RecoverPayoutsInput {
  /** The seller. */
  organizationId: string;
  write: WriteReversalMail;
}

/**
 * Calls money back from a seller's transfers, newest first, when refunds took more than their balance had.
 * What Stripe does not give back stays owed: the next payout is smaller by it, and administrators are told.
 * Not inside a transaction.
 * @throws AppError `payment_unavailable`, so that the job is tried again.
 */
export async function recoverPayouts(ctx: Context, input: RecoverPayoutsInput): Promise<void> {
  requireSystem(ctx);
  const { organizationId, write } = input;
  const open = await ctx.db
    .select()
    .from(payouts)
    .where(
      and(
        eq(payouts.organizationId, organizationId),
        inArray(payouts.status, ['in_transit', 'paid']),
        sql`${payouts.stripeTransferId} is not null and ${payouts.reversedNanos} < ${payouts.amountNanos}`,
      ),
    )
    .orderBy(desc(payouts.id));
  for (const payout of open) {
    const missing = await missingOf(ctx, organizationId);
    if (missing === 0n) return;
    const left = payout.amountNanos - payout.reversedNanos;
    const reversed = await reverse(ctx, payout, missing < left ? missing : left, write);
    if (!reversed) return;
  }
}

/** In whole cents, upwards. */
async function missingOf(ctx: Context, organizationId: string): Promise<Nanos> {
  const available = await getLedgerBalance(ctx, { organizationId, purpose: 'seller_available' });
  if (available >= 0n) return 0n;
  return ((-available + NANOS_PER_CENT - 1n) / NANOS_PER_CENT) * NANOS_PER_CENT;
}

async function reverse(
  ctx: Context,
  payout: Payout,
  amountNanos: Nanos,
  write: WriteReversalMail,
): Promise<boolean> {
  const transferId = payout.stripeTransferId!;
  try {
    await runStripeOperation(
      ctx,
      {
        kind: 'transfer_reversal',
        // What was called back so far names the next reversal: asked twice, it is the same one.
        subjectId: `${payout.id}:${payout.reversedNanos}`,
        organizationId: payout.organizationId,
        parameters: { amount: toCents(amountNanos) },
      },
      (stripe, parameters, idempotencyKey) =>
        stripe.transfers.createReversal(
          transferId,
          { ...parameters, metadata: { payout_id: payout.id, operation_id: idempotencyKey } },
          { idempotencyKey },
        ),
      findReversal(transferId),
    );
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    await alertOfReversal(ctx, payout, code, write);
    return false;
  }
  await applyTransfer(ctx, transferId);
  return true;
}
