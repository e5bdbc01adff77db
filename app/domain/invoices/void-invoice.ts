import { eq } from 'drizzle-orm';
import { invoices, type Invoice } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { lockWallet, moveWallet } from '../wallets/index.ts';
import { liftSuspension } from './credit-suspension.ts';
import { computeDraft, insertDraft } from './draft-invoice.ts';
import { finalizationOf } from './finalization-posting.ts';
import { isOpen, openNanos } from './open-amount.ts';
import { asSystem, lockInvoice, readInvoice } from './own-invoice.ts';
import { voidInvoiceSchema, type VoidInvoiceInput } from './schemas.ts';

/**
 * Takes back an invoice that nobody has paid; its number stays used. Reissued, finalizing is undone and
 * the month is drafted anew; otherwise what it asks for is owed no longer.
 * @throws AppError `conflict` when it was paid or credited, `not_found`.
 */
export async function voidInvoice(ctx: Context, input: VoidInvoiceInput): Promise<Invoice> {
  requirePlatformAdmin(ctx);
  const { invoiceId, reason, reissue } = parseInput(voidInvoiceSchema, input);
  const { organizationId } = await readInvoice(ctx, invoiceId);
  return withTransaction(ctx, async (tx) => {
    const wallet = await lockWallet(tx, organizationId);
    const invoice = await lockInvoice(tx, invoiceId);
    if (!isOpen(invoice) || invoice.paidNanos !== 0n || invoice.creditedNanos !== 0n) {
      throw new AppError('conflict', 'Only an unpaid invoice can be voided; use a credit note for this one.');
    }
    const system = asSystem(tx, 'invoices');
    const finalized = await finalizationOf(tx, invoice);
    const open = openNanos(invoice);
    // A refund meanwhile may have made less owed than the paper asks for.
    const owed = open < wallet.creditUsedNanos ? open : wallet.creditUsedNanos;
    const receivableNanos = reissue ? -finalized.receivableNanos : owed;
    if (receivableNanos !== 0n || invoice.taxNanos !== 0n) {
      await postTransaction(system, {
        kind: reissue ? 'adjustment' : 'write_off',
        reference: reissue ? `void:${invoiceId}` : invoiceId,
        entries: [
          { organizationId, purpose: 'buyer_receivable', amountNanos: receivableNanos },
          { organizationId: null, purpose: 'tax', amountNanos: -invoice.taxNanos },
          {
            organizationId: null,
            purpose: 'platform_loss',
            amountNanos: invoice.taxNanos - receivableNanos,
          },
        ],
      });
    }
    await moveWallet(system, { organizationId, creditUsedNanos: -receivableNanos });
    const now = ctx.clock.date();
    const [voided] = await tx.db
      .update(invoices)
      .set({ status: 'void', voidedAt: now, nextAttemptAt: null, updatedAt: now })
      .where(eq(invoices.id, invoiceId))
      .returning();
    await appendAuditEvent(tx, {
      organizationId,
      action: 'invoice.voided',
      subjectId: invoiceId,
      after: { reason, reissue, due: invoice.dueNanos },
    });
    if (reissue) {
      const period = { organizationId, from: invoice.periodStart, to: invoice.periodEnd };
      await computeDraft(system, await insertDraft(system, period, invoice.timeZone));
    }
    await liftSuspension(tx, organizationId);
    await enqueue(tx.db, 'collect_invoice', { invoiceId }, { jobKey: `collect_invoice:${invoiceId}` });
    return voided!;
  });
}
