/** Carries a planned change out, and previews what its invoice would be. */
import { emitEvent, newBase, type SandboxCore } from '../core.ts';
import type { Customer, Invoice, InvoiceItem, InvoiceLine, Subscription } from '../objects.ts';
import { refusalAnswer } from '../payments/confirm-payment.ts';
import { cardError, SandboxError } from '../sandbox-error.ts';
import {
  planChange,
  type PlannedChange,
  type Proration,
  type SubscriptionChange,
} from './change-subscription.ts';
import { lineOfInvoiceItem, withLines } from './invoice-lines.ts';
import { buildInvoice, collectInvoice, createInvoice, finalizeInvoice, pendingItems } from './invoices.ts';
import { addIntervals } from './periods.ts';
import { putSubscription } from './subscription-status.ts';
import { invoiceFields, itemLines, recurrenceOf } from './subscriptions.ts';

interface ChangeOptions extends SubscriptionChange {
  offSession?: boolean;
  paymentBehavior?: string;
  /** Fields that cost nothing. */
  fields: Partial<Subscription>;
}

export async function changeSubscription(
  core: SandboxCore,
  before: Subscription,
  options: ChangeOptions,
): Promise<Subscription> {
  const planned = await planChange(core, before, options);
  let subscription = await putSubscription(core, { ...planned.next, ...options.fields });
  for (const proration of planned.prorations) {
    const item = await core.state.put(buildProrationItem(core, subscription, proration));
    await emitEvent(core, 'invoiceitem.created', item);
  }
  const billsNow = planned.startsPeriod || options.prorationBehavior === 'always_invoice';
  if (billsNow) subscription = await billNow(core, subscription, planned, options);
  await emitEvent(core, 'customer.subscription.updated', subscription, {
    previous: {
      items: before.items,
      ...(before.status !== subscription.status && { status: before.status }),
    },
  });
  return subscription;
}

async function billNow(
  core: SandboxCore,
  subscription: Subscription,
  planned: PlannedChange,
  options: ChangeOptions,
): Promise<Subscription> {
  const pending = await pendingItems(core, subscription.customer, subscription.id);
  const lines = planned.startsPeriod ? await itemLines(core, subscription) : [];
  if (pending.length === 0 && lines.length === 0) return subscription;
  const draft = await createInvoice(core, changeInvoice(subscription, planned), lines, pending);
  const invoice = await finalizeInvoice(core, draft);
  await putSubscription(core, {
    ...(await core.state.get<Subscription>('subscription', subscription.id)),
    latest_invoice: invoice.id,
  });
  if (invoice.status === 'open' && subscription.collection_method === 'charge_automatically')
    await collect(core, invoice, options);
  return core.state.get<Subscription>('subscription', subscription.id);
}

async function collect(core: SandboxCore, invoice: Invoice, options: ChangeOptions): Promise<void> {
  if (options.paymentBehavior === 'default_incomplete') return;
  const { confirmed } = await collectInvoice(core, invoice, { offSession: options.offSession ?? false });
  const isPaid = confirmed?.payment.status === 'succeeded';
  if (isPaid || options.paymentBehavior === undefined || options.paymentBehavior === 'allow_incomplete')
    return;
  // Nothing of it happened: the change is taken back with the transaction.
  const refusal = confirmed?.refusal
    ? refusalAnswer(confirmed)
    : cardError({
        code: 'subscription_payment_intent_requires_action',
        message:
          'Payment for this subscription requires additional user action before it can be completed successfully.',
      });
  throw new SandboxError(402, refusal.body);
}

const changeInvoice = (subscription: Subscription, planned: PlannedChange) => ({
  ...invoiceFields(subscription, 'subscription_update' as const),
  // The discount is in the prorations already.
  discounts: planned.startsPeriod ? subscription.discounts : [],
});

function buildProrationItem(
  core: SandboxCore,
  subscription: Subscription,
  proration: Proration,
): InvoiceItem {
  const { created: _created, ...base } = newBase(core, 'ii', 'invoiceitem');
  const { item } = proration;
  return {
    ...base,
    amount: proration.amount,
    currency: subscription.currency,
    customer: subscription.customer,
    customer_account: null,
    date: core.now(),
    description: proration.description,
    discountable: false,
    discounts: [],
    invoice: null,
    metadata: {},
    net_amount: proration.amount,
    parent: {
      subscription_details: { subscription: subscription.id, subscription_item: item.id },
      type: 'subscription_details',
    },
    period: proration.period,
    pricing: {
      price_details: { price: item.price.id, product: String(item.price.product) },
      type: 'price_details',
      unit_amount_decimal: item.price.unit_amount_decimal,
    } as unknown as InvoiceItem['pricing'],
    proration: true,
    quantity: item.quantity,
    quantity_decimal: String(item.quantity),
    tax_rates: [],
    test_clock: core.testClock,
    sandbox: { subscription: subscription.id },
  };
}

/** The next invoice of a subscription, as it is or as it would be after a change; nothing is stored. */
export async function previewInvoice(
  core: SandboxCore,
  before: Subscription,
  change: SubscriptionChange & { cancelAtPeriodEnd?: boolean },
): Promise<Invoice> {
  const isChange =
    change.items !== undefined || change.billingCycleAnchor === 'now' || change.trialEnd !== undefined;
  const planned: PlannedChange = isChange
    ? await planChange(core, before, change)
    : { next: before, prorations: [], startsPeriod: false };
  const { next } = planned;
  const prorations = planned.prorations.map((one) => lineOfInvoiceItem(buildProrationItem(core, next, one)));
  const pending = (await pendingItems(core, next.customer, next.id)).map(lineOfInvoiceItem);
  const billsNow = isChange && (planned.startsPeriod || change.prorationBehavior === 'always_invoice');
  const endsThen = change.cancelAtPeriodEnd ?? next.cancel_at_period_end;
  let own: InvoiceLine[] = [];
  let at = core.now();
  if (planned.startsPeriod) own = await itemLines(core, next);
  else if (!billsNow) {
    const first = next.items.data[0];
    at = first?.current_period_end ?? at;
    const nextEnd = first ? addIntervals(at, recurrenceOf(first.price), 1) : at;
    const data = next.items.data.map((item) => ({
      ...item,
      current_period_start: at,
      current_period_end: nextEnd,
    }));
    own = endsThen ? [] : await itemLines(core, { ...next, items: { ...next.items, data } });
  }
  const customer = await core.state.get<Customer>('customer', next.customer);
  const shape = buildInvoice(core, customer, {
    ...(billsNow
      ? changeInvoice(next, planned)
      : { ...invoiceFields(next, 'upcoming'), period: { start: at, end: at } }),
  });
  const invoice = await withLines(core, shape, [...pending, ...prorations, ...own]);
  const owed = Math.max(0, invoice.total + customer.balance);
  return {
    ...invoice,
    id: invoice.id.replace(/^in_/, 'upcoming_in_'),
    amount_due: owed,
    amount_remaining: owed,
    ending_balance: Math.min(0, invoice.total + customer.balance),
    next_payment_attempt: at,
  };
}
