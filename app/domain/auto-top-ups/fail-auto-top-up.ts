import { and, eq, sql } from 'drizzle-orm';
import { autoTopUps, checkouts, type Checkout } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { withTransaction, type Context } from '../context.ts';
import { mailMembers } from '../mails/index.ts';

/** What a mail about a failed automatic top-up says. */
export interface AutoTopUpFailure {
  amountNanos: Nanos;
  currency: string;
  /** Stripe's word: `authentication_required`, `insufficient_funds`, `expired_card`, … */
  reason: string;
  /** It is off from now on. */
  isOver: boolean;
  /** Where something can be done about it. */
  url: string;
}

export type WriteFailure = (locale: string, failure: AutoTopUpFailure) => { subject: string; text: string };

/** A card that fails this often in a row is not tried again by itself. */
const MAX_FAILURES = 3;

/** Closes a top-up that did not come off, counts it, and tells owners and billing members. */
export async function failAutoTopUp(
  ctx: Context,
  { id, organizationId, amountNanos, currency }: Checkout,
  reason: string,
  write: WriteFailure,
): Promise<void> {
  await withTransaction(ctx, async (tx) => {
    const [settings] = await tx.db
      .select({ failures: autoTopUps.failures })
      .from(autoTopUps)
      .where(eq(autoTopUps.organizationId, organizationId))
      .for('update');
    const [closed] = await tx.db
      .update(checkouts)
      .set({ status: 'failed' })
      .where(and(eq(checkouts.id, id), eq(checkouts.status, 'open')))
      .returning({ id: checkouts.id });
    if (!closed || !settings) return;
    const failures = settings.failures + 1;
    const isOver = failures >= MAX_FAILURES;
    await tx.db
      .update(autoTopUps)
      .set({ failures, lastError: reason, updatedAt: sql`now()`, ...(isOver && { enabled: false }) })
      .where(eq(autoTopUps.organizationId, organizationId));
    const failure: AutoTopUpFailure = {
      amountNanos,
      currency,
      reason,
      isOver,
      url: `${tx.publicUrl}/buyer/wallet`,
    };
    await mailMembers(tx, {
      organizationId,
      roles: ['owner', 'billing'],
      write: (locale) => write(locale, failure),
    });
  });
}
