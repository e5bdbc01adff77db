import { eq, sql } from 'drizzle-orm';
import { wallets, type LedgerPurpose } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireSystem, type Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';

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
  if (input.amountNanos <= 0n) throw new RangeError('a credit is positive');
  return ctx.db.transaction(async (tx) => {
    const own = eq(wallets.organizationId, input.organizationId);
    await tx.insert(wallets).values({ organizationId: input.organizationId }).onConflictDoNothing();
    // Wallet before ledger, as the settling function does: the same order everywhere.
    await tx.select({ id: wallets.organizationId }).from(wallets).where(own).for('update');
    const posted = await postTransaction(
      { ...ctx, db: tx },
      {
        kind: input.kind,
        reference: input.reference,
        entries: [
          { organizationId: null, purpose: SOURCES[input.kind], amountNanos: -input.amountNanos },
          {
            organizationId: input.organizationId,
            purpose: 'buyer_wallet',
            amountNanos: input.amountNanos,
          },
        ],
      },
    );
    if (!posted) return false;
    await tx
      .update(wallets)
      .set({
        availableNanos: sql`${wallets.availableNanos} + ${input.amountNanos.toString()}::bigint`,
        updatedAt: sql`now()`,
      })
      .where(own);
    return true;
  });
}
