/** Finalizing: the number is given, the paper frozen, what is owed posted to the cent. */
import { and, eq, sql } from 'drizzle-orm';
import { invoiceAdjustments, invoices, type Invoice } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, requireSystem, withTransaction, type Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { lockWallet, moveWallet } from '../wallets/index.ts';
import { readBillingSettings } from './billing-settings.ts';
import { computeDraft } from './draft-invoice.ts';
import { addDays, nextDunningStep } from './dunning.ts';
import { finalizationEntries } from './invoice-totals.ts';
import { asSystem, lockInvoice, readInvoice } from './own-invoice.ts';
import { invoiceIdSchema } from './schemas.ts';

const HOUR_MS = 3_600_000;
const NUMBER_DIGITS = 6;

/** An administrator has looked at a draft and finalizes it. @throws AppError `conflict`, `not_found`. */
export async function approveInvoice(ctx: Context, input: { invoiceId: string }): Promise<Invoice> {
  const { userId } = requirePlatformAdmin(ctx);
  const { invoiceId } = parseInput(invoiceIdSchema, input);
  const invoice = await finalize(ctx, invoiceId, userId);
  if (!invoice) throw new AppError('conflict', 'Nothing is left on this draft.');
  return invoice;
}

/**
 * Finalizes a draft without a review, when administrators allow that up to its total.
 * @returns null when it is not (any more) one to finalize.
 */
export async function autoFinalizeInvoice(ctx: Context, { invoiceId }: { invoiceId: string }) {
  requireSystem(ctx);
  const { autoFinalizeNanos } = await readBillingSettings(ctx);
  const invoice = await readInvoice(ctx, invoiceId);
  if (invoice.status !== 'draft' || autoFinalizeNanos === null) return null;
  return finalize(ctx, invoiceId, null, autoFinalizeNanos);
}

async function finalize(
  ctx: Context,
  invoiceId: string,
  approvedByUserId: string | null,
  limitNanos?: bigint,
): Promise<Invoice | null> {
  const { organizationId } = await readInvoice(ctx, invoiceId);
  return withTransaction(ctx, async (tx) => {
    await lockWallet(tx, organizationId);
    const draft = await lockInvoice(tx, invoiceId);
    const settings = await readBillingSettings(tx);
    if (limitNanos !== undefined && !(await mayPassUnseen(tx, draft, settings.invoiceDraftHours)))
      return null;
    await assertReady(tx, draft, settings.invoiceDraftHours);
    const computed = await computeDraft(asSystem(tx, 'invoices'), draft);
    if (!computed) return null;
    if (limitNanos !== undefined && computed.totals.totalNanos > limitNanos) return null;
    const { totals, creditNanos, adjustmentNanos } = computed;
    const entries = finalizationEntries(totals, { creditNanos, adjustmentNanos });
    await moveWallet(asSystem(tx, 'invoices'), {
      organizationId,
      creditUsedNanos: -entries.receivableNanos,
      availableNanos: entries.walletNanos,
    });
    await post(asSystem(tx, 'invoices'), draft, entries);
    const now = ctx.clock.date();
    const isPaid = totals.dueNanos === 0n;
    const dueAt = addDays(now, settings.invoiceDueDays);
    const step = isPaid ? null : nextDunningStep(dueAt, settings, now);
    const number = await takeNumber(tx, settings.invoiceSeries, settings.invoiceSeries);
    const [finalized] = await tx.db
      .update(invoices)
      .set({
        number,
        status: isPaid ? 'paid' : 'finalized',
        issuer: settings.issuer,
        approvedByUserId,
        finalizedAt: now,
        dueAt,
        paidAt: isPaid ? now : null,
        nextAttemptAt: step?.at ?? null,
        updatedAt: now,
      })
      .where(eq(invoices.id, invoiceId))
      .returning();
    await appendAuditEvent(tx, {
      organizationId,
      action: 'invoice.finalized',
      subjectId: invoiceId,
      after: { number, total: totals.totalNanos, due: totals.dueNanos, reviewed: approvedByUserId !== null },
    });
    await enqueue(tx.db, 'send_invoice_mail', { invoiceId, notice: 'ready' });
    if (!isPaid)
      await enqueue(tx.db, 'collect_invoice', { invoiceId }, { jobKey: `collect_invoice:${invoiceId}` });
    return finalized!;
  });
}

async function hasPendingAdjustments(tx: Context, invoiceId: string): Promise<boolean> {
  const [pending] = await tx.db
    .select({ id: invoiceAdjustments.id })
    .from(invoiceAdjustments)
    .where(and(eq(invoiceAdjustments.invoiceId, invoiceId), eq(invoiceAdjustments.status, 'pending')))
    .limit(1);
  return pending !== undefined;
}

/** When events that come late are no longer waited for. */
export function windowEndsAt(invoice: Pick<Invoice, 'periodEnd'>, draftHours: number): Date {
  return new Date(invoice.periodEnd.getTime() + draftHours * HOUR_MS);
}

async function mayPassUnseen(tx: Context, draft: Invoice, draftHours: number): Promise<boolean> {
  if (draft.status !== 'draft' || tx.clock.date() < windowEndsAt(draft, draftHours)) return false;
  return !(await hasPendingAdjustments(tx, draft.id));
}

async function assertReady(tx: Context, draft: Invoice, draftHours: number): Promise<void> {
  if (draft.status !== 'draft') throw new AppError('conflict', 'This invoice is finalized already.');
  if (tx.clock.date() < windowEndsAt(draft, draftHours)) {
    throw new AppError(
      'conflict',
      'Late usage is still waited for; finalize this draft when its window is over.',
    );
  }
  if (await hasPendingAdjustments(tx, draft.id)) {
    throw new AppError('conflict', 'An adjustment still waits for a second administrator.');
  }
}

async function post(
  tx: Context,
  { id, organizationId }: Invoice,
  entries: ReturnType<typeof finalizationEntries>,
): Promise<void> {
  const all = [
    { organizationId, purpose: 'buyer_receivable' as const, amountNanos: entries.receivableNanos },
    { organizationId, purpose: 'buyer_wallet' as const, amountNanos: entries.walletNanos },
    { organizationId: null, purpose: 'tax' as const, amountNanos: entries.taxNanos },
    { organizationId: null, purpose: 'platform_loss' as const, amountNanos: entries.platformNanos },
  ];
  if (all.every((entry) => entry.amountNanos === 0n)) return;
  await postTransaction(tx, { kind: 'invoice_finalization', reference: id, entries: all });
}

/** The next number of a series, in the transaction that uses it: if that fails, the number is not taken. */
export async function takeNumber(tx: Pick<Context, 'db'>, series: string, prefix: string): Promise<string> {
  const [row] = await tx.db.execute<{ number: string }>(
    sql`select next_number(${`invoice:${series}`})::text as number`,
  );
  return `${prefix}-${row!.number.padStart(NUMBER_DIGITS, '0')}`;
}
