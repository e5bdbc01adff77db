import { eq, sql } from 'drizzle-orm';
import { checkouts, refunds, subscriptionFees, type Refund } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import type { Context } from '../context.ts';
import { bearingPurpose, lockSellerBalance } from '../earnings/index.ts';
import { getLedgerBalance, postTransaction, type NewEntry } from '../ledger/index.ts';
import { lockWallet, moveWallet } from '../wallets/index.ts';
import { returnToWallet } from './withdraw-from-wallet.ts';

/** Administrators ask for refunds, but the books are moved by the program. */
const asSystem = (tx: Context): Context => ({ ...tx, actor: { type: 'system', job: 'refund_payment' } });

/**
 * Takes a refund to a card out of the wallet, or out of what seller and platform earned by the fee.
 * @throws AppError `insufficient_balance` when the wallet holds less.
 */
export async function bookRefund(ctx: Context, refund: Refund, earnedAt: Date | null): Promise<void> {
  const tx = asSystem(ctx);
  const { amountNanos, organizationId, sellerOrganizationId: seller } = refund;
  const toCard: NewEntry = { organizationId: null, purpose: 'processor_clearing', amountNanos };
  if (!seller || !earnedAt) {
    await moveWallet(tx, { organizationId, availableNanos: -amountNanos });
    const entries: NewEntry[] = [
      { organizationId, purpose: 'buyer_wallet', amountNanos: -amountNanos },
      toCard,
    ];
    await postTransaction(tx, { kind: 'refund', reference: refund.id, entries });
    return;
  }
  await lockSellerBalance(tx, seller);
  const purpose = await bearingPurpose(tx, seller, earnedAt);
  await postTransaction(tx, {
    kind: 'refund',
    reference: refund.id,
    entries: [
      { organizationId: seller, purpose, amountNanos: refund.feeNanos - amountNanos },
      { organizationId: null, purpose: 'platform_fee', amountNanos: -refund.feeNanos },
      toCard,
    ],
  });
  const left = await getLedgerBalance(tx, { organizationId: seller, purpose: 'seller_available' });
  if (purpose === 'seller_available' && left < 0n) {
    await enqueue(
      tx.db,
      'recover_payouts',
      { organizationId: seller },
      { jobKey: `recover_payouts:${seller}` },
    );
  }
}

/** Stripe could not send it: everything goes back to where it was. Once. */
export async function bookFailedRefund(ctx: Context, refund: Refund): Promise<void> {
  const tx = asSystem(ctx);
  const { amountNanos, organizationId, sellerOrganizationId: seller, feeNanos } = refund;
  await lockWallet(tx, organizationId);
  const [failed] = await tx.db
    .update(refunds)
    .set({ status: 'failed' })
    .where(sql`${refunds.id} = ${refund.id} and ${refunds.status} <> 'failed'`)
    .returning({ id: refunds.id });
  if (!failed) return;
  const less = sql`greatest(refunded_nanos - ${amountNanos.toString()}::bigint, 0)`;
  const fromCard: NewEntry = {
    organizationId: null,
    purpose: 'processor_clearing',
    amountNanos: -amountNanos,
  };
  const reference = `${refund.id}:failed`;
  if (!seller) {
    await tx.db.update(checkouts).set({ refundedNanos: less }).where(eq(checkouts.id, refund.reference));
    return returnToWallet(tx, { kind: 'refund', organizationId, reference }, refund.id);
  }
  await tx.db
    .update(subscriptionFees)
    .set({ refundedNanos: less })
    .where(eq(subscriptionFees.id, refund.reference));
  await lockSellerBalance(tx, seller);
  await postTransaction(tx, {
    kind: 'refund',
    reference,
    entries: [
      fromCard,
      { organizationId: seller, purpose: 'seller_pending', amountNanos: amountNanos - feeNanos },
      { organizationId: null, purpose: 'platform_fee', amountNanos: feeNanos },
    ],
  });
}
