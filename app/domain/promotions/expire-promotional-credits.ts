import { and, asc, eq, gt, lte, sql } from 'drizzle-orm';
import { promotionalCredits } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { lockWallet, moveWallet } from '../wallets/index.ts';

/**
 * Takes back what is left of credits whose time is over. Held amounts stay for the calls that run on
 * them, which spend the earliest expiry first; a later run takes what they leave.
 * @returns how many credits lost something.
 */
export async function expirePromotionalCredits(ctx: Context): Promise<number> {
  requireSystem(ctx);
  const due = await ctx.db
    .selectDistinct({ organizationId: promotionalCredits.organizationId })
    .from(promotionalCredits)
    .where(isDue(ctx))
    .orderBy(promotionalCredits.organizationId);
  let expired = 0;
  for (const { organizationId } of due) expired += await expireOf(ctx, organizationId);
  if (expired > 0) ctx.logger.info({ count: expired }, 'promotional credits expired');
  return expired;
}

function isDue(ctx: Context) {
  return and(lte(promotionalCredits.expiresAt, ctx.clock.date()), gt(promotionalCredits.remainingNanos, 0n));
}

function expireOf(ctx: Context, organizationId: string): Promise<number> {
  return withTransaction(ctx, async (tx) => {
    let heldNanos = (await lockWallet(tx, organizationId)).promoHeldNanos;
    const credits = await tx.db
      .select()
      .from(promotionalCredits)
      .where(and(eq(promotionalCredits.organizationId, organizationId), isDue(tx)))
      .orderBy(asc(promotionalCredits.expiresAt), asc(promotionalCredits.id))
      .for('update');
    let expired = 0;
    for (const credit of credits) {
      const keptNanos = heldNanos < credit.remainingNanos ? heldNanos : credit.remainingNanos;
      heldNanos -= keptNanos;
      if (keptNanos === credit.remainingNanos) continue;
      await take(tx, credit, keptNanos);
      expired += 1;
    }
    return expired;
  });
}

async function take(
  tx: Context,
  credit: { id: string; organizationId: string; remainingNanos: Nanos },
  keptNanos: Nanos,
): Promise<void> {
  const { id, organizationId, remainingNanos } = credit;
  const amountNanos = remainingNanos - keptNanos;
  await moveWallet(tx, { organizationId, promoNanos: -amountNanos });
  await tx.db
    .update(promotionalCredits)
    .set({ remainingNanos: keptNanos, ...(keptNanos === 0n && { expiredAt: sql`now()` }) })
    .where(eq(promotionalCredits.id, id));
  await postTransaction(tx, {
    kind: 'promotional_expiry',
    // What is left only ever falls, so no part is booked twice.
    reference: keptNanos === 0n ? id : `${id}:${keptNanos}`,
    entries: [
      { organizationId, purpose: 'promotional_credit', amountNanos: -amountNanos },
      { organizationId: null, purpose: 'platform_loss', amountNanos },
    ],
  });
}
