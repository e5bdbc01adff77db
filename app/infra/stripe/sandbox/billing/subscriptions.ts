/** Subscriptions: begin, renew, change, end. */
import { emitEvent, newBase, type SandboxCore } from '../core.ts';
import type {
  Customer,
  Invoice,
  InvoiceLine,
  Price,
  Product,
  Subscription,
  SubscriptionItem,
} from '../objects.ts';
import type { Confirmed, ConfirmOptions } from '../payments/confirm-payment.ts';
import { invalidRequest } from '../sandbox-error.ts';
import { dropUsedUp } from './discounts.ts';
import { amountOfItem, buildLine } from './invoice-lines.ts';
import { collectInvoice, createInvoice, finalizeInvoice, pendingItems } from './invoices.ts';
import { periodEndAfter, prorate, type Recurrence } from './periods.ts';
import { endSubscription, putSubscription } from './subscription-status.ts';

export interface NewSubscription {
  customer: string;
  items: { price: Price; quantity: number; metadata?: Record<string, string> }[];
  metadata: Record<string, string>;
  description?: string | null;
  trialEnd?: number | null;
  /** What becomes of a trial that ends without a card. */
  missingMethod?: string;
  /** The first period ends there, for its part of the price. */
  billingCycleAnchor?: number | null;
  prorates?: boolean;
  cancelAt?: number | null;
  cancelAtPeriodEnd?: boolean;
  collectionMethod?: Subscription['collection_method'];
  daysUntilDue?: number | null;
  defaultPaymentMethod?: string | null;
  /** Ids of the discounts, made for the subscription's id. */
  discounts?: (subscriptionId: string) => Promise<string[]>;
  offSession?: boolean;
  /** `default_incomplete`: somebody confirms the first payment on a page. */
  paymentBehavior?: string;
}

export interface Begun {
  subscription: Subscription;
  invoice: Invoice;
  confirmed: Confirmed | null;
}

export function recurrenceOf(price: Price): Recurrence {
  if (!price.recurring)
    throw invalidRequest(
      'The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.',
      'items[0][price]',
    );
  return price.recurring;
}

export function buildItem(
  core: SandboxCore,
  subscription: string,
  { price, quantity, metadata = {} }: NewSubscription['items'][number],
  period: { start: number; end: number },
): SubscriptionItem {
  const { livemode: _livemode, ...base } = newBase(core, 'si', 'subscription_item');
  return {
    ...base,
    billing_thresholds: null,
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata,
    plan: {
      id: price.id,
      object: 'plan',
      active: price.active,
      amount: price.unit_amount,
      currency: price.currency,
      interval: price.recurring?.interval,
      interval_count: price.recurring?.interval_count,
      product: price.product,
    },
    price,
    quantity,
    subscription,
    tax_rates: [],
  };
}

