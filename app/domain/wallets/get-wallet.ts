import { eq, sql } from 'drizzle-orm';
import { wallets, type Wallet } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireActor, type Context } from '../context.ts';

export interface WalletBalance {
  /** Prepaid money that is not set aside. */
  availableNanos: Nanos;
  /** Prepaid money set aside for calls that are running. */
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
  const [row] = await ctx.db
    .select({ wallet: wallets, asideNanos: ASIDE_NANOS })
    .from(wallets)
    .where(eq(wallets.organizationId, actor.organizationId));
  return row ? toBalance(row.wallet, row.asideNanos) : toBalance(EMPTY, 0n);
}

/**
 * What gateway processes have set aside of a wallet for calls to come. Whoever needs it gets it back, so people see it as
 * available.
 */
export const ASIDE_NANOS = sql<Nanos>`(
  select coalesce(sum(a.amount_nanos), 0)::text from allowances a where a.organization_id = wallets.organization_id
)`.mapWith(BigInt);

/** A wallet's row as people see it. */
export function toBalance(
  wallet: Omit<Wallet, 'organizationId' | 'updatedAt'>,
  asideNanos: Nanos,
): WalletBalance {
  const { promoNanos, promoHeldNanos, currency } = wallet;
  const availableNanos = wallet.availableNanos + asideNanos;
  const heldNanos = wallet.heldNanos - asideNanos;
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
