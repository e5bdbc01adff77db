/** Subscriptions, invoices, invoice items and credit notes. */
import { redeemParams } from '../billing/discounts.ts';
import { lineOfInvoiceItem, withLines } from '../billing/invoice-lines.ts';
import {
  collectInvoice,
  createInvoice,
  finalizeInvoice,
  payOutOfBand,
  pendingItems,
  voidInvoice,
} from '../billing/invoices.ts';
import { endSubscription } from '../billing/subscription-status.ts';
import { beginSubscription, trialSettings } from '../billing/subscriptions.ts';
import { changeSubscription, previewInvoice } from '../billing/update-subscription.ts';
import { coreOfCustomer, emitEvent, mergeMetadata, newBase, type SandboxCore } from '../core.ts';
import { endpoint, listEndpoint, listObjects, retrieveEndpoint } from '../endpoint.ts';
import type {
  CreditNote,
  Customer,
  Invoice,
  InvoiceItem,
  PaymentMethod,
  Price,
  Subscription,
} from '../objects.ts';
import { refusalAnswer } from '../payments/confirm-payment.ts';
import { refundCharge } from '../payments/refund-charge.ts';
import type { StripeRequests } from '../request-types.ts';
import { cardError, invalidRequest, resourceMissing, SandboxError } from '../sandbox-error.ts';
import { createPriceObject, type PriceFields } from './catalogue.ts';

const DAY = 86_400;

async function ownMethod(
  core: SandboxCore,
  id: string | undefined,
  customer: string,
): Promise<string | null> {
  if (!id) return null;
  const method = await core.state.find<PaymentMethod>('payment_method', id);
  if (!method || method.customer !== customer)
    throw invalidRequest(
      `The customer does not have a payment method with the ID ${id}.`,
      'default_payment_method',
      'resource_missing',
    );
  return id;
}

async function priceOf(
  core: SandboxCore,
  item: { price?: string; price_data?: unknown },
  field: string,
): Promise<Price> {
  if (item.price) {
    const price = await core.state.find<Price>('price', item.price);
    if (!price) throw resourceMissing('price', item.price, `${field}[price]`);
    return price;
  }
  if (!item.price_data)
    throw invalidRequest('You must specify either price or price_data.', field, 'parameter_missing');
  const data = item.price_data as PriceFields & { product: string };
  return createPriceObject(core, data, data.product);
}

const createSubscription = endpoint('POST /v1/subscriptions', async (outer, params) => {
  const customer = params.customer ?? '';
  await outer.state.get<Customer>('customer', customer);
  const core = await coreOfCustomer(outer, customer);
  const items = [];
  for (const [i, item] of (params.items ?? []).entries())
    items.push({
      price: await priceOf(core, item, `items[${i}]`),
      quantity: item.quantity ?? 1,
      metadata: mergeMetadata({}, item.metadata),
    });
  const trialEnd =
    typeof params.trial_end === 'number'
      ? params.trial_end
      : params.trial_period_days
        ? core.now() + params.trial_period_days * DAY
        : null;
  const isSent = params.collection_method === 'send_invoice';
  if (isSent && params.days_until_due === undefined)
    throw invalidRequest(
      'You must pass days_until_due with collection_method send_invoice.',
      'days_until_due',
    );
  const method = await ownMethod(core, params.default_payment_method, customer);
  const isTrial = trialEnd !== null && trialEnd > core.now();
  const known = await core.state.get<Customer>('customer', customer);
  const isFree = items.every(({ price }) => price.unit_amount === 0);
  const needsCard = !isSent && !isTrial && !isFree && params.payment_behavior !== 'default_incomplete';
  if (needsCard && !method && !known.invoice_settings.default_payment_method) {
    throw invalidRequest(
      'This customer has no attached payment source or default payment method. Please consider adding a default payment method.',
      undefined,
      'resource_missing',
    );
  }
  const { subscription, confirmed } = await beginSubscription(core, {
    customer,
    items,
    metadata: mergeMetadata({}, params.metadata),
    description: params.description,
    trialEnd,
    missingMethod: params.trial_settings?.end_behavior.missing_payment_method,
    billingCycleAnchor: params.billing_cycle_anchor,
    prorates: params.proration_behavior !== 'none',
    cancelAt: typeof params.cancel_at === 'number' ? params.cancel_at : null,
    cancelAtPeriodEnd: params.cancel_at_period_end,
    collectionMethod: params.collection_method,
    daysUntilDue: params.days_until_due,
    defaultPaymentMethod: method,
    offSession: params.off_session,
    paymentBehavior: params.payment_behavior,
    discounts: (subscriptionId) =>
      redeemParams(core, params.discounts ?? [], [], { customer, subscription: subscriptionId }),
  });
  const isIncomplete = confirmed !== null && confirmed.payment.status !== 'succeeded';
  if (isIncomplete && params.payment_behavior === 'error_if_incomplete') {
    const body = confirmed.refusal
      ? refusalAnswer(confirmed).body
      : cardError({
          code: 'subscription_payment_intent_requires_action',
          message:
            'Payment for this subscription requires additional user action before it can be completed successfully.',
        }).body;
    throw new SandboxError(402, body);
  }
  return subscription;
});