export async function beginSubscription(
  core: SandboxCore,
  fields: NewSubscription,
  payment: ConfirmOptions = {},
): Promise<Begun> {
  const first = fields.items[0];
  if (!first) throw invalidRequest('Missing required param: items.', 'items', 'parameter_missing');
  const recurrences = fields.items.map(({ price }) => recurrenceOf(price));
  if (new Set(recurrences.map((one) => `${one.interval}/${one.interval_count}`)).size > 1)
    throw invalidRequest('Items with different intervals are not part of the sandbox.', 'items');
  if (new Set(fields.items.map(({ price }) => price.currency)).size > 1)
    throw invalidRequest('All prices on a subscription are expected to be in the same currency.', 'items');
  const now = core.now();
  const isTrial = fields.trialEnd != null && fields.trialEnd > now;
  const anchor = (isTrial ? fields.trialEnd : fields.billingCycleAnchor) ?? now;
  const recurrence = recurrenceOf(first.price);
  const fullEnd = periodEndAfter(now, recurrence, now);
  const period = { start: now, end: anchor > now ? anchor : fullEnd };
  const base = newBase(core, 'sub', 'subscription');
  const items = fields.items.map((item) => buildItem(core, base.id, item, period));
  const discounts = fields.discounts ? await fields.discounts(base.id) : [];
  let subscription: Subscription = {
    ...base,
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: anchor,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: fields.cancelAtPeriodEnd ? period.end : (fields.cancelAt ?? null),
    cancel_at_period_end: fields.cancelAtPeriodEnd ?? false,
    canceled_at: fields.cancelAtPeriodEnd || fields.cancelAt ? now : null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: fields.collectionMethod ?? 'charge_automatically',
    currency: first.price.currency,
    customer: fields.customer,
    customer_account: null,
    days_until_due: fields.daysUntilDue ?? null,
    default_payment_method: fields.defaultPaymentMethod ?? null,
    default_source: null,
    default_tax_rates: [],
    description: fields.description ?? null,
    discounts,
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: {
      object: 'list',
      data: items,
      has_more: false,
      url: `/v1/subscription_items?subscription=${base.id}`,
    },
    latest_invoice: null,
    managed_payments: null,
    metadata: fields.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: 'off',
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: isTrial ? 'trialing' : 'incomplete',
    test_clock: core.testClock,
    transfer_data: null,
    trial_end: isTrial ? (fields.trialEnd ?? null) : null,
    trial_settings: trialSettings(fields.missingMethod),
    trial_start: isTrial ? now : null,
    sandbox: { dueAt: null, clock: core.testClock, isTrialEndAnnounced: false },
  };
  const lines = isTrial
    ? await trialLines(core, subscription)
    : await firstLines(core, subscription, fullEnd, fields.prorates ?? true);
  await putSubscription(core, subscription);
  const draft = await createInvoice(
    core,
    {
      ...invoiceFields(subscription, 'subscription_create'),
      discounts: isTrial ? [] : subscription.discounts,
    },
    lines,
    await pendingItems(core, subscription.customer, null),
  );
  let invoice = await finalizeInvoice(core, draft);
  subscription = await core.state.get<Subscription>('subscription', base.id);
  const isSent = subscription.collection_method === 'send_invoice';
  if ((invoice.status === 'paid' || isSent) && subscription.status === 'incomplete')
    subscription = { ...subscription, status: 'active' };
  subscription = await putSubscription(core, {
    ...subscription,
    latest_invoice: invoice.id,
    discounts: isTrial ? subscription.discounts : await dropUsedUp(core, subscription.discounts),
  });
  await emitEvent(core, 'customer.subscription.created', subscription);
  let confirmed: Confirmed | null = null;
  if (invoice.status === 'open' && !isSent && fields.paymentBehavior !== 'default_incomplete') {
    ({ invoice, confirmed } = await collectInvoice(core, invoice, {
      offSession: fields.offSession ?? false,
      ...payment,
    }));
  }
  if (isTrial && (fields.trialEnd ?? 0) - now < 3 * 86_400) await announceTrialEnd(core, subscription);
  return { subscription: await core.state.get('subscription', base.id), invoice, confirmed };
}

export const trialSettings = (missingMethod = 'create_invoice'): Subscription['trial_settings'] => ({
  end_behavior: { billing_cycle_anchor: null, missing_payment_method: missingMethod },
});

export function invoiceFields(
  subscription: Subscription,
  billingReason: NonNullable<Invoice['billing_reason']>,
) {
  return {
    customer: subscription.customer,
    currency: subscription.currency,
    billingReason,
    autoAdvance: true,
    collectionMethod: subscription.collection_method,
    daysUntilDue: subscription.days_until_due ?? undefined,
    discounts: subscription.discounts,
    subscription,
    period: {
      start: subscription.items.data[0]?.current_period_start ?? subscription.created,
      end: subscription.items.data[0]?.current_period_start ?? subscription.created,
    },
  };
}

export async function productName(core: SandboxCore, price: Price): Promise<string> {
  return (await core.state.find<Product>('product', String(price.product)))?.name ?? 'Subscription';
}

async function trialLines(core: SandboxCore, subscription: Subscription): Promise<InvoiceLine[]> {
  return itemLines(
    core,
    subscription,
    () => 0,
    (name) => `Trial period for ${name}`,
  );
}

/** A whole period, or its part up to an anchor that was chosen. */
async function firstLines(core: SandboxCore, subscription: Subscription, fullEnd: number, prorates: boolean) {
  return itemLines(core, subscription, (item) => {
    const length = item.current_period_end - item.current_period_start;
    if (item.current_period_end === fullEnd) return amountOfItem(item);
    return prorates ? prorate(amountOfItem(item), length, fullEnd - item.current_period_start) : 0;
  });
}

/** One line for each item and its current period. */
export async function itemLines(
  core: SandboxCore,
  subscription: Subscription,
  amountOf: (item: SubscriptionItem) => number = amountOfItem,
  describe = (name: string, item: SubscriptionItem) =>
    `${item.quantity} × ${name} (at $${((item.price.unit_amount ?? 0) / 100).toFixed(2)} / ${item.price.recurring?.interval ?? 'month'})`,
): Promise<InvoiceLine[]> {
  const lines: InvoiceLine[] = [];
  for (const item of subscription.items.data) {
    lines.push(
      buildLine({
        amount: amountOf(item),
        currency: subscription.currency,
        description: describe(await productName(core, item.price), item),
        price: item.price,
        quantity: item.quantity,
        period: { start: item.current_period_start, end: item.current_period_end },
        discountable: true,
        subscription: subscription.id,
        subscriptionItem: item.id,
        invoiceItem: null,
        isProration: false,
        metadata: subscription.metadata,
      }),
    );
  }
  return lines;
}

