/** Invoices: draft, open, paid, void, uncollectible. */
import { emitEvent, newBase, pageUrl, type SandboxCore } from '../core.ts';
import type {
  Customer,
  Invoice,
  InvoiceItem,
  InvoiceLine,
  InvoicePayment,
  PaymentIntent,
  PaymentMethod,
  Subscription,
} from '../objects.ts';
import {
  confirmPayment,
  createPayment,
  SMALLEST_CHARGE_CENTS,
  type Confirmed,
  type ConfirmOptions,
} from '../payments/confirm-payment.ts';
import { invalidRequest } from '../sandbox-error.ts';
import { lineOfInvoiceItem, withLines } from './invoice-lines.ts';
import { recoverSubscription, subscriptionPaymentFailed } from './subscription-status.ts';

const HOUR = 3_600;
const DAY = 86_400;
/** Days after a failed attempt at which the next follows; then the subscription is canceled. */
export const RETRY_DAYS = [3, 5, 7];

export interface NewInvoice {
  customer: string;
  currency: string;
  billingReason: NonNullable<Invoice['billing_reason']>;
  autoAdvance: boolean;
  collectionMethod?: Invoice['collection_method'];
  daysUntilDue?: number;
  dueDate?: number;
  defaultPaymentMethod?: string | null;
  description?: string | null;
  discounts?: string[];
  metadata?: Record<string, string>;
  subscription?: Subscription | null;
  period?: { start: number; end: number };
  footer?: string | null;
}

/** Not stored, so that a preview can be made of the same stuff. */
export function buildInvoice(core: SandboxCore, customer: Customer, fields: NewInvoice): Invoice {
  const base = newBase(core, 'in', 'invoice');
  const now = core.now();
  const dueIn = fields.daysUntilDue === undefined ? null : now + fields.daysUntilDue * DAY;
  const finalizesAt = fields.autoAdvance ? now + HOUR : null;
  return {
    ...base,
    account_country: 'US',
    account_name: 'Tollgate',
    account_tax_ids: null,
    amount_due: 0,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: 0,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: fields.autoAdvance,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: finalizesAt,
    billing_reason: fields.billingReason,
    collection_method: fields.collectionMethod ?? 'charge_automatically',
    currency: fields.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: null,
    customer_tax_exempt: customer.tax_exempt ?? 'none',
    customer_tax_ids: [],
    default_payment_method: fields.defaultPaymentMethod ?? null,
    default_source: null,
    default_tax_rates: [],
    description: fields.description ?? null,
    discounts: fields.discounts ?? [],
    due_date: fields.dueDate ?? dueIn,
    effective_at: null,
    ending_balance: null,
    footer: fields.footer ?? null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: { object: 'list', data: [], has_more: false, url: `/v1/invoices/${base.id}/lines` },
    metadata: fields.metadata ?? {},
    next_payment_attempt: finalizesAt,
    number: null,
    on_behalf_of: null,
    parent: fields.subscription
      ? {
          quote_details: null,
          subscription_details: {
            metadata: fields.subscription.metadata,
            subscription: fields.subscription.id,
          },
          type: 'subscription_details',
        }
      : null,
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: fields.period?.end ?? now,
    period_start: fields.period?.start ?? now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: customer.balance,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: 0,
    subtotal_excluding_tax: 0,
    test_clock: core.testClock,
    total: 0,
    total_discount_amounts: [],
    total_excluding_tax: 0,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
    sandbox: { dueAt: finalizesAt, clock: core.testClock, paymentIntent: null },
  };
}

/** A draft with these lines and the customer's pending invoice items. */
export async function createInvoice(
  core: SandboxCore,
  fields: NewInvoice,
  lines: InvoiceLine[],
  pending: InvoiceItem[] = [],
): Promise<Invoice> {
  const customer = await core.state.get<Customer>('customer', fields.customer);
  const draft = buildInvoice(core, customer, fields);
  const invoice = await withLines(core, draft, [...pending.map(lineOfInvoiceItem), ...lines]);
  await core.state.put(invoice);
  for (const item of pending) await core.state.put<InvoiceItem>({ ...item, invoice: invoice.id });
  await emitEvent(core, 'invoice.created', invoice);
  return invoice;
}

/** Invoice items that wait for the next invoice: of the subscription, or of none. */
export async function pendingItems(
  core: SandboxCore,
  customer: string,
  subscription: string | null,
): Promise<InvoiceItem[]> {
  const items = await core.state.list<InvoiceItem>('invoiceitem', { match: { customer, invoice: null } });
  const fits = (item: InvoiceItem) =>
    item.sandbox.subscription === subscription ||
    (subscription !== null && item.sandbox.subscription === null);
  return items.filter(fits).reverse();
}