async function lockLive(core: SandboxCore, id: string): Promise<Subscription> {
  const subscription = await core.state.lock<Subscription>('subscription', id);
  if (subscription.status === 'canceled' || subscription.status === 'incomplete_expired') {
    throw invalidRequest(
      'A canceled subscription can only update its cancellation_details and metadata.',
      undefined,
      'invalid_canceled_subscription_fields',
    );
  }
  return subscription;
}

type UpdateParams = StripeRequests['POST /v1/subscriptions/:id'];

const updateSubscription = endpoint('POST /v1/subscriptions/:id', async (outer, params, { id }) => {
  const before = await lockLive(outer, id);
  const core = await coreOfCustomer(outer, before.customer);
  if (params.payment_behavior === 'pending_if_incomplete')
    throw invalidRequest(
      'Pending updates are not part of the sandbox; use error_if_incomplete.',
      'payment_behavior',
    );
  for (const [i, item] of (params.items ?? []).entries()) {
    if (item.price_data) item.price = (await priceOf(core, item, `items[${i}]`)).id;
  }
  return changeSubscription(core, before, {
    items: params.items,
    prorationBehavior: params.proration_behavior,
    prorationDate: params.proration_date,
    billingCycleAnchor: params.billing_cycle_anchor?.type,
    trialEnd: params.trial_end,
    offSession: params.off_session,
    paymentBehavior: params.payment_behavior,
    fields: await freeFields(core, before, params),
  });
});

/** The fields that cost nothing. */
async function freeFields(
  core: SandboxCore,
  before: Subscription,
  params: UpdateParams,
): Promise<Partial<Subscription>> {
  const fields: Partial<Subscription> = {
    metadata: mergeMetadata(before.metadata, params.metadata),
    collection_method: params.collection_method ?? before.collection_method,
    days_until_due: params.days_until_due ?? before.days_until_due,
    discounts: await redeemParams(core, params.discounts, before.discounts, {
      customer: before.customer,
      subscription: before.id,
    }),
  };
  if (params.description !== undefined) fields.description = params.description || null;
  if (params.default_payment_method !== undefined)
    fields.default_payment_method = await ownMethod(core, params.default_payment_method, before.customer);
  if (params.trial_settings)
    fields.trial_settings = trialSettings(params.trial_settings.end_behavior.missing_payment_method);
  const end = before.items.data[0]?.current_period_end ?? null;
  if (params.cancel_at_period_end !== undefined) {
    fields.cancel_at_period_end = params.cancel_at_period_end;
    fields.cancel_at = params.cancel_at_period_end ? end : null;
    fields.canceled_at = params.cancel_at_period_end ? core.now() : null;
  } else if (typeof params.cancel_at === 'number') {
    fields.cancel_at = params.cancel_at;
    fields.canceled_at = core.now();
  } else if (params.cancel_at !== undefined) {
    fields.cancel_at = null;
    fields.cancel_at_period_end = false;
    fields.canceled_at = null;
  }
  return fields;
}

