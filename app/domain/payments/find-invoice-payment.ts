import type { Context } from '../context.ts';
import { callStripe, idOf } from './stripe-call.ts';

/** The payment intent that paid an invoice; null when it was paid without money. */
export async function findInvoicePayment(ctx: Context, invoiceId: string): Promise<string | null> {
  const paid = await callStripe(() =>
    ctx.payments.stripe.invoicePayments.list({ invoice: invoiceId, status: 'paid', limit: 1 }),
  );
  return idOf(paid.data[0]?.payment.payment_intent);
}
