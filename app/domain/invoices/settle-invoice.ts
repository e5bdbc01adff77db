/** Money that came for an invoice: booked once, whatever way it came. */
import { and, eq, isNull } from 'drizzle-orm';
import type Stripe from 'stripe';
import { invoices, type Invoice } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { fromCents, type Nanos } from '../../lib/money.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { withTransaction, type Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { callStripe, findCustomer, idOf } from '../payments/index.ts';
import { moveWallet, lockWallet } from '../wallets/index.ts';
import { liftSuspension } from './credit-suspension.ts';
import { openNanos } from './open-amount.ts';
import { asSystem, lockInvoice } from './own-invoice.ts';

/** What Stripe says about one of its invoices, applied to ours; others' are left alone. */
export async function applyStripeInvoice(ctx: Context, stripeInvoiceId: string): Promise<void> {
  const remote = await callStripe(() => ctx.payments.stripe.invoices.retrieve(stripeInvoiceId));
  const invoice = await findByStripe(ctx, remote);
  if (!invoice) return;
  if (remote.status === 'paid' && remote.amount_paid > 0) await settle(ctx, invoice, remote);
}

/** A failed payment is a reason to write to the buyer, once per try. */
export async function applyFailedStripeInvoice(ctx: Context, stripeInvoiceId: string): Promise<void> {
  const remote = await callStripe(() => ctx.payments.stripe.invoices.retrieve(stripeInvoiceId));
  const invoice = await findByStripe(ctx, remote);
  if (!invoice || remote.status !== 'open') return;
  await notePaymentFailure(ctx, invoice.id, remote.attempt_count, 'payment_failed');
}

/** Notes that a try failed; the same try is told of once, whoever hears of it first. */
export async function notePaymentFailure(
  ctx: Context,
  invoiceId: string,
  attempt: number,
  reason: string,
): Promise<void> {
  await withTransaction(ctx, async (tx) => {
    const invoice = await lockInvoice(tx, invoiceId);
    if (openNanos(invoice) === 0n || attempt <= invoice.attempts) return;
    await tx.db
      .update(invoices)
      .set({ attempts: attempt, lastError: reason.slice(0, 200), updatedAt: ctx.clock.date() })
      .where(eq(invoices.id, invoiceId));
    await appendAuditEvent(tx, {
      organizationId: invoice.organizationId,
      action: 'invoice.payment_failed',
      subjectId: invoiceId,
      after: { attempt, reason },
    });
    await enqueue(tx.db, 'send_invoice_mail', { invoiceId, notice: 'payment_failed' });
  });
}

async function findByStripe(ctx: Context, remote: Stripe.Invoice): Promise<Invoice | null> {
  const [known] = await ctx.db.select().from(invoices).where(eq(invoices.stripeInvoiceId, remote.id));
  if (known) return known;
  const named = remote.metadata?.['tollgate_invoice_id'];
  if (!named) return null;
  // A crash can come between Stripe's answer and our noting it.
  const [waiting] = await ctx.db
    .select()
    .from(invoices)
    .where(and(eq(invoices.id, named), isNull(invoices.stripeInvoiceId)));
  return waiting ?? null;
}

async function settle(ctx: Context, invoice: Invoice, remote: Stripe.Invoice): Promise<void> {
  const customer = await findCustomer(ctx, invoice.organizationId);
  if (customer === null || idOf(remote.customer) !== customer) {
    return refuse(ctx, invoice, remote, 'other_customer');
  }
  if (remote.currency.toUpperCase() !== invoice.currency)
    return refuse(ctx, invoice, remote, 'other_currency');
  await bookPayment(ctx, {
    invoiceId: invoice.id,
    reference: remote.id,
    amountNanos: fromCents(remote.amount_paid),
    audit: { action: 'invoice.paid', after: { stripeInvoiceId: remote.id } },
  });
}

async function refuse(ctx: Context, invoice: Invoice, remote: Stripe.Invoice, reason: string) {
  ctx.logger.error({ invoiceId: invoice.id, reason }, 'a payment does not fit its invoice');
  await appendAuditEvent(ctx, {
    organizationId: invoice.organizationId,
    action: 'payment.refuse',
    subjectId: invoice.id,
    after: { reason, stripeInvoiceId: remote.id },
  });
}

export interface Payment {
  invoiceId: string;
  /** Of what was paid with; the same is booked once. */
  reference: string;
  amountNanos: Nanos;
  audit: { action: string; after: Record<string, unknown> };
}

/** Books money received. What is more than was open goes to the wallet: it is the buyer's. */
export async function bookPayment(ctx: Context, payment: Payment): Promise<void> {
  const { invoiceId, reference, amountNanos, audit } = payment;
  const [row] = await ctx.db
    .select({ organizationId: invoices.organizationId })
    .from(invoices)
    .where(eq(invoices.id, invoiceId));
  if (!row) return;
  const { organizationId } = row;
  await withTransaction(ctx, async (tx) => {
    const wallet = await lockWallet(tx, organizationId);
    const invoice = await lockInvoice(tx, invoiceId);
    const open = openNanos(invoice);
    const forInvoice = amountNanos < open ? amountNanos : open;
    // A refund meanwhile may have made less owed than the paper asks for.
    const receivableNanos = forInvoice < wallet.creditUsedNanos ? forInvoice : wallet.creditUsedNanos;
    const walletNanos = amountNanos - receivableNanos;
    const posted = await postTransaction(asSystem(tx, 'invoices'), {
      kind: 'invoice_payment',
      reference: `${invoiceId}:${reference}`,
      entries: [
        { organizationId, purpose: 'buyer_receivable', amountNanos: receivableNanos },
        { organizationId, purpose: 'buyer_wallet', amountNanos: walletNanos },
        { organizationId: null, purpose: 'processor_clearing', amountNanos: -amountNanos },
      ],
    });
    if (posted === null) return;
    await moveWallet(asSystem(tx, 'invoices'), {
      organizationId,
      creditUsedNanos: -receivableNanos,
      availableNanos: walletNanos,
    });
    const paidNanos = invoice.paidNanos + forInvoice;
    const isPaid = open > 0n && forInvoice === open;
    await tx.db
      .update(invoices)
      .set({
        paidNanos,
        ...(isPaid && {
          status: 'paid' as const,
          paidAt: ctx.clock.date(),
          nextAttemptAt: null,
          lastError: null,
        }),
        updatedAt: ctx.clock.date(),
      })
      .where(eq(invoices.id, invoiceId));
    await appendAuditEvent(tx, {
      organizationId,
      action: audit.action,
      subjectId: invoiceId,
      after: { ...audit.after, amount: amountNanos, toWallet: walletNanos },
    });
    if (isPaid) {
      await enqueue(tx.db, 'send_invoice_mail', { invoiceId, notice: 'paid' });
      await liftSuspension(tx, organizationId);
    }
  });
}
