/** Adjustments of a draft: one administrator asks, above a limit another one decides. */
import { and, eq } from 'drizzle-orm';
import { invoiceAdjustments, type InvoiceAdjustment } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { readBillingSettings } from './billing-settings.ts';
import { computeDraft } from './draft-invoice.ts';
import { asSystem, lockInvoice } from './own-invoice.ts';
import {
  adjustInvoiceSchema,
  decideAdjustmentSchema,
  type AdjustInvoiceInput,
  type DecideAdjustmentInput,
} from './schemas.ts';

/**
 * Puts an amount onto a draft, or takes it off, for a reason. Above the limit it waits for a second
 * administrator.
 * @throws AppError `conflict` when the invoice is finalized, `not_found`.
 */
export async function adjustInvoice(ctx: Context, input: AdjustInvoiceInput): Promise<InvoiceAdjustment> {
  const { userId } = requirePlatformAdmin(ctx);
  const { invoiceId, amountNanos, reason } = parseInput(adjustInvoiceSchema, input);
  return withTransaction(ctx, async (tx) => {
    const invoice = await lockInvoice(tx, invoiceId);
    if (invoice.status !== 'draft') throw new AppError('conflict', 'Only drafts can be adjusted.');
    const { secondApproverNanos } = await readBillingSettings(tx);
    const size = amountNanos < 0n ? -amountNanos : amountNanos;
    const isSmall = size <= secondApproverNanos;
    const [adjustment] = await tx.db
      .insert(invoiceAdjustments)
      .values({
        id: newId('invoiceAdjustment'),
        invoiceId,
        amountNanos,
        reason,
        status: isSmall ? 'approved' : 'pending',
        requestedByUserId: userId,
        decidedAt: isSmall ? ctx.clock.date() : null,
      })
      .returning();
    await appendAuditEvent(tx, {
      organizationId: invoice.organizationId,
      action: isSmall ? 'invoice.adjusted' : 'invoice.adjustment_requested',
      subjectId: invoiceId,
      after: { adjustmentId: adjustment!.id, amount: amountNanos, reason },
    });
    if (isSmall) await computeDraft(asSystem(tx, 'invoices'), invoice);
    return adjustment!;
  });
}

/**
 * A second administrator approves or rejects a large adjustment; never the one who asked, except to
 * take it back.
 * @throws AppError `forbidden`, `conflict`, `not_found`.
 */
export async function decideAdjustment(
  ctx: Context,
  input: DecideAdjustmentInput,
): Promise<InvoiceAdjustment> {
  const { userId } = requirePlatformAdmin(ctx);
  const { adjustmentId, decision } = parseInput(decideAdjustmentSchema, input);
  return withTransaction(ctx, async (tx) => {
    const own = eq(invoiceAdjustments.id, adjustmentId);
    const [asked] = await tx.db.select().from(invoiceAdjustments).where(own);
    if (!asked) throw new AppError('not_found', 'There is no such adjustment.');
    const invoice = await lockInvoice(tx, asked.invoiceId);
    if (decision === 'approve' && asked.requestedByUserId === userId) {
      throw new AppError('forbidden', 'Another administrator has to approve this: you asked for it.');
    }
    if (invoice.status !== 'draft') throw new AppError('conflict', 'Only drafts can be adjusted.');
    const [decided] = await tx.db
      .update(invoiceAdjustments)
      .set({
        status: decision === 'approve' ? 'approved' : 'rejected',
        decidedByUserId: userId,
        decidedAt: ctx.clock.date(),
      })
      .where(and(own, eq(invoiceAdjustments.status, 'pending')))
      .returning();
    if (!decided) throw new AppError('conflict', 'This adjustment was decided before.');
    await appendAuditEvent(tx, {
      organizationId: invoice.organizationId,
      action: decision === 'approve' ? 'invoice.adjusted' : 'invoice.adjustment_rejected',
      subjectId: invoice.id,
      after: { adjustmentId, amount: decided.amountNanos, reason: decided.reason },
    });
    await computeDraft(asSystem(tx, 'invoices'), invoice);
    return decided;
  });
}