const cancelSubscription = endpoint('DELETE /v1/subscriptions/:id', async (outer, params, { id }) => {
  const subscription = await outer.state.lock<Subscription>('subscription', id);
  if (subscription.status === 'canceled') throw resourceMissing('subscription', id);
  const core = await coreOfCustomer(outer, subscription.customer);
  if (params.prorate) {
    const item = subscription.items.data[0];
    if (item) {
      // What was paid and will not be used becomes credit, on an invoice now or on the next.
      await changeSubscription(
        core,
        { ...subscription },
        {
          items: [{ id: item.id, quantity: 0 }],
          prorationBehavior: params.invoice_now ? 'always_invoice' : 'create_prorations',
          fields: {},
        },
      );
    }
  }
  const latest = params.prorate ? await core.state.get<Subscription>('subscription', id) : subscription;
  return endSubscription(core, { ...latest, items: subscription.items }, 'cancellation_requested');
});

const listSubscriptions = endpoint('GET /v1/subscriptions', (core, { status, price, ...params }) =>
  listObjects(core, 'subscription', '/v1/subscriptions', params, {
    filter: (object) => {
      const subscription = object as Subscription;
      const fits =
        status === undefined
          ? subscription.status !== 'canceled'
          : status === 'all' ||
            subscription.status === status ||
            (status === 'ended' && subscription.ended_at !== null);
      return fits && (price === undefined || subscription.items.data.some((item) => item.price.id === price));
    },
  }),
);

const createInvoiceEndpoint = endpoint('POST /v1/invoices', async (outer, params) => {
  const customer = params.customer ?? '';
  await outer.state.get<Customer>('customer', customer);
  const core = await coreOfCustomer(outer, customer);
  const isSent = params.collection_method === 'send_invoice';
  if (isSent && params.days_until_due === undefined && params.due_date === undefined)
    throw invalidRequest(
      'You must pass either days_until_due or due_date with collection_method send_invoice.',
      'days_until_due',
    );
  const subscription = params.subscription
    ? await core.state.get<Subscription>('subscription', params.subscription)
    : null;
  const takes = (params.pending_invoice_items_behavior ?? 'exclude') === 'include';
  const draft = await createInvoice(
    core,
    {
      customer,
      currency: params.currency ?? 'usd',
      billingReason: 'manual',
      autoAdvance: params.auto_advance ?? false,
      collectionMethod: params.collection_method,
      daysUntilDue: params.days_until_due,
      dueDate: params.due_date,
      defaultPaymentMethod: await ownMethod(core, params.default_payment_method, customer),
      description: params.description ?? null,
      footer: params.footer ?? null,
      metadata: mergeMetadata({}, params.metadata),
      subscription,
    },
    [],
    takes ? await pendingItems(core, customer, subscription?.id ?? null) : [],
  );
  if (!params.discounts) return draft;
  const discounts = await redeemParams(core, params.discounts, [], { customer, invoice: draft.id });
  return core.state.put(await withLines(core, { ...draft, discounts }, draft.lines.data));
});

async function lockInvoice(core: SandboxCore, id: string): Promise<{ own: SandboxCore; invoice: Invoice }> {
  const invoice = await core.state.lock<Invoice>('invoice', id);
  return { own: await coreOfCustomer(core, invoice.customer), invoice };
}

