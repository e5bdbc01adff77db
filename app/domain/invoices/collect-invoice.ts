/** Stripe's side of an invoice: made when something is due, paid from the saved card, taken back when it is void. */
import { and, eq } from 'drizzle-orm';
import type Stripe from 'stripe';
import { invoices, paymentMethods, type Invoice } from '../../../db/schema/index.ts';
import { AppError, isAppError } from '../../lib/app-error.ts';
import { toCents } from '../../lib/money.ts';
import { pushBillingProfile } from '../billing-profiles/index.ts';
import { requireRole, requireSystem, type Context } from '../context.ts';
import {
  callStripe,
  createdSince,
  ensureCustomer,
  findByOperation,
  isRefusal,
  runStripeOperation,
} from '../payments/index.ts';
import { openNanos } from './open-amount.ts';
import { asSystem, readInvoice, requireOwnInvoice } from './own-invoice.ts';
import { applyStripeInvoice, notePaymentFailure } from './settle-invoice.ts';

/**
 * Brings Stripe to where our invoice is, and tries to collect what is open from the saved payment
 * method. Repeating it is safe; never inside a transaction.
 * @throws AppError `payment_unavailable`, so that the job is tried again.
 */
export async function collectInvoice(ctx: Context, { invoiceId }: { invoiceId: string }): Promise<void> {
  requireSystem(ctx);
  const remote = await syncStripeInvoice(ctx, invoiceId);
  if (!remote || remote.status !== 'open') return;
  const invoice = await readInvoice(ctx, invoiceId);
  const [card] = await ctx.db
    .select({ id: paymentMethods.id })
    .from(paymentMethods)
    .where(
      and(eq(paymentMethods.organizationId, invoice.organizationId), eq(paymentMethods.isDefault, true)),
    );
  if (!card) return;
  await payFromCard(ctx, invoice, remote.id, card.id);
}

/** Once per try: its number is part of the operation, so that a job run twice charges once. */
async function payFromCard(ctx: Context, invoice: Invoice, remoteId: string, cardId: string): Promise<void> {
  const attempt = invoice.attempts + 1;
  try {
    await runStripeOperation(
      ctx,
      {
        kind: 'invoice_payment',
        subjectId: `${invoice.id}:${remoteId}:${attempt}`,
        organizationId: invoice.organizationId,
        parameters: { payment_method: cardId, off_session: true },
      },
      (stripe, parameters, idempotencyKey) => stripe.invoices.pay(remoteId, parameters, { idempotencyKey }),
      async (stripe) => {
        const remote = await stripe.invoices.retrieve(remoteId);
        return remote.status === 'paid' ? remote : null;
      },
    );
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const reason = isAppError(error) ? String(error.details?.['reason'] ?? error.code) : 'declined';
    ctx.logger.warn({ invoiceId: invoice.id, attempt, reason }, 'an invoice was not paid');
    return notePaymentFailure(ctx, invoice.id, attempt, reason);
  }
  await applyStripeInvoice(ctx, remoteId);
}

/** Makes, replaces or voids Stripe's invoice, so that it asks for what is open. */
async function syncStripeInvoice(ctx: Context, invoiceId: string): Promise<Stripe.Invoice | null> {
  const { stripe } = ctx.payments;
  let invoice = await readInvoice(ctx, invoiceId);
  if (invoice.status === 'draft') return null;
  if (invoice.stripeInvoiceId) {
    const known = invoice.stripeInvoiceId;
    const remote = await callStripe(() => stripe.invoices.retrieve(known));
    if (remote.status === 'paid') {
      await applyStripeInvoice(ctx, remote.id);
      return remote;
    }
    const open = openNanos(invoice);
    if (open > 0n && remote.status === 'open' && remote.amount_remaining === toCents(open)) return remote;
    if (remote.status === 'open') {
      await callStripe(() => stripe.invoices.voidInvoice(known, {}, { idempotencyKey: `void:${known}` }));
    }
    await ctx.db
      .update(invoices)
      .set({ stripeInvoiceId: null })
      .where(and(eq(invoices.id, invoiceId), eq(invoices.stripeInvoiceId, known)));
    invoice = await readInvoice(ctx, invoiceId);
  }
  if (openNanos(invoice) === 0n) return null;
  return createStripeInvoice(ctx, invoice);
}

async function createStripeInvoice(ctx: Context, invoice: Invoice): Promise<Stripe.Invoice> {
  const { organizationId, id: invoiceId, currency } = invoice;
  const customer = await ensureCustomer(ctx, organizationId);
  await pushBillingProfile(asSystem(ctx, 'invoices'), { organizationId });
  const cents = toCents(openNanos(invoice));
  const metadata = { tollgate_invoice_id: invoiceId, organization_id: organizationId };
  const about = { organizationId, subjectId: `${invoiceId}:${cents}` };
  const remoteId = await runStripeOperation(
    ctx,
    {
      kind: 'invoice',
      ...about,
      parameters: {
        customer,
        currency: currency.toLowerCase(),
        // Our own schedule decides about tries, mails and the end.
        auto_advance: false,
        collection_method: 'charge_automatically' as const,
        pending_invoice_items_behavior: 'exclude' as const,
        description: invoice.number ?? invoiceId,
        metadata,
      },
    },
    (stripe, parameters, idempotencyKey) =>
      stripe.invoices.create(
        { ...parameters, metadata: { ...parameters.metadata, operation_id: idempotencyKey } },
        { idempotencyKey },
      ),
    (stripe, parameters, operation) =>
      findByOperation(
        stripe.invoices.list({
          customer: parameters.customer,
          created: createdSince(operation),
          limit: 100,
        }),
        operation.id,
      ),
  );
  await runStripeOperation(
    ctx,
    {
      kind: 'invoice_item',
      ...about,
      parameters: {
        customer,
        invoice: remoteId,
        currency: currency.toLowerCase(),
        amount: cents,
        description: invoice.number ?? invoiceId,
        metadata,
      },
    },
    (stripe, parameters, idempotencyKey) => stripe.invoiceItems.create(parameters, { idempotencyKey }),
    async (stripe) => (await stripe.invoiceItems.list({ invoice: remoteId, limit: 1 })).data[0] ?? null,
  );
  await runStripeOperation(
    ctx,
    { kind: 'invoice_finalize', ...about, parameters: { auto_advance: false } },
    (stripe, parameters, idempotencyKey) =>
      stripe.invoices.finalizeInvoice(remoteId, parameters, { idempotencyKey }),
    async (stripe) => {
      const remote = await stripe.invoices.retrieve(remoteId);
      return remote.status === 'draft' ? null : remote;
    },
  );
  await ctx.db.update(invoices).set({ stripeInvoiceId: remoteId }).where(eq(invoices.id, invoiceId));
  return callStripe(() => ctx.payments.stripe.invoices.retrieve(remoteId));
}

/**
 * Where members of the buyer pay an invoice themselves: Stripe's page of it.
 * @throws AppError `conflict` when nothing is open, `forbidden`, `not_found`, `payment_unavailable`.
 */
export async function payInvoice(ctx: Context, input: { invoiceId: string }): Promise<{ url: string }> {
  requireRole(ctx, ['admin', 'billing']);
  const invoice = await requireOwnInvoice(ctx, input);
  if (openNanos(invoice) === 0n) throw new AppError('conflict', 'Nothing is left to pay of this invoice.');
  const remote = await syncStripeInvoice(ctx, invoice.id);
  if (!remote?.hosted_invoice_url || remote.status !== 'open') {
    throw new AppError('conflict', 'This invoice was paid in the meantime.');
  }
  return { url: remote.hosted_invoice_url };
}
