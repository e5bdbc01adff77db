import { and, eq, sql } from 'drizzle-orm';
import { payouts, sellerAccounts, type Payout } from '../../../db/schema/index.ts';
import { toCents } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { lockSellerBalance } from '../earnings/index.ts';
import { postTransaction } from '../ledger/index.ts';
import { mailMembers } from '../mails/index.ts';
import { callStripe, isRefusal, runStripeOperation } from '../payments/index.ts';
import { applyTransfer } from './apply-transfer.ts';
import { findReversal } from './find-reversal.ts';
import { alertOfReversal, type WriteReversalMail } from './reversal-alert.ts';
import { payoutIdSchema } from './schemas.ts';

export interface FailedPayout {
  amountNanos: bigint;
  currency: string;
  reason: string;
  url: string;
}

/** The mail to a seller whose payout failed, in the recipient's language. */
export type WritePayoutMail = (locale: string, payout: FailedPayout) => { subject: string; text: string };

export interface AdvancePayoutInput {
  payoutId: string;
  write: WritePayoutMail;
  writeReversal: WriteReversalMail;
}

/**
 * Brings a payout as far as it can go: transfer to the seller's account at Stripe, from there to their
 * bank, and what Stripe says about both. Safe to run again, and twice at once: each step at Stripe is done
 * once. Not inside a transaction.
 * @throws AppError `payment_unavailable`, so that the job is tried again.
 */
export async function advancePayout(ctx: Context, input: AdvancePayoutInput): Promise<void> {
  requireSystem(ctx);
  const { payoutId } = parseInput(payoutIdSchema, { payoutId: input.payoutId });
  const [row] = await ctx.db
    .select({ payout: payouts, account: sellerAccounts.stripeAccountId })
    .from(payouts)
    .innerJoin(sellerAccounts, eq(sellerAccounts.organizationId, payouts.organizationId))
    .where(eq(payouts.id, payoutId));
  if (!row) return;
  const { account } = row;
  let { payout } = row;
  if (payout.status === 'pending') {
    const sent = await transfer(ctx, payout, account, input);
    if (!sent) return;
    payout = sent;
  }
  if (payout.stripeTransferId) await applyTransfer(ctx, payout.stripeTransferId);
  // Banks send money back days after it was paid.
  if (payout.status === 'in_transit' || payout.status === 'paid') await follow(ctx, payout, account, input);
}

async function transfer(
  ctx: Context,
  payout: Payout,
  account: string,
  input: AdvancePayoutInput,
): Promise<Payout | null> {
  const parameters = {
    amount: toCents(payout.amountNanos),
    currency: payout.currency.toLowerCase(),
    destination: account,
    transfer_group: payout.id,
  };
  let transferId: string;
  try {
    transferId = await runStripeOperation(
      ctx,
      { kind: 'transfer', subjectId: payout.id, organizationId: payout.organizationId, parameters },
      (stripe, frozen, idempotencyKey) =>
        stripe.transfers.create(
          { ...frozen, metadata: { payout_id: payout.id, operation_id: idempotencyKey } },
          { idempotencyKey },
        ),
      async (stripe) =>
        (await stripe.transfers.list({ transfer_group: payout.id, limit: 1 })).data[0] ?? null,
    );
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // Nothing left the platform: the money is the seller's again.
    await giveBack(ctx, payout, reasonOf(error), input);
    return null;
  }
  await ctx.db
    .update(payouts)
    .set({ status: 'in_transit', stripeTransferId: transferId })
    .where(and(eq(payouts.id, payout.id), eq(payouts.status, 'pending')));
  const [current] = await ctx.db.select().from(payouts).where(eq(payouts.id, payout.id));
  return current ?? null;
}

/** From the seller's account at Stripe to their bank. */
async function follow(
  ctx: Context,
  payout: Payout,
  account: string,
  input: AdvancePayoutInput,
): Promise<void> {
  const { stripe } = ctx.payments;
  const options = { stripeAccount: account };
  let id: string;
  try {
    id = await runStripeOperation(
      ctx,
      {
        kind: 'payout',
        subjectId: payout.id,
        organizationId: payout.organizationId,
        parameters: { amount: toCents(payout.amountNanos), currency: payout.currency.toLowerCase() },
      },
      (client, frozen, idempotencyKey) =>
        client.payouts.create(
          { ...frozen, metadata: { payout_id: payout.id, operation_id: idempotencyKey } },
          { ...options, idempotencyKey },
        ),
      async (client, _frozen, operation) =>
        (await client.payouts.list({ limit: 100 }, options)).data.find(
          ({ metadata }) => metadata?.['operation_id'] === operation.id,
        ) ?? null,
    );
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return callBack(ctx, payout, reasonOf(error), input);
  }
  const remote = await callStripe(() => stripe.payouts.retrieve(id, {}, options));
  if (remote.status === 'paid') await settle(ctx, payout);
  if (remote.status === 'failed' || remote.status === 'canceled') {
    await callBack(ctx, payout, remote.failure_code ?? remote.status, input);
  }
}

