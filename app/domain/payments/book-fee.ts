import { subscriptionFees, type SubscriptionFee } from '../../../db/schema/index.ts';
import { feeOf } from '../../lib/money.ts';
import type { Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { getFeeBasisPoints } from '../platform-fees/index.ts';

export type NewSubscriptionFee = Pick<
  SubscriptionFee,
  | 'id'
  | 'organizationId'
  | 'sellerOrganizationId'
  | 'subscriptionId'
  | 'planId'
  | 'reference'
  | 'currency'
  | 'amountNanos'
  | 'discountNanos'
  | 'stripePaymentIntentId'
  | 'periodStart'
  | 'periodEnd'
>;

/** Writes a received fee down and splits it between seller and platform; once per Stripe invoice. */
export async function bookFee(tx: Context, fee: NewSubscriptionFee): Promise<void> {
  if (fee.amountNanos <= 0n) return;
  const feeNanos = feeOf(fee.amountNanos, await getFeeBasisPoints(tx));
  const [made] = await tx.db
    .insert(subscriptionFees)
    .values({ ...fee, feeNanos })
    .onConflictDoNothing()
    .returning({ id: subscriptionFees.id });
  if (!made) return;
  await postTransaction(tx, {
    kind: 'subscription_fee',
    reference: fee.reference,
    entries: [
      { organizationId: null, purpose: 'processor_clearing', amountNanos: -fee.amountNanos },
      {
        organizationId: fee.sellerOrganizationId,
        purpose: 'seller_pending',
        amountNanos: fee.amountNanos - feeNanos,
      },
      { organizationId: null, purpose: 'platform_fee', amountNanos: feeNanos },
    ],
  });
}
