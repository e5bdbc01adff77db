import { payouts, type Payout } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { newId } from '../../lib/ids.ts';
import { NANOS_PER_CENT, type Nanos } from '../../lib/money.ts';
import { appendAuditEvent } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { getLedgerBalance, postTransaction } from '../ledger/index.ts';

/**
 * Takes what is available, in whole cents, out of a seller's balance, and asks a job to send it. In the
 * caller's transaction, under `lockSellerBalance`: what is on its way cannot be sent again.
 * @returns null when there is less than the minimum.
 */
export async function insertPayout(
  tx: Context,
  organizationId: string,
  minimumNanos: Nanos,
): Promise<Payout | null> {
  const available = await getLedgerBalance(tx, { organizationId, purpose: 'seller_available' });
  const amountNanos = available - (available % NANOS_PER_CENT);
  if (amountNanos <= 0n || amountNanos < minimumNanos) return null;
  const [payout] = await tx.db
    .insert(payouts)
    .values({ id: newId('payout'), organizationId, amountNanos })
    .returning();
  await postTransaction(tx, {
    kind: 'payout',
    reference: payout!.id,
    entries: [
      { organizationId, purpose: 'seller_available', amountNanos: -amountNanos },
      { organizationId, purpose: 'payout_in_transit', amountNanos },
    ],
  });
  await appendAuditEvent(tx, {
    organizationId,
    action: 'payout.created',
    subjectId: payout!.id,
    after: { amountNanos },
  });
  await enqueue(
    tx.db,
    'advance_payout',
    { payoutId: payout!.id },
    { jobKey: `advance_payout:${payout!.id}` },
  );
  return payout!;
}