async function settle(ctx: Context, payout: Payout): Promise<void> {
  const { organizationId } = payout;
  await withTransaction(ctx, async (tx) => {
    const [paid] = await tx.db
      .update(payouts)
      .set({ status: 'paid', paidAt: tx.clock.date(), failure: null })
      .where(and(eq(payouts.id, payout.id), eq(payouts.status, 'in_transit')))
      .returning();
    if (!paid) return;
    const amountNanos = paid.amountNanos - paid.reversedNanos;
    if (amountNanos === 0n) return;
    await postTransaction(tx, {
      kind: 'payout_settlement',
      reference: paid.id,
      entries: [
        { organizationId, purpose: 'payout_in_transit', amountNanos: -amountNanos },
        { organizationId: null, purpose: 'processor_clearing', amountNanos },
      ],
    });
  });
}

/** The bank did not take it: the transfer is reversed, and with it the payout. */
async function callBack(
  ctx: Context,
  payout: Payout,
  reason: string,
  input: AdvancePayoutInput,
): Promise<void> {
  const transferId = payout.stripeTransferId;
  if (!transferId) return;
  await ctx.db.update(payouts).set({ failure: reason }).where(eq(payouts.id, payout.id));
  try {
    await runStripeOperation(
      ctx,
      {
        kind: 'transfer_reversal',
        subjectId: `${payout.id}:failed`,
        organizationId: payout.organizationId,
        parameters: {},
      },
      (stripe, _frozen, idempotencyKey) =>
        stripe.transfers.createReversal(
          transferId,
          { metadata: { payout_id: payout.id, operation_id: idempotencyKey } },
          { idempotencyKey },
        ),
      findReversal(transferId),
    );
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await alertOfReversal(ctx, payout, reasonOf(error), input.writeReversal);
    return;
  }
  await applyTransfer(ctx, transferId);
  await tellSeller(ctx, payout, reason, input.write);
}

async function giveBack(
  ctx: Context,
  payout: Payout,
  reason: string,
  input: AdvancePayoutInput,
): Promise<void> {
  const { organizationId, amountNanos } = payout;
  const gaveBack = await withTransaction(ctx, async (tx) => {
    await lockSellerBalance(tx, organizationId);
    const [failed] = await tx.db
      .update(payouts)
      .set({ status: 'failed', failure: reason, reversedNanos: amountNanos })
      .where(and(eq(payouts.id, payout.id), eq(payouts.status, 'pending')))
      .returning();
    if (!failed) return false;
    await postTransaction(tx, {
      kind: 'payout_reversal',
      reference: payout.id,
      entries: [
        { organizationId, purpose: 'payout_in_transit', amountNanos: -amountNanos },
        { organizationId, purpose: 'seller_available', amountNanos },
      ],
    });
    return true;
  });
  if (gaveBack) await tellSeller(ctx, payout, reason, input.write);
}

async function tellSeller(
  ctx: Context,
  payout: Payout,
  reason: string,
  write: WritePayoutMail,
): Promise<void> {
  await withTransaction(ctx, async (tx) => {
    // Two workers with the same news tell it once.
    await tx.db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`alert:${payout.id}`}, 0))`);
    const told = await tx.db.execute(sql`
      select 1 from audit_events where action = 'payout.failed' and subject_id = ${payout.id} limit 1`);
    if (told.length > 0) return;
    await appendAuditEvent(tx, {
      organizationId: payout.organizationId,
      action: 'payout.failed',
      subjectId: payout.id,
      after: { reason },
    });
    const facts = {
      amountNanos: payout.amountNanos,
      currency: payout.currency,
      reason,
      url: `${tx.publicUrl}/seller/payouts`,
    };
    await mailMembers(tx, {
      organizationId: payout.organizationId,
      roles: ['owner', 'admin', 'billing'],
      write: (locale) => write(locale, facts),
    });
  });
}

/** Stripe's code where it has one; the sentences of others are no reason. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return 'unknown';
}
