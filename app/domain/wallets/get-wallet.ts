import { eq } from 'drizzle-orm';
import { wallets, type Wallet } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireActor, type Context } from '../context.ts';

export interface WalletBalance {
  /** Prepaid money that is not set aside. */
  availableNanos: Nanos;
  /** Prepaid money set aside for calls that are running, or to come. */
  heldNanos: Nanos;
  /** Promotional credit, spent before the wallet; `promoHeldNanos` is set aside. */
  promoNanos: Nanos;
  promoHeldNanos: Nanos;
  /** How much may be owed, what is, and what running calls could add to it. */
  creditLimitNanos: Nanos;
  creditUsedNanos: Nanos;
  creditHeldNanos: Nanos;
  /** What new calls can be paid with, of all three. */
  spendableNanos: Nanos;
  currency: string;
}

const EMPTY = {
  availableNanos: 0n,
  heldNanos: 0n,
  promoNanos: 0n,
  promoHeldNanos: 0n,
  creditLimitNanos: 0n,
  creditUsedNanos: 0n,
  creditHeldNanos: 0n,
  currency: 'USD',
};

/** The acting organization's wallet; empty when it never held anything. */
export async function getWallet(ctx: Context): Promise<WalletBalance> {
  const actor = requireActor(ctx);
  const [wallet] = await ctx.db
    .select()
    .from(wallets)
    .where(eq(wallets.organizationId, actor.organizationId));
  return toBalance(wallet ?? EMPTY);
}

/** A wallet's row as people see it. */
export function toBalance(wallet: Omit<Wallet, 'organizationId' | 'updatedAt'>): WalletBalance {
  const { availableNanos, heldNanos, promoNanos, promoHeldNanos, currency } = wallet;
  const { creditLimitNanos, creditUsedNanos, creditHeldNanos } = wallet;
  const creditLeft = creditLimitNanos - creditUsedNanos - creditHeldNanos;
  return {
    availableNanos,
    heldNanos,
    promoNanos,
    promoHeldNanos,
    creditLimitNanos,
    creditUsedNanos,
    creditHeldNanos,
    // A limit that was lowered may lie below what is owed.
    spendableNanos: availableNanos + promoNanos + (creditLeft > 0n ? creditLeft : 0n),
    currency,
  };
}