export async function announceTrialEnd(core: SandboxCore, subscription: Subscription): Promise<void> {
  const announced = await putSubscription(core, {
    ...subscription,
    sandbox: { ...subscription.sandbox, isTrialEndAnnounced: true },
  });
  await emitEvent(core, 'customer.subscription.trial_will_end', announced);
}

/** What the engine does with a subscription whose time has come. */
export async function runSubscription(core: SandboxCore, subscription: Subscription): Promise<void> {
  const now = core.now();
  const { status, trial_end, cancel_at, sandbox } = subscription;
  const periodEnd = subscription.items.data[0]?.current_period_end ?? now;
  if (status === 'incomplete') {
    const expired = await putSubscription(core, {
      ...subscription,
      status: 'incomplete_expired',
      ended_at: now,
    });
    await voidOpenInvoice(core, expired);
    await emitEvent(core, 'customer.subscription.updated', expired, { previous: { status } });
    return;
  }
  if (cancel_at !== null && cancel_at <= now) {
    await endSubscription(core, subscription, 'cancellation_requested');
    return;
  }
  if (status === 'trialing' && trial_end !== null && trial_end > now && !sandbox.isTrialEndAnnounced) {
    await announceTrialEnd(core, subscription);
    return;
  }
  if (periodEnd <= now) await renew(core, subscription, periodEnd);
}

async function voidOpenInvoice(core: SandboxCore, subscription: Subscription): Promise<void> {
  const invoice = await core.state.find<Invoice>('invoice', subscription.latest_invoice ?? '');
  if (invoice?.status !== 'open') return;
  const voided = await core.state.put<Invoice>({
    ...invoice,
    auto_advance: false,
    next_payment_attempt: null,
    status: 'void',
    status_transitions: { ...invoice.status_transitions, voided_at: core.now() },
    sandbox: { ...invoice.sandbox, dueAt: null },
  });
  await emitEvent(core, 'invoice.voided', voided);
}

/** The next period and the draft of its invoice, which is finalized an hour later. */
async function renew(core: SandboxCore, before: Subscription, start: number): Promise<void> {
  const wasTrial = before.status === 'trialing';
  if (wasTrial && !(await hasPaymentMethod(core, before))) {
    const missing_payment_method = before.trial_settings?.end_behavior.missing_payment_method;
    if (missing_payment_method === 'cancel') {
      await endSubscription(core, before, 'cancellation_requested');
      return;
    }
    if (missing_payment_method === 'pause') {
      const paused = await putSubscription(core, { ...before, status: 'paused' });
      await emitEvent(core, 'customer.subscription.paused', paused);
      return;
    }
  }
  const item = before.items.data[0];
  if (!item) return;
  const end = periodEndAfter(before.billing_cycle_anchor, recurrenceOf(item.price), start);
  let renewed: Subscription = {
    ...before,
    status: wasTrial ? 'active' : before.status,
    items: {
      ...before.items,
      data: before.items.data.map((one) => ({
        ...one,
        current_period_start: start,
        current_period_end: end,
      })),
    },
    discounts: await dropExpired(core, before.discounts),
  };
  const draft = await createInvoice(
    core,
    {
      ...invoiceFields(renewed, 'subscription_cycle'),
      period: { start: item.current_period_start, end: start },
    },
    await itemLines(core, renewed),
    await pendingItems(core, renewed.customer, renewed.id),
  );
  renewed = await putSubscription(core, {
    ...renewed,
    latest_invoice: draft.id,
    discounts: await dropUsedUp(core, renewed.discounts),
  });
  await emitEvent(core, 'customer.subscription.updated', renewed, {
    previous: { ...(wasTrial && { status: 'trialing' }), latest_invoice: before.latest_invoice },
  });
}

async function dropExpired(core: SandboxCore, discounts: string[]): Promise<string[]> {
  const kept: string[] = [];
  for (const id of discounts) {
    const discount = await core.state.find<{ id: string; object: 'discount'; end: number | null }>(
      'discount',
      id,
    );
    if (discount && (discount.end === null || discount.end > core.now())) kept.push(id);
  }
  return kept;
}

export async function hasPaymentMethod(core: SandboxCore, subscription: Subscription): Promise<boolean> {
  if (subscription.default_payment_method) return true;
  const customer = await core.state.find<Customer>('customer', subscription.customer);
  return Boolean(customer?.invoice_settings.default_payment_method);
}
