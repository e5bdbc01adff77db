import { and, eq } from 'drizzle-orm';
import { payouts, sellerAccounts, stripeOperations } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { callStripe } from '../payments/index.ts';

export interface ConnectObject {
  /** Of the event: `account.updated`, `payout.paid`, `transfer.reversed`. */
  type: string;
  objectId: string;
}

/** What an event says about sellers' accounts, transfers and payouts; objects are read anew. */
export async function applyConnectEvent(ctx: Context, { type, objectId }: ConnectObject): Promise<void> {
  requireSystem(ctx);
  if (type.startsWith('account.')) return applyAccount(ctx, objectId);
  const payoutId = type.startsWith('transfer.')
    ? await findByTransfer(ctx, objectId)
    : await findByPayout(ctx, objectId);
  if (!payoutId) return;
  await enqueue(ctx.db, 'advance_payout', { payoutId }, { jobKey: `advance_payout:${payoutId}` });
}

/** Brings our mirror of a connected account to where Stripe's is. */
async function applyAccount(ctx: Context, stripeAccountId: string): Promise<void> {
  const own = eq(sellerAccounts.stripeAccountId, stripeAccountId);
  const [known] = await ctx.db.select().from(sellerAccounts).where(own);
  if (!known) return;
  const remote = await callStripe(() => ctx.payments.stripe.accounts.retrieve(stripeAccountId));
  await withTransaction(ctx, async (tx) => {
    await tx.db
      .update(sellerAccounts)
      .set({
        detailsSubmitted: remote.details_submitted,
        payoutsEnabled: remote.payouts_enabled,
        requirements: remote.requirements?.currently_due ?? [],
      })
      .where(own);
  });
}

async function findByTransfer(ctx: Context, stripeTransferId: string): Promise<string | null> {
  const [row] = await ctx.db
    .select({ id: payouts.id })
    .from(payouts)
    .where(eq(payouts.stripeTransferId, stripeTransferId));
  return row?.id ?? null;
}

async function findByPayout(ctx: Context, stripePayoutId: string): Promise<string | null> {
  const [row] = await ctx.db
    .select({ id: stripeOperations.subjectId })
    .from(stripeOperations)
    .where(and(eq(stripeOperations.kind, 'payout'), eq(stripeOperations.stripeObjectId, stripePayoutId)));
  return row?.id ?? null;
}