const payEndpoint = endpoint('POST /v1/invoices/:id/pay', async (core, params, { id }) => {
  const locked = await lockInvoice(core, id);
  const { own } = locked;
  let { invoice } = locked;
  if (invoice.status === 'draft') invoice = await finalizeInvoice(own, invoice);
  if (invoice.status === 'paid') {
    if (locked.invoice.status === 'draft') return invoice;
    throw invalidRequest('Invoice is already paid', undefined, 'invoice_already_paid');
  }
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible')
    throw invalidRequest(`You can only pay open invoices; this one is ${invoice.status ?? ''}.`);
  if (params.paid_out_of_band) return payOutOfBand(own, invoice);
  const result = await collectInvoice(
    own,
    { ...invoice, status: 'open' },
    {
      paymentMethod: params.payment_method,
      offSession: params.off_session ?? true,
    },
  );
  if (!result.confirmed) {
    throw invalidRequest(
      'There is no default_payment_method set on this Customer or Invoice. Please set either an Invoice or Customer default_payment_method.',
      undefined,
      'invoice_no_payment_method_types',
    );
  }
  if (result.confirmed.refusal) throw refusalAnswer(result.confirmed);
  if (result.confirmed.payment.status === 'requires_action') {
    throw cardError({
      code: 'invoice_payment_intent_requires_action',
      message:
        'Payment for this invoice requires additional user action before it can be completed successfully.',
    });
  }
  return result.invoice;
});

const updateInvoice = endpoint('POST /v1/invoices/:id', async (core, params, { id }) => {
  const { own, invoice } = await lockInvoice(core, id);
  if (invoice.status !== 'draft' && (params.collection_method || params.discounts))
    throw invalidRequest(
      "Finalized invoices can't be updated in this way",
      undefined,
      'invoice_not_editable',
    );
  const autoAdvance = params.auto_advance ?? invoice.auto_advance ?? false;
  const finalizesAt =
    invoice.status === 'draft' ? (autoAdvance ? own.now() + 3_600 : null) : invoice.sandbox.dueAt;
  const updated = await own.state.put<Invoice>({
    ...invoice,
    auto_advance: autoAdvance,
    automatically_finalizes_at: invoice.status === 'draft' ? finalizesAt : null,
    collection_method: params.collection_method ?? invoice.collection_method,
    description: params.description ?? invoice.description,
    due_date: params.due_date ?? invoice.due_date,
    metadata: mergeMetadata(invoice.metadata, params.metadata),
    ...(params.default_payment_method && { default_payment_method: params.default_payment_method }),
    sandbox: { ...invoice.sandbox, dueAt: finalizesAt },
  });
  await emitEvent(own, 'invoice.updated', updated);
  return updated;
});

const previewEndpoint = endpoint('POST /v1/invoices/create_preview', async (outer, params) => {
  if (!params.subscription)
    throw invalidRequest(
      'The sandbox previews invoices of a subscription.',
      'subscription',
      'parameter_missing',
    );
  const subscription = await lockLive(outer, params.subscription);
  const core = await coreOfCustomer(outer, subscription.customer);
  const details = params.subscription_details;
  const discounts = await redeemParams(core, params.discounts, subscription.discounts, {
    customer: subscription.customer,
  });
  return previewInvoice(
    core,
    { ...subscription, discounts },
    {
      items: details?.items as never,
      prorationBehavior: details?.proration_behavior,
      prorationDate: details?.proration_date,
      billingCycleAnchor: details?.billing_cycle_anchor?.type,
      trialEnd: details?.trial_end,
      cancelAtPeriodEnd: details?.cancel_at_period_end,
    },
  );
});

