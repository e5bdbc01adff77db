import { eq, sql } from 'drizzle-orm';
import { wallets, type Wallet } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';

export interface WalletMove {
  organizationId: string;
  /** Signed, as everything here: what is added to the prepaid balance. */
  availableNanos?: Nanos;
  /** Promotional credit that is not held. */
  promoNanos?: Nanos;
  /** What the organization owes. */
  creditUsedNanos?: Nanos;
}

/** What a wallet may hold at most: two of them still add up within the column. */
const MAX_BALANCE_NANOS = 4_000_000_000_000_000_000n;

/**
 * The wallet, made when it is missing and locked until the caller's transaction ends, with what gateways had set aside
 * for calls to come. Before anything else is locked, several by organization id.
 */
export async function lockWallet(ctx: Context, organizationId: string): Promise<Wallet> {
  await ctx.db.insert(wallets).values({ organizationId }).onConflictDoNothing();
  await ctx.db.execute(sql`select recall_allowances(array[${organizationId}])`);
  const own = eq(wallets.organizationId, organizationId);
  const [wallet] = await ctx.db.select().from(wallets).where(own).for('update');
  if (!wallet) throw new AppError('not_found', 'There is no such wallet.');
  return wallet;
}

/**
 * Changes operational balances outside of hold and settle, in the transaction that posts the ledger
 * entries.
 * @returns the wallet as it is now.
 * @throws AppError `insufficient_balance` when a part would fall below zero.
 */
export async function moveWallet(ctx: Context, move: WalletMove): Promise<Wallet> {
  requireSystem(ctx);
  const { organizationId, availableNanos = 0n, promoNanos = 0n, creditUsedNanos = 0n } = move;
  return withTransaction(ctx, async (tx) => {
    const wallet = await lockWallet(tx, organizationId);
    const balances = {
      availableNanos: wallet.availableNanos + availableNanos,
      promoNanos: wallet.promoNanos + promoNanos,
      creditUsedNanos: wallet.creditUsedNanos + creditUsedNanos,
    };
    const amounts = Object.values(balances);
    if (amounts.some((amount) => amount < 0n)) {
      throw new AppError('insufficient_balance', 'The wallet holds less than what is to be taken from it.');
    }
    if (amounts.some((amount) => amount > MAX_BALANCE_NANOS)) {
      throw new AppError('conflict', 'The wallet cannot hold as much.');
    }
    const [moved] = await tx.db
      .update(wallets)
      .set({ ...balances, updatedAt: sql`now()` })
      .where(eq(wallets.organizationId, organizationId))
      .returning();
    return moved!;
  });
}
