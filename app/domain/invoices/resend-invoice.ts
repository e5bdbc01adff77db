import { enqueue } from '../../../worker/jobs.ts';
import { AppError } from '../../lib/app-error.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { openNanos } from './open-amount.ts';
import { requireAnyInvoice } from './own-invoice.ts';

/** Writes to the buyer about a finalized invoice once more. @throws AppError `conflict`, `not_found`. */
export async function resendInvoice(ctx: Context, input: { invoiceId: string }): Promise<void> {
  requirePlatformAdmin(ctx);
  const invoice = await requireAnyInvoice(ctx, input);
  if (invoice.status === 'draft' || invoice.status === 'void') {
    throw new AppError('conflict', 'Only a finalized invoice can be sent.');
  }
  const isPastDue = invoice.status === 'past_due' && openNanos(invoice) > 0n;
  await withTransaction(ctx, async (tx) => {
    const notice = isPastDue ? 'reminder' : 'ready';
    await enqueue(tx.db, 'send_invoice_mail', { invoiceId: invoice.id, notice });
    await appendAuditEvent(tx, {
      organizationId: invoice.organizationId,
      action: 'invoice.resent',
      subjectId: invoice.id,
      after: { notice },
    });
  });
}