const createInvoiceItem = endpoint('POST /v1/invoiceitems', async (outer, params) => {
  const customer = params.customer ?? '';
  await outer.state.get<Customer>('customer', customer);
  const core = await coreOfCustomer(outer, customer);
  const priceId = params.pricing?.price;
  const price = priceId ? await priceOf(core, { price: priceId }, 'pricing') : null;
  const quantity = params.quantity ?? 1;
  const unit = price?.unit_amount ?? (params.price_data as PriceFields | undefined)?.unit_amount;
  const amount = params.amount ?? (unit === undefined || unit === null ? undefined : unit * quantity);
  if (amount === undefined)
    throw invalidRequest('You must specify amount, pricing or price_data.', 'amount', 'parameter_missing');
  const { created: _created, ...base } = newBase(core, 'ii', 'invoiceitem');
  const now = core.now();
  const item: InvoiceItem = {
    ...base,
    amount,
    currency: params.currency ?? price?.currency ?? 'usd',
    customer,
    customer_account: null,
    date: now,
    description: params.description ?? null,
    discountable: params.discountable ?? amount >= 0,
    discounts: [],
    invoice: null,
    metadata: mergeMetadata({}, params.metadata),
    net_amount: amount,
    parent: null,
    period: params.period ?? { start: now, end: now },
    pricing: price
      ? ({
          price_details: { price: price.id, product: String(price.product) },
          type: 'price_details',
          unit_amount_decimal: price.unit_amount_decimal,
        } as unknown as InvoiceItem['pricing'])
      : null,
    proration: false,
    quantity,
    quantity_decimal: String(quantity),
    tax_rates: [],
    test_clock: core.testClock,
    sandbox: { subscription: params.subscription ?? null },
  };
  await core.state.put(item);
  await emitEvent(core, 'invoiceitem.created', item);
  if (!params.invoice) return item;
  const { invoice } = await lockInvoice(core, params.invoice);
  if (invoice.status !== 'draft')
    throw invalidRequest(
      'The invoice is already finalized, it can’t be changed.',
      'invoice',
      'invoice_not_editable',
    );

  await core.state.put(await withLines(core, invoice, [...invoice.lines.data, lineOfInvoiceItem(item)]));
  return core.state.put<InvoiceItem>({ ...item, invoice: invoice.id });
});

const createCreditNote = endpoint('POST /v1/credit_notes', async (core, params) => {
  const { own, invoice } = await lockInvoice(core, params.invoice);
  if (invoice.status !== 'open' && invoice.status !== 'paid')
    throw invalidRequest('You can only create a credit note for an open or paid invoice.', 'invoice');
  const lines = params.lines ?? [];
  const fromLines = lines.reduce(
    (sum, line) => sum + (line.amount ?? (line.unit_amount ?? 0) * (line.quantity ?? 1)),
    0,
  );
  const amount = params.amount ?? (lines.length > 0 ? fromLines : invoice.total);
  const credited = invoice.pre_payment_credit_notes_amount + invoice.post_payment_credit_notes_amount;
  if (amount < 1 || amount > invoice.total - credited)
    throw invalidRequest('The sum of credit notes cannot exceed the total of the invoice.', 'amount');
  const isPaid = invoice.status === 'paid';
  const {
    refund_amount: refunded = 0,
    credit_amount: toBalance = 0,
    out_of_band_amount: outside = 0,
  } = params;
  if (isPaid && refunded + toBalance + outside !== amount) {
    throw invalidRequest(
      `The sum of refunds, credit amount and out of band amount (${refunded + toBalance + outside}) must equal the credit note amount (${amount}).`,
    );
  }
  if (!isPaid && (refunded || toBalance || outside))
    throw invalidRequest('Refunds and credits are for paid invoices.');
  const refunds: CreditNote['refunds'] = [];
  if (refunded > 0 && invoice.sandbox.paymentIntent) {
    const payment = await own.state.get<{ id: string; object: 'payment_intent'; latest_charge: string }>(
      'payment_intent',
      invoice.sandbox.paymentIntent,
    );
    const refund = await refundCharge(own, payment.latest_charge, { amount: refunded });
    refunds.push({ amount_refunded: refunded, payment_record_refund: null, refund: refund.id, type: null });
  }
  const customer = await own.state.lock<Customer>('customer', invoice.customer ?? '');
  if (toBalance > 0) await own.state.put<Customer>({ ...customer, balance: customer.balance - toBalance });
  const base = newBase(own, 'cn', 'credit_note');
  const count = (await own.state.list('credit_note', { match: { invoice: invoice.id } })).length;
  const note = await own.state.put<CreditNote>({
    ...base,
    amount,
    amount_shipping: 0,
    currency: invoice.currency,
    customer: customer.id,
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: own.now(),
    invoice: invoice.id,
    lines: {
      object: 'list',
      data: [],
      has_more: false,
      url: `/v1/credit_notes/${base.id}/lines`,
    } as unknown as CreditNote['lines'],
    memo: params.memo ?? null,
    metadata: mergeMetadata({}, params.metadata),
    number: `${invoice.number ?? ''}-CN-${String(count + 1).padStart(2, '0')}`,
    out_of_band_amount: outside || null,
    pdf: `${invoice.invoice_pdf ?? ''}?credit_note=${base.id}`,
    post_payment_amount: isPaid ? amount : 0,
    pre_payment_amount: isPaid ? 0 : amount,
    pretax_credit_amounts: [],
    reason: params.reason ?? null,
    refunds,
    shipping_cost: null,
    status: 'issued',
    subtotal: amount,
    subtotal_excluding_tax: amount,
    total: amount,
    total_excluding_tax: amount,
    total_taxes: [],
    type: isPaid ? 'post_payment' : 'pre_payment',
    voided_at: null,
  });
  await creditInvoice(own, invoice, amount);
  await emitEvent(own, 'credit_note.created', note);
  return note;
});