/** Gives the invoice its number and its payment; nothing to pay is paid. */
export async function finalizeInvoice(core: SandboxCore, draft: Invoice): Promise<Invoice> {
  if (draft.status !== 'draft') {
    throw invalidRequest(
      "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
      undefined,
      'invoice_not_editable',
    );
  }
  const customer = await core.state.lock<Customer>('customer', draft.customer ?? '');
  const { amountDue, balance } = settleBalance(draft.total, customer.balance);
  const sequence = customer.next_invoice_sequence ?? 1;
  await core.state.put<Customer>({ ...customer, balance, next_invoice_sequence: sequence + 1 });
  const now = core.now();
  let invoice: Invoice = {
    ...draft,
    amount_due: amountDue,
    amount_remaining: amountDue,
    automatically_finalizes_at: null,
    effective_at: now,
    ending_balance: balance,
    starting_balance: customer.balance,
    hosted_invoice_url: pageUrl(core, `invoices/${draft.id}`),
    invoice_pdf: pageUrl(core, `invoices/${draft.id}/pdf`),
    next_payment_attempt: null,
    number: `${customer.invoice_prefix ?? 'TOLLGATE'}-${String(sequence).padStart(4, '0')}`,
    status: 'open',
    status_transitions: { ...draft.status_transitions, finalized_at: now },
    sandbox: { ...draft.sandbox, dueAt: null },
  };
  if (amountDue > 0) invoice = await attachPayment(core, invoice);
  await core.state.put(invoice);
  await emitEvent(core, 'invoice.finalized', invoice);
  return amountDue === 0 ? markPaid(core, invoice, 0) : invoice;
}

/** The customer's credit pays first; what is too small to charge waits on the balance. */
function settleBalance(total: number, balance: number): { amountDue: number; balance: number } {
  if (total < 0) return { amountDue: 0, balance: balance + total };
  const owed = total + balance;
  if (owed <= 0) return { amountDue: 0, balance: owed };
  if (owed < SMALLEST_CHARGE_CENTS) return { amountDue: 0, balance: owed };
  return { amountDue: owed, balance: 0 };
}

