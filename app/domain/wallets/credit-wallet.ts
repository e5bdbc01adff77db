import type { LedgerPurpose } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { lockWallet, moveWallet } from './move-wallet.ts';

export interface CreditWalletInput {
  /** The buyer. */
  organizationId: string;
  amountNanos: Nanos;
  kind: 'wallet_top_up' | 'demo_credit' | 'adjustment';
  /** Checkout id or what else caused it; the same kind and reference credits once. */
  reference: string;
}

/** Where the money comes from: a top-up from the processor, a gift out of the platform's pocket. */
const SOURCES: Record<CreditWalletInput['kind'], LedgerPurpose> = {
  wallet_top_up: 'processor_clearing',
  demo_credit: 'platform_loss',
  adjustment: 'platform_loss',
};

/**
 * Puts money into a wallet, ledger and balance together.
 * @returns false when this kind and reference was credited before.
 */
export async function creditWallet(ctx: Context, input: CreditWalletInput): Promise<boolean> {
  requireSystem(ctx);
  const { organizationId, amountNanos, kind, reference } = input;
  if (amountNanos <= 0n) throw new RangeError('a credit is positive');
  return withTransaction(ctx, async (tx) => {
    // Wallet before ledger, as the settling function does: the same order everywhere.
    await lockWallet(tx, organizationId);
    const posted = await postTransaction(tx, {
      kind,
      reference,
      entries: [
        { organizationId: null, purpose: SOURCES[kind], amountNanos: -amountNanos },
        { organizationId, purpose: 'buyer_wallet', amountNanos },
      ],
    });
    if (posted) await moveWallet(tx, { organizationId, availableNanos: amountNanos });
    return posted !== null;
  });
}