async function creditInvoice(core: SandboxCore, invoice: Invoice, amount: number): Promise<void> {
  if (invoice.status === 'paid') {
    const post_payment_credit_notes_amount = invoice.post_payment_credit_notes_amount + amount;
    await core.state.put<Invoice>({ ...invoice, post_payment_credit_notes_amount });
    return;
  }
  const left = Math.max(0, invoice.amount_remaining - amount);
  const updated = await core.state.put<Invoice>({
    ...invoice,
    amount_due: left,
    amount_remaining: left,
    pre_payment_credit_notes_amount: invoice.pre_payment_credit_notes_amount + amount,
  });
  if (left === 0) await payOutOfBand(core, updated);
  else if (invoice.sandbox.paymentIntent) {
    const payment = await core.state.lock<{ id: string; object: 'payment_intent'; amount: number }>(
      'payment_intent',
      invoice.sandbox.paymentIntent,
    );
    await core.state.put({ ...payment, amount: left });
  }
}

export const billingEndpoints = [
  createSubscription,
  updateSubscription,
  cancelSubscription,
  retrieveEndpoint('GET /v1/subscriptions/:id', 'subscription'),
  listSubscriptions,
  createInvoiceEndpoint,
  // Before the invoice of that name.
  previewEndpoint,
  updateInvoice,
  payEndpoint,
  retrieveEndpoint('GET /v1/invoices/:id', 'invoice'),
  endpoint('GET /v1/invoices', (core, { subscription, ...params }) =>
    listObjects(core, 'invoice', '/v1/invoices', params, {
      ...(subscription && { match: { parent: { subscription_details: { subscription } } } }),
    }),
  ),
  endpoint('POST /v1/invoices/:id/finalize', async (core, params, { id }) => {
    const { own, invoice } = await lockInvoice(core, id);
    const open = await finalizeInvoice(own, invoice);
    if (open.status !== 'open' || open.collection_method !== 'charge_automatically') return open;
    if (!(params.auto_advance ?? invoice.auto_advance)) return open;
    // Collected within the hour, as after an automatic finalization.
    return own.state.put<Invoice>({
      ...open,
      auto_advance: true,
      next_payment_attempt: own.now() + 3_600,
      sandbox: { ...open.sandbox, dueAt: own.now() + 3_600 },
    });
  }),
  endpoint('POST /v1/invoices/:id/void', async (core, _params, { id }) => {
    const { own, invoice } = await lockInvoice(core, id);
    return voidInvoice(own, invoice);
  }),
  endpoint('POST /v1/invoices/:id/send', async (core, _params, { id }) => {
    const { own, invoice } = await lockInvoice(core, id);
    if (invoice.collection_method !== 'send_invoice')
      throw invalidRequest(
        "You can only manually send an invoice if its collection method is 'send_invoice'.",
      );
    const sent = invoice.status === 'draft' ? await finalizeInvoice(own, invoice) : invoice;
    await emitEvent(own, 'invoice.sent', sent);
    return sent;
  }),
  endpoint('POST /v1/invoices/:id/mark_uncollectible', async (core, _params, { id }) => {
    const { own, invoice } = await lockInvoice(core, id);
    if (invoice.status !== 'open') throw invalidRequest('Only open invoices can be marked uncollectible.');
    const marked = await own.state.put<Invoice>({
      ...invoice,
      auto_advance: false,
      next_payment_attempt: null,
      status: 'uncollectible',
      status_transitions: { ...invoice.status_transitions, marked_uncollectible_at: own.now() },
      sandbox: { ...invoice.sandbox, dueAt: null },
    });
    await emitEvent(own, 'invoice.marked_uncollectible', marked);
    return marked;
  }),
  endpoint('DELETE /v1/invoices/:id', async (core, _params, { id }) => {
    const { own, invoice } = await lockInvoice(core, id);
    if (invoice.status !== 'draft')
      throw invalidRequest('You can only delete draft invoices.', undefined, 'invoice_not_editable');
    await own.state.remove(id);
    await emitEvent(own, 'invoice.deleted', invoice);
    return { id, object: 'invoice', deleted: true };
  }),
  endpoint(
    'GET /v1/invoices/:id/lines',
    async (core, _params, { id }) => (await core.state.get<Invoice>('invoice', id)).lines,
  ),
  retrieveEndpoint('GET /v1/invoice_payments/:id', 'invoice_payment'),
  endpoint('GET /v1/invoice_payments', (core, { payment, ...params }) =>
    listObjects(core, 'invoice_payment', '/v1/invoice_payments', params, {
      ...(payment && { match: { payment } }),
    }),
  ),
  createInvoiceItem,
  retrieveEndpoint('GET /v1/invoiceitems/:id', 'invoiceitem'),
  endpoint('GET /v1/invoiceitems', (core, { pending, ...params }) =>
    listObjects(core, 'invoiceitem', '/v1/invoiceitems', params, {
      ...(pending !== undefined && {
        filter: (item) => ((item as InvoiceItem).invoice === null) === pending,
      }),
    }),
  ),
  endpoint('DELETE /v1/invoiceitems/:id', async (core, _params, { id }) => {
    const item = await core.state.lock<InvoiceItem>('invoiceitem', id);
    if (item.invoice !== null) throw invalidRequest('This invoice item is on an invoice already.');
    await core.state.remove(id);
    return { id, object: 'invoiceitem', deleted: true };
  }),
  createCreditNote,
  retrieveEndpoint('GET /v1/credit_notes/:id', 'credit_note'),
  listEndpoint('GET /v1/credit_notes', 'credit_note'),
  endpoint('POST /v1/credit_notes/:id/void', async (core, _params, { id }) => {
    const note = await core.state.lock<CreditNote>('credit_note', id);
    if (note.status === 'void' || note.type !== 'pre_payment')
      throw invalidRequest('Only issued credit notes of open invoices can be voided.');
    const voided = await core.state.put<CreditNote>({ ...note, status: 'void', voided_at: core.now() });
    await emitEvent(core, 'credit_note.voided', voided);
    return voided;
  }),
];
