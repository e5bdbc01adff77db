import { eq } from 'drizzle-orm';
import { wallets } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireActor, type Context } from '../context.ts';

export interface WalletBalance {
  /** What calls can still be paid with. */
  availableNanos: Nanos;
  /** Set aside for calls that are running. */
  heldNanos: Nanos;
  currency: string;
}

/** The acting organization's wallet; empty when it never held anything. */
export async function getWallet(ctx: Context): Promise<WalletBalance> {
  const actor = requireActor(ctx);
  const [wallet] = await ctx.db
    .select({
      availableNanos: wallets.availableNanos,
      heldNanos: wallets.heldNanos,
      currency: wallets.currency,
    })
    .from(wallets)
    .where(eq(wallets.organizationId, actor.organizationId));
  return wallet ?? { availableNanos: 0n, heldNanos: 0n, currency: 'USD' };
}
