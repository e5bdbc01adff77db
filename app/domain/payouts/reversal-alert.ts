import { sql } from 'drizzle-orm';
import type { Payout } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { withTransaction, type Context } from '../context.ts';
import { getLedgerBalance } from '../ledger/index.ts';
import { mailAdministrators } from '../mails/index.ts';

export interface RefusedReversal {
  payoutId: string;
  sellerOrganizationId: string;
  /** What the seller owes the platform now. */
  missingNanos: Nanos;
  currency: string;
  reason: string;
  url: string;
}

/** The mail to administrators when Stripe refuses to call money back, in the recipient's language. */
export type WriteReversalMail = (
  locale: string,
  reversal: RefusedReversal,
) => { subject: string; text: string };

/** Says once for each payout and state of its reversals that Stripe did not give the money back. */
export async function alertOfReversal(
  ctx: Context,
  payout: Payout,
  reason: string,
  write: WriteReversalMail,
): Promise<void> {
  await withTransaction(ctx, async (tx) => {
    const subjectId = `${payout.id}:${payout.reversedNanos}`;
    // Two workers with the same news tell it once.
    await tx.db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`alert:${subjectId}`}, 0))`);
    const told = await tx.db.execute(sql`
      select 1 from audit_events where action = 'payout.reversal_failed' and subject_id = ${subjectId} limit 1`);
    if (told.length > 0) return;
    const available = await getLedgerBalance(tx, {
      organizationId: payout.organizationId,
      purpose: 'seller_available',
    });
    const missingNanos = available < 0n ? -available : 0n;
    tx.logger.error(
      { payoutId: payout.id, missingNanos: missingNanos.toString(), reason },
      'a transfer could not be reversed: the platform advances the money',
    );
    await appendAuditEvent(tx, {
      organizationId: payout.organizationId,
      action: 'payout.reversal_failed',
      subjectId,
      after: { reason, missingNanos },
    });
    const facts = {
      payoutId: payout.id,
      sellerOrganizationId: payout.organizationId,
      missingNanos,
      currency: payout.currency,
      reason,
      url: `${tx.publicUrl}/admin/payouts`,
    };
    await mailAdministrators(tx, { write: (locale) => write(locale, facts) });
  });
}
