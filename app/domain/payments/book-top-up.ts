import type { Checkout } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import type { Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { moveWallet } from '../wallets/index.ts';

/**
 * Puts a paid checkout into the buyer's wallet. What a promotion code took off is the platform's gift.
 * The caller holds the checkout's row and has seen that it was not paid before.
 */
export async function bookTopUp(tx: Context, checkout: Checkout, receivedNanos: Nanos): Promise<void> {
  const { organizationId, amountNanos } = checkout;
  await moveWallet(tx, { organizationId, availableNanos: amountNanos });
  const posted = await postTransaction(tx, {
    kind: 'wallet_top_up',
    reference: checkout.id,
    entries: [
      { organizationId: null, purpose: 'processor_clearing', amountNanos: -receivedNanos },
      { organizationId: null, purpose: 'platform_loss', amountNanos: receivedNanos - amountNanos },
      { organizationId, purpose: 'buyer_wallet', amountNanos },
    ],
  });
  if (posted === null) throw new Error(`checkout ${checkout.id} was credited before`);
}
