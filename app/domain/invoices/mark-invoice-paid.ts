import type { Invoice } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { openNanos } from './open-amount.ts';
import { readInvoice } from './own-invoice.ts';
import { markInvoicePaidSchema, type MarkInvoicePaidInput } from './schemas.ts';
import { bookPayment } from './settle-invoice.ts';

/**
 * Notes that what is open came by another way, such as a bank transfer.
 * @throws AppError `conflict` when nothing is open, `not_found`.
 */
export async function markInvoicePaid(ctx: Context, input: MarkInvoicePaidInput): Promise<Invoice> {
  requirePlatformAdmin(ctx);
  const { invoiceId, reason } = parseInput(markInvoicePaidSchema, input);
  const invoice = await readInvoice(ctx, invoiceId);
  const amountNanos = openNanos(invoice);
  if (amountNanos === 0n) throw new AppError('conflict', 'Nothing is left to pay of this invoice.');
  await bookPayment(ctx, {
    invoiceId,
    // One transfer settles it; a second click finds the same reference.
    reference: `transfer:${invoice.creditedNanos}`,
    amountNanos,
    audit: { action: 'invoice.marked_paid', after: { reason } },
  });
  // Stripe's invoice must not be paid as well.
  await enqueue(ctx.db, 'collect_invoice', { invoiceId }, { jobKey: `collect_invoice:${invoiceId}` });
  return readInvoice(ctx, invoiceId);
}
