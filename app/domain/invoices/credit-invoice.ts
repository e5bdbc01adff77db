import { eq, sql } from 'drizzle-orm';
import { creditNotes, invoices, type CreditNote } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { lockWallet, moveWallet } from '../wallets/index.ts';
import { readBillingSettings } from './billing-settings.ts';
import { liftSuspension } from './credit-suspension.ts';
import { takeNumber } from './finalize-invoice.ts';
import { creditableNanos, isOpen, openNanos, taxPartOf } from './open-amount.ts';
import { asSystem, lockInvoice, readInvoice } from './own-invoice.ts';
import { creditInvoiceSchema, type CreditInvoiceInput } from './schemas.ts';

/**
 * Takes back all or a part of a finalized invoice by a credit note with a number of its own: what is
 * unpaid is owed no longer, what was paid goes to the wallet.
 * @throws AppError `conflict` when it is more than what is left, `not_found`.
 */
export async function creditInvoice(ctx: Context, input: CreditInvoiceInput): Promise<CreditNote> {
  const { userId } = requirePlatformAdmin(ctx);
  const { invoiceId, amountNanos, reason } = parseInput(creditInvoiceSchema, input);
  const { organizationId } = await readInvoice(ctx, invoiceId);
  return withTransaction(ctx, async (tx) => {
    const wallet = await lockWallet(tx, organizationId);
    const invoice = await lockInvoice(tx, invoiceId);
    const left = creditableNanos(invoice);
    const amount = amountNanos ?? left;
    if (amount <= 0n || amount > left) {
      throw new AppError('conflict', 'This is more than what is left of the invoice.', {
        issues: [{ field: 'amountNanos', reason: 'too_much_credit' }],
      });
    }
    const open = openNanos(invoice);
    const taxNanos = taxPartOf(invoice, amount, await creditedBefore(tx, invoiceId));
    const unpaid = amount < open ? amount : open;
    const receivableNanos = unpaid < wallet.creditUsedNanos ? unpaid : wallet.creditUsedNanos;
    const walletNanos = amount - receivableNanos;
    const id = newId('creditNote');
    const system = asSystem(tx, 'invoices');
    await postTransaction(system, {
      kind: 'credit_note',
      reference: id,
      entries: [
        { organizationId, purpose: 'buyer_receivable', amountNanos: receivableNanos },
        { organizationId, purpose: 'buyer_wallet', amountNanos: walletNanos },
        { organizationId: null, purpose: 'tax', amountNanos: -taxNanos },
        { organizationId: null, purpose: 'platform_loss', amountNanos: -(amount - taxNanos) },
      ],
    });
    await moveWallet(system, {
      organizationId,
      creditUsedNanos: -receivableNanos,
      availableNanos: walletNanos,
    });
    const now = ctx.clock.date();
    const creditedNanos = invoice.creditedNanos + amount;
    const isAll = creditedNanos === invoice.totalNanos;
    const isSettled = isOpen(invoice) && openNanos({ ...invoice, creditedNanos }) === 0n;
    await tx.db
      .update(invoices)
      .set({
        creditedNanos,
        ...(isSettled && { status: 'paid' as const, paidAt: now, nextAttemptAt: null }),
        ...(isAll && { status: 'refunded' as const }),
        updatedAt: now,
      })
      .where(eq(invoices.id, invoiceId));
    const { invoiceSeries } = await readBillingSettings(tx);
    const number = await takeNumber(tx, `${invoiceSeries}-CN`, `${invoiceSeries}-CN`);
    const [note] = await tx.db
      .insert(creditNotes)
      .values({
        id,
        number,
        invoiceId,
        organizationId,
        amountNanos: amount,
        taxNanos,
        reason,
        createdByUserId: userId,
        createdAt: now,
      })
      .returning();
    await appendAuditEvent(tx, {
      organizationId,
      action: 'invoice.credited',
      subjectId: invoiceId,
      after: { creditNote: number, amount, toWallet: walletNanos, reason },
    });
    if (isSettled || isAll) await liftSuspension(tx, organizationId);
    // Stripe asks for what is left from now on.
    if (unpaid > 0n) {
      await enqueue(tx.db, 'collect_invoice', { invoiceId }, { jobKey: `collect_invoice:${invoiceId}` });
    }
    await enqueue(tx.db, 'send_invoice_mail', { invoiceId, notice: 'credited' });
    return note!;
  });
}

async function creditedBefore(
  tx: Context,
  invoiceId: string,
): Promise<{ amountNanos: Nanos; taxNanos: Nanos }> {
  const [sums] = await tx.db
    .select({
      amount: sql<string>`coalesce(sum(${creditNotes.amountNanos}), 0)`,
      tax: sql<string>`coalesce(sum(${creditNotes.taxNanos}), 0)`,
    })
    .from(creditNotes)
    .where(eq(creditNotes.invoiceId, invoiceId));
  return { amountNanos: BigInt(sums?.amount ?? '0'), taxNanos: BigInt(sums?.tax ?? '0') };
}
