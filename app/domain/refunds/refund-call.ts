import { and, eq } from 'drizzle-orm';
import {
  promotionalCredits,
  refunds,
  usageEvents,
  type Refund,
  type UsageEvent,
  type Wallet,
} from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { findDiscountOfCall } from '../billing-periods/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { bearingPurpose, lockSellerBalance } from '../earnings/index.ts';
import { getLedgerBalance, postTransaction } from '../ledger/index.ts';
import { lockWallet, moveWallet } from '../wallets/index.ts';
import { refundCallSchema, type RefundCallInput } from './schemas.ts';

/** Where a refund goes: back to what paid for the call. */
interface Parts {
  walletNanos: Nanos;
  promoNanos: Nanos;
  creditNanos: Nanos;
}

/**
 * Gives a buyer the charge of a call back, or a part of it, to where it came from. The seller bears what
 * they earned by it (their balance may fall below zero), the platform its share; what a volume discount gave
 * back of it before is not given twice. Once per call: asking again, or twice at once, gives the first refund.
 * @throws AppError `not_found` when the organization has no such charged call, `invalid_request` when
 * more is to go back than was charged.
 */
export async function refundCall(ctx: Context, input: RefundCallInput): Promise<Refund> {
  requireSystem(ctx);
  const wanted = parseInput(refundCallSchema, input);
  return withTransaction(ctx, async (tx) => {
    // The buyer's wallet is locked first: two refunds of a call wait for each other here.
    const wallet = await lockWallet(tx, wanted.organizationId);
    const event = await findCharged(tx, wanted.organizationId, wanted.requestId);
    const [earlier] = await tx.db
      .select()
      .from(refunds)
      .where(
        and(
          eq(refunds.organizationId, wanted.organizationId),
          eq(refunds.kind, 'call'),
          eq(refunds.reference, wanted.requestId),
        ),
      );
    if (earlier) return earlier;
    const leftNanos = event.chargeNanos - (await findDiscountOfCall(tx, wanted));
    if (leftNanos <= 0n) throw new AppError('not_found', 'There is no such charged call.');
    const amountNanos = wanted.amountNanos ?? leftNanos;
    if (amountNanos > leftNanos) {
      throw new AppError('invalid_request', 'No more than the charge can be refunded.', {
        issues: [{ field: 'amountNanos', reason: 'too_big' }],
      });
    }
    const [refund] = await tx.db
      .insert(refunds)
      .values({
        id: newId('refund'),
        organizationId: wanted.organizationId,
        sellerOrganizationId: event.sellerOrganizationId,
        kind: 'call',
        reference: wanted.requestId,
        amountNanos,
        // Rounded down as the fee was: all of the charge takes all of the fee back.
        feeNanos: (event.feeNanos * amountNanos) / event.chargeNanos,
        destination: 'source',
        status: 'succeeded',
        reason: wanted.reason,
        disputeId: wanted.disputeId ?? null,
        createdBy: wanted.createdBy,
      })
      .returning();
    await book(tx, refund!, event, splitBack(amountNanos, event, wallet));
    return refund!;
  });
}

async function findCharged(tx: Context, organizationId: string, requestId: string): Promise<UsageEvent> {
  const [event] = await tx.db
    .select()
    .from(usageEvents)
    .where(and(eq(usageEvents.organizationId, organizationId), eq(usageEvents.requestId, requestId)));
  if (!event || event.chargeNanos <= 0n) throw new AppError('not_found', 'There is no such charged call.');
  return event;
}

/** What is owed goes first, then money, promotional credit last; a debt paid meanwhile comes back as money. */
function splitBack(amountNanos: Nanos, event: UsageEvent, wallet: Wallet): Parts {
  const owed = min(event.creditNanos, wallet.creditUsedNanos);
  const creditNanos = min(amountNanos, owed);
  const paid = event.chargeNanos - event.promoNanos - owed;
  const walletNanos = min(amountNanos - creditNanos, paid);
  return { creditNanos, walletNanos, promoNanos: amountNanos - creditNanos - walletNanos };
}

const min = (a: Nanos, b: Nanos): Nanos => (a < b ? a : b);

async function book(tx: Context, refund: Refund, event: UsageEvent, parts: Parts): Promise<void> {
  const { organizationId } = refund;
  const seller = event.sellerOrganizationId;
  await moveWallet(tx, {
    organizationId,
    availableNanos: parts.walletNanos,
    promoNanos: parts.promoNanos,
    creditUsedNanos: -parts.creditNanos,
  });
  if (parts.promoNanos > 0n) {
    await tx.db.insert(promotionalCredits).values({
      id: newId('promotionalCredit'),
      organizationId,
      amountNanos: parts.promoNanos,
      remainingNanos: parts.promoNanos,
      reason: refund.id,
    });
  }
  await lockSellerBalance(tx, seller);
  const purpose = await bearingPurpose(tx, seller, event.occurredAt);
  await postTransaction(tx, {
    kind: 'refund',
    reference: refund.id,
    entries: [
      { organizationId: seller, purpose, amountNanos: refund.feeNanos - refund.amountNanos },
      { organizationId: null, purpose: 'platform_fee', amountNanos: -refund.feeNanos },
      { organizationId, purpose: 'buyer_wallet', amountNanos: parts.walletNanos },
      { organizationId, purpose: 'promotional_credit', amountNanos: parts.promoNanos },
      { organizationId, purpose: 'buyer_receivable', amountNanos: parts.creditNanos },
    ],
  });
  await appendAuditEvent(tx, {
    organizationId,
    action: 'refund.created',
    subjectId: refund.id,
    after: { requestId: refund.reference, amountNanos: refund.amountNanos, reason: refund.reason },
  });
  if (purpose === 'seller_pending') return;
  // Paid out already: part of a transfer is called back, or the next payout is smaller.
  if ((await getLedgerBalance(tx, { organizationId: seller, purpose })) < 0n) {
    await enqueue(
      tx.db,
      'recover_payouts',
      { organizationId: seller },
      { jobKey: `recover_payouts:${seller}` },
    );
  }
}