async function attachPayment(core: SandboxCore, invoice: Invoice): Promise<Invoice> {
  const payment = await createPayment(core, {
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: invoice.customer,
    description: invoice.parent ? 'Subscription update' : `Payment for Invoice ${invoice.number ?? ''}`,
    invoice: invoice.id,
  });
  await core.state.put<InvoicePayment>({
    ...newBase(core, 'inpay', 'invoice_payment'),
    amount_paid: null,
    amount_requested: invoice.amount_due,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    payment: { payment_intent: payment.id, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  });
  return { ...invoice, sandbox: { ...invoice.sandbox, paymentIntent: payment.id } };
}

async function markPaid(core: SandboxCore, invoice: Invoice, amount: number): Promise<Invoice> {
  const now = core.now();
  const paid = await core.state.put<Invoice>({
    ...invoice,
    amount_paid: invoice.amount_paid + amount,
    amount_remaining: 0,
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status: 'paid',
    status_transitions: { ...invoice.status_transitions, paid_at: now },
    sandbox: { ...invoice.sandbox, dueAt: null },
  });
  const [payment] = await core.state.list<InvoicePayment>('invoice_payment', {
    match: { invoice: invoice.id, status: 'open' },
  });
  if (payment) {
    const isPaid = amount > 0;
    await core.state.put<InvoicePayment>({
      ...payment,
      amount_paid: isPaid ? amount : null,
      status: isPaid ? 'paid' : 'canceled',
      status_transitions: { canceled_at: isPaid ? null : now, paid_at: isPaid ? now : null },
    });
  }
  await emitEvent(core, 'invoice.paid', paid);
  await emitEvent(core, 'invoice.payment_succeeded', paid);
  await recoverSubscription(core, paid);
  return paid;
}

/** The card that pays: the invoice's, the subscription's, the customer's. */
export async function defaultMethodOf(core: SandboxCore, invoice: Invoice): Promise<string | null> {
  if (invoice.default_payment_method) return invoice.default_payment_method;
  const subscriptionId = invoice.parent?.subscription_details?.subscription;
  if (subscriptionId) {
    const subscription = await core.state.find<Subscription>('subscription', String(subscriptionId));
    if (subscription?.default_payment_method) return subscription.default_payment_method;
  }
  const customer = await core.state.find<Customer>('customer', invoice.customer ?? '');
  const method = customer?.invoice_settings.default_payment_method;
  return method ? String(method) : null;
}

/** Tries to collect an open invoice. `refusal` without a card: there is none to try. */
export async function collectInvoice(
  core: SandboxCore,
  invoice: Invoice,
  options: ConfirmOptions,
): Promise<{ invoice: Invoice; confirmed: Confirmed | null }> {
  const paymentMethod = options.paymentMethod ?? (await defaultMethodOf(core, invoice));
  const isThere =
    paymentMethod !== null &&
    (paymentMethod.startsWith('pm_card_') ||
      (await core.state.find<PaymentMethod>('payment_method', paymentMethod)) !== null);
  if (!isThere || !invoice.sandbox.paymentIntent)
    return { invoice: await paymentFailed(core, invoice, false), confirmed: null };
  const payment = await core.state.lock<PaymentIntent>('payment_intent', invoice.sandbox.paymentIntent);
  const confirmed = await confirmPayment(core, payment, { ...options, paymentMethod });
  return { invoice: await applyPayment(core, invoice, confirmed), confirmed };
}

/** What a try to pay means for the invoice, wherever it was made. */
export async function applyPayment(
  core: SandboxCore,
  invoice: Invoice,
  confirmed: Confirmed,
): Promise<Invoice> {
  if (invoice.status !== 'open') return invoice;
  const { payment, refusal } = confirmed;
  if (payment.status === 'succeeded') {
    const attempted = { ...invoice, attempt_count: invoice.attempt_count + 1 };
    return markPaid(core, attempted, payment.amount_received);
  }
  if (payment.status === 'requires_action') {
    const waiting = await core.state.put<Invoice>({ ...invoice, attempted: true });
    await emitEvent(core, 'invoice.payment_action_required', waiting);
    return waiting;
  }
  return paymentFailed(core, invoice, refusal?.code === 'authentication_required');
}

async function paymentFailed(core: SandboxCore, invoice: Invoice, needsAction: boolean): Promise<Invoice> {
  const attempts = invoice.attempt_count + 1;
  const days = RETRY_DAYS[attempts - 1];
  const isCollected = invoice.auto_advance === true && invoice.collection_method === 'charge_automatically';
  const isFirst = invoice.billing_reason === 'subscription_create';
  const next = isCollected && !isFirst && days !== undefined ? core.now() + days * DAY : null;
  const failed = await core.state.put<Invoice>({
    ...invoice,
    attempt_count: attempts,
    attempted: true,
    next_payment_attempt: next,
    sandbox: { ...invoice.sandbox, dueAt: next },
  });
  await emitEvent(core, 'invoice.payment_failed', failed);
  if (needsAction) await emitEvent(core, 'invoice.payment_action_required', failed);
  await subscriptionPaymentFailed(core, failed, isCollected && next === null);
  return failed;
}

export async function payOutOfBand(core: SandboxCore, invoice: Invoice): Promise<Invoice> {
  if (invoice.sandbox.paymentIntent) await cancelPayment(core, invoice.sandbox.paymentIntent);
  return markPaid(core, { ...invoice, amount_paid_off_stripe: invoice.amount_due }, 0).then((paid) =>
    core.state.put<Invoice>({ ...paid, amount_paid: invoice.amount_due }),
  );
}

async function cancelPayment(core: SandboxCore, id: string): Promise<void> {
  const payment = await core.state.lock<PaymentIntent>('payment_intent', id);
  if (payment.status === 'succeeded' || payment.status === 'canceled') return;
  const canceled = await core.state.put<PaymentIntent>({
    ...payment,
    status: 'canceled',
    canceled_at: core.now(),
    cancellation_reason: 'void_invoice',
    next_action: null,
  });
  await emitEvent(core, 'payment_intent.canceled', canceled);
}

export async function voidInvoice(core: SandboxCore, invoice: Invoice): Promise<Invoice> {
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw invalidRequest(
      `You can only pass in open invoices. This invoice isn't open; it is ${invoice.status ?? 'draft'}.`,
    );
  }
  if (invoice.sandbox.paymentIntent) await cancelPayment(core, invoice.sandbox.paymentIntent);
  const voided = await core.state.put<Invoice>({
    ...invoice,
    amount_remaining: 0,
    auto_advance: false,
    next_payment_attempt: null,
    status: 'void',
    status_transitions: { ...invoice.status_transitions, voided_at: core.now() },
    sandbox: { ...invoice.sandbox, dueAt: null },
  });
  await emitEvent(core, 'invoice.voided', voided);
  return voided;
}
