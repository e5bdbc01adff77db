import { and, asc, inArray, lte, eq } from 'drizzle-orm';
import { invoices, paymentMethods } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { lockWallet } from '../wallets/index.ts';
import { readBillingSettings } from './billing-settings.ts';
import { suspendCredit } from './credit-suspension.ts';
import { nextDunningStep } from './dunning.ts';
import { openNanos } from './open-amount.ts';
import { lockInvoice } from './own-invoice.ts';

/**
 * Takes the next step with every invoice whose time has come: past due, another try and a reminder, and
 * in the end the suspension.
 * @returns how many invoices took one.
 */
export async function dunInvoices(ctx: Context): Promise<{ steps: number }> {
  requireSystem(ctx);
  const waiting = await ctx.db
    .select({ id: invoices.id, organizationId: invoices.organizationId })
    .from(invoices)
    .where(
      and(inArray(invoices.status, ['finalized', 'past_due']), lte(invoices.nextAttemptAt, ctx.clock.date())),
    )
    .orderBy(asc(invoices.nextAttemptAt), asc(invoices.id));
  let steps = 0;
  for (const { id, organizationId } of waiting) {
    if (await takeStep(ctx, id, organizationId)) steps++;
  }
  return { steps };
}

async function takeStep(ctx: Context, invoiceId: string, organizationId: string): Promise<boolean> {
  return withTransaction(ctx, async (tx) => {
    await lockWallet(tx, organizationId);
    const invoice = await lockInvoice(tx, invoiceId);
    const now = ctx.clock.date();
    const { nextAttemptAt, dueAt } = invoice;
    // Another worker was first, or it was paid.
    if (openNanos(invoice) === 0n || !dueAt || !nextAttemptAt || nextAttemptAt > now) return false;
    const next = nextDunningStep(dueAt, await readBillingSettings(tx), now);
    await tx.db
      .update(invoices)
      .set({ status: 'past_due', nextAttemptAt: next?.at ?? null, updatedAt: now })
      .where(eq(invoices.id, invoiceId));
    if (invoice.status !== 'past_due') {
      await appendAuditEvent(tx, {
        organizationId,
        action: 'invoice.past_due',
        subjectId: invoiceId,
        after: { dueAt: dueAt.toISOString() },
      });
    }
    if (!next) {
      await suspendCredit(tx, { ...invoice, status: 'past_due' });
      return true;
    }
    // A card that fails is written about by itself.
    if (!(await hasCard(tx, organizationId))) {
      await enqueue(tx.db, 'send_invoice_mail', { invoiceId, notice: 'reminder' });
    }
    await enqueue(tx.db, 'collect_invoice', { invoiceId }, { jobKey: `collect_invoice:${invoiceId}` });
    return true;
  });
}

async function hasCard(tx: Context, organizationId: string): Promise<boolean> {
  const [card] = await tx.db
    .select({ id: paymentMethods.id })
    .from(paymentMethods)
    .where(and(eq(paymentMethods.organizationId, organizationId), eq(paymentMethods.isDefault, true)));
  return card !== undefined;
}
