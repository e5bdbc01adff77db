import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestClock } from '../support/clock.ts';
import { startPaymentsBench, type PaymentsBench } from '../support/payments.ts';

let bench: PaymentsBench;
let stripe: Stripe;
const wall = createTestClock();
const DAY = 86_400;
const HOUR = 3_600;
beforeAll(async () => {
  bench = await startPaymentsBench({ clock: wall });
  stripe = bench.platform.payments.stripe;
});
afterAll(() => bench.close());

const at = (iso: string): number => Date.parse(iso) / 1000;

async function makePrice(cents: number, interval: 'month' | 'year' = 'month'): Promise<string> {
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: cents,
    recurring: { interval },
    product_data: { name: `Plan ${cents}` },
  });
  return price.id;
}

async function makeCustomer(start: number | null, card = 'pm_card_visa') {
  const clock = start === null ? null : await stripe.testHelpers.testClocks.create({ frozen_time: start });
  const customer = await stripe.customers.create({ ...(clock && { test_clock: clock.id }) });
  const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  const advance = async (seconds: number) => {
    const { status } = await stripe.testHelpers.testClocks.advance(clock!.id, { frozen_time: seconds });
    expect(status).toBe('advancing');
    expect((await stripe.testHelpers.testClocks.retrieve(clock!.id)).status).toBe('ready');
  };
  return { id: customer.id, method: method.id, clock: clock?.id, advance };
}

const subscribe = (customer: string, price: string, extra: Partial<Stripe.SubscriptionCreateParams> = {}) =>
  stripe.subscriptions.create({ customer, items: [{ price }], ...extra });

const periodOf = (subscription: Stripe.Subscription) => {
  const item = subscription.items.data[0]!;
  return [item.current_period_start, item.current_period_end].map((s) =>
    new Date(s * 1000).toISOString().slice(0, 10),
  );
};
const invoicesOf = async (subscription: string) =>
  (await stripe.invoices.list({ subscription, limit: 100 })).data.reverse();
const eventTypes = async (prefix: string, customer: string) =>
  (await stripe.events.list({ limit: 100 })).data
    .filter(
      ({ type, data }) =>
        type.startsWith(prefix) && (data.object as { customer?: string }).customer === customer,
    )
    .map(({ type }) => type)
    .reverse();

describe('renewals', () => {
  it('keeps the last day of the month through short months, a year long', async () => {
    const customer = await makeCustomer(at('2027-01-31T10:00:00Z'));
    const made = await subscribe(customer.id, await makePrice(1_000));
    expect(made.status).toBe('active');
    expect(periodOf(made)).toEqual(['2027-01-31', '2027-02-28']);
    const ends: string[] = [];
    for (const month of ['02-28', '03-31', '04-30', '05-31']) {
      await customer.advance(at(`2027-${month}T12:00:00Z`));
      ends.push(periodOf(await stripe.subscriptions.retrieve(made.id))[1]!);
    }
    expect(ends).toEqual(['2027-03-31', '2027-04-30', '2027-05-31', '2027-06-30']);
    const invoices = await invoicesOf(made.id);
    expect(invoices.map(({ status, total }) => [status, total])).toEqual(
      Array.from({ length: 5 }, () => ['paid', 1_000]),
    );
    expect(new Set(invoices.map(({ number }) => number)).size).toBe(5);
  });

  it('renews several periods in one step, in order, each invoice an hour after its period began', async () => {
    const start = at('2027-03-01T00:00:00Z');
    const customer = await makeCustomer(start);
    const made = await subscribe(customer.id, await makePrice(700));
    await customer.advance(at('2027-06-01T02:00:00Z'));
    const cycles = (await invoicesOf(made.id)).slice(1);
    expect(cycles.map(({ billing_reason }) => billing_reason)).toEqual(Array(3).fill('subscription_cycle'));
    for (const invoice of cycles)
      expect(invoice.status_transitions.finalized_at! - invoice.created).toBe(HOUR);
    const created = (await stripe.events.list({ limit: 100, created: { gte: start } })).data
      .filter((event) => (event.data.object as { customer?: string }).customer === customer.id)
      .map((event) => event.created)
      .reverse();
    expect(created).toEqual([...created].sort((a, b) => a - b));
  });

  it('renews by the real time where no test clock is, once however often it looks', async () => {
    const customer = await makeCustomer(null);
    const made = await subscribe(customer.id, await makePrice(800));
    const sandbox = bench.platform.payments.sandbox!;
    wall.advance(32 * DAY * 1000);
    await Promise.all([sandbox.tick(), sandbox.tick()]);
    wall.advance(2 * HOUR * 1000);
    await sandbox.tick();
    await sandbox.tick();
    expect((await invoicesOf(made.id)).map(({ status }) => status)).toEqual(['paid', 'paid']);
  });

  it('ends at the end of the period when asked to, unless that is taken back', async () => {
    const customer = await makeCustomer(at('2027-01-10T00:00:00Z'));
    const price = await makePrice(500);
    const [ends, stays] = [await subscribe(customer.id, price), await subscribe(customer.id, price)];
    for (const { id } of [ends, stays]) {
      const canceled = await stripe.subscriptions.update(id, { cancel_at_period_end: true });
      expect(canceled).toMatchObject({
        cancel_at_period_end: true,
        status: 'active',
        cancel_at: canceled.items.data[0]!.current_period_end,
      });
    }
    await stripe.subscriptions.update(stays.id, { cancel_at_period_end: false });
    await customer.advance(at('2027-02-11T00:00:00Z'));
    expect((await stripe.subscriptions.retrieve(ends.id)).status).toBe('canceled');
    expect((await stripe.subscriptions.retrieve(stays.id)).status).toBe('active');
    expect(await invoicesOf(ends.id)).toHaveLength(1);
    await expect(stripe.subscriptions.update(ends.id, { cancel_at_period_end: false })).rejects.toMatchObject(
      { statusCode: 400 },
    );
  });
});

describe('trials', () => {
  it('costs nothing, is announced three days before its end and becomes a paid month', async () => {
    const start = at('2027-01-01T00:00:00Z');
    const customer = await makeCustomer(start);
    const made = await subscribe(customer.id, await makePrice(1_200), { trial_period_days: 14 });
    expect(made).toMatchObject({ status: 'trialing', trial_end: start + 14 * DAY });
    await customer.advance(start + 12 * DAY);
    expect(await eventTypes('customer.subscription.trial', customer.id)).toHaveLength(1);
    await customer.advance(start + 15 * DAY);
    const after = await stripe.subscriptions.retrieve(made.id);
    expect(after.status).toBe('active');
    expect(periodOf(after)).toEqual(['2027-01-15', '2027-02-15']);
    expect((await invoicesOf(made.id)).map(({ total, status }) => [total, status])).toEqual([
      [0, 'paid'],
      [1_200, 'paid'],
    ]);
  });

  it('ends without a card as it was told to', async () => {
    const start = at('2027-01-01T00:00:00Z');
    for (const [behavior, status] of [
      ['cancel', 'canceled'],
      ['pause', 'paused'],
      ['create_invoice', 'past_due'],
    ] as const) {
      const customer = await makeCustomer(start);
      await stripe.paymentMethods.detach(customer.method);
      const made = await subscribe(customer.id, await makePrice(900), {
        trial_period_days: 7,
        trial_settings: { end_behavior: { missing_payment_method: behavior } },
      });
      await customer.advance(start + 8 * DAY);
      expect((await stripe.subscriptions.retrieve(made.id)).status).toBe(status);
    }
  });
});

describe('a renewal that fails', () => {
  async function failing() {
    const start = at('2027-01-01T00:00:00Z');
    const customer = await makeCustomer(start);
    const made = await subscribe(customer.id, await makePrice(1_500));
    const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id });
    await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: bad.id } });
    await customer.advance(at('2027-02-01T02:00:00Z'));
    return { customer, id: made.id };
  }

  it('is past due, is tried again, and comes back with a good card', async () => {
    const { customer, id } = await failing();
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('past_due');
    const [, open] = await invoicesOf(id);
    expect(open).toMatchObject({ status: 'open', attempt_count: 1 });
    expect(open!.next_payment_attempt).toBe(at('2027-02-04T01:00:00Z'));
    await stripe.customers.update(customer.id, {
      invoice_settings: { default_payment_method: customer.method },
    });
    await customer.advance(at('2027-02-04T02:00:00Z'));
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('active');
    expect((await invoicesOf(id))[1]).toMatchObject({
      status: 'paid',
      attempt_count: 2,
      next_payment_attempt: null,
    });
    expect(await eventTypes('invoice.pa', customer.id)).toEqual([
      'invoice.paid',
      'invoice.payment_succeeded',
      'invoice.payment_failed',
      'invoice.paid',
      'invoice.payment_succeeded',
    ]);
  });

  it('comes back when the invoice is paid by hand', async () => {
    const { customer, id } = await failing();
    const [, open] = await invoicesOf(id);
    await expect(stripe.invoices.pay(open!.id)).rejects.toMatchObject({ code: 'card_declined' });
    expect(await stripe.invoices.pay(open!.id, { payment_method: customer.method })).toMatchObject({
      status: 'paid',
    });
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('active');
  });

  it('ends after the last attempt and leaves the invoice open', async () => {
    const { customer, id } = await failing();
    await customer.advance(at('2027-02-25T00:00:00Z'));
    expect(await stripe.subscriptions.retrieve(id)).toMatchObject({
      status: 'canceled',
      cancellation_details: { reason: 'payment_failed' },
    });
    expect((await invoicesOf(id))[1]).toMatchObject({
      status: 'open',
      attempt_count: 4,
      next_payment_attempt: null,
    });
    await customer.advance(at('2027-04-01T00:00:00Z'));
    expect(await invoicesOf(id)).toHaveLength(2);
  });
});

describe('changes of plan', () => {
  const start = at('2027-04-01T00:00:00Z');
  const end = at('2027-05-01T00:00:00Z');
  /** https://docs.stripe.com/billing/subscriptions/prorations: unused and remaining time, by the second. */
  const rest = (cents: number, when: number) => Math.round((cents * (end - when)) / (end - start));

  it.each([at('2027-04-11T07:13:29Z'), at('2027-04-16T00:00:00Z'), at('2027-04-30T22:00:00Z')])(
    'credits and charges by the second, as previewed (%i)',
    async (when) => {
      const customer = await makeCustomer(start);
      const [small, big] = [await makePrice(1_999), await makePrice(4_999)];
      const made = await subscribe(customer.id, small);
      await customer.advance(when);
      const items = [{ id: made.items.data[0]!.id, price: big }];
      const expected = [-rest(1_999, when), rest(4_999, when)].filter((amount) => amount !== 0);
      const total = expected.reduce((sum, amount) => sum + amount, 0);
      const preview = await stripe.invoices.createPreview({
        subscription: made.id,
        subscription_details: { items, proration_behavior: 'always_invoice', proration_date: when },
      });
      expect(preview.lines.data.map(({ amount }) => amount)).toEqual(expected);
      expect(preview.total).toBe(total);
      const changed = await stripe.subscriptions.update(made.id, {
        items,
        proration_behavior: 'always_invoice',
      });
      expect(changed.items.data[0]!.price.id).toBe(big);
      expect(periodOf(changed)).toEqual(['2027-04-01', '2027-05-01']);
      const [, invoice] = await invoicesOf(made.id);
      expect(invoice).toMatchObject({ total, billing_reason: 'subscription_update', status: 'paid' });
      expect(invoice!.lines.data.every(({ parent }) => parent?.invoice_item_details?.proration)).toBe(true);
    },
  );

  it('puts prorations on the next invoice, or nowhere', async () => {
    const when = at('2027-04-16T00:00:00Z');
    const prices = [await makePrice(1_000), await makePrice(3_000)];
    for (const [behavior, expected] of [
      ['create_prorations', 3_000 + 1_000],
      ['none', 3_000],
    ] as const) {
      const customer = await makeCustomer(start);
      const made = await subscribe(customer.id, prices[0]!);
      await customer.advance(when);
      await stripe.subscriptions.update(made.id, {
        items: [{ id: made.items.data[0]!.id, price: prices[1] }],
        proration_behavior: behavior,
      });
      expect(await invoicesOf(made.id)).toHaveLength(1);
      expect(await stripe.invoices.createPreview({ subscription: made.id })).toMatchObject({
        total: expected,
      });
      await customer.advance(end + 2 * HOUR);
      expect((await invoicesOf(made.id))[1]).toMatchObject({ total: expected, status: 'paid' });
    }
  });

  it('starts a new year at once when the interval changes, less what was not used', async () => {
    const when = at('2027-04-16T00:00:00Z');
    const customer = await makeCustomer(start);
    const made = await subscribe(customer.id, await makePrice(1_000));
    await customer.advance(when);
    const yearly = await makePrice(10_000, 'year');
    const changed = await stripe.subscriptions.update(made.id, {
      items: [{ id: made.items.data[0]!.id, price: yearly }],
    });
    expect(periodOf(changed)).toEqual(['2027-04-16', '2028-04-16']);
    expect((await invoicesOf(made.id))[1]).toMatchObject({ total: 10_000 - 500, status: 'paid' });
  });

  it('takes a change back whose payment is refused, when told to', async () => {
    const customer = await makeCustomer(start);
    const [small, big] = [await makePrice(1_000), await makePrice(5_000)];
    const made = await subscribe(customer.id, small);
    const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id });
    await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: bad.id } });
    await customer.advance(start + 5 * DAY);
    await expect(
      stripe.subscriptions.update(made.id, {
        items: [{ id: made.items.data[0]!.id, price: big }],
        proration_behavior: 'always_invoice',
        payment_behavior: 'error_if_incomplete',
      }),
    ).rejects.toMatchObject({ statusCode: 402 });
    expect((await stripe.subscriptions.retrieve(made.id)).items.data[0]!.price.id).toBe(small);
    expect(await invoicesOf(made.id)).toHaveLength(1);
  });
});

describe('invoices', () => {
  it('collects items, applies a coupon, is finalized, paid and credited', async () => {
    const customer = await makeCustomer(null);
    await stripe.invoiceItems.create({
      customer: customer.id,
      amount: 3_000,
      currency: 'usd',
      description: 'Calls',
    });
    await stripe.invoiceItems.create({
      customer: customer.id,
      amount: -500,
      currency: 'usd',
      description: 'Credit',
    });
    const coupon = await stripe.coupons.create({ percent_off: 10, duration: 'once' });
    const draft = await stripe.invoices.create({
      customer: customer.id,
      pending_invoice_items_behavior: 'include',
      discounts: [{ coupon: coupon.id }],
    });
    expect(draft).toMatchObject({ status: 'draft', number: null, subtotal: 2_500, total: 2_200 });
    const open = await stripe.invoices.finalizeInvoice(draft.id);
    expect(open).toMatchObject({ status: 'open', amount_due: 2_200 });
    await expect(stripe.invoices.finalizeInvoice(draft.id)).rejects.toMatchObject({
      code: 'invoice_not_editable',
    });
    const paid = await stripe.invoices.pay(draft.id, {}, { idempotencyKey: draft.id });
    expect(paid).toMatchObject({ status: 'paid', amount_paid: 2_200, amount_remaining: 0 });
    expect((await stripe.invoices.pay(draft.id, {}, { idempotencyKey: draft.id })).id).toBe(draft.id);
    const shown = await stripe.invoices.retrieve(draft.id, { expand: ['payments'] });
    expect(shown.payments!.data).toMatchObject([{ status: 'paid', amount_paid: 2_200 }]);
    const note = await stripe.creditNotes.create({ invoice: draft.id, amount: 700, refund_amount: 700 });
    expect(note).toMatchObject({ type: 'post_payment', status: 'issued', total: 700 });
    await expect(
      stripe.creditNotes.create({ invoice: draft.id, amount: 1_501, refund_amount: 1_501 }),
    ).rejects.toMatchObject({ param: 'amount' });
  });

  it('voids what is open and nothing else, and sends what is to be sent', async () => {
    const customer = await makeCustomer(null);
    await stripe.invoiceItems.create({ customer: customer.id, amount: 900, currency: 'usd' });
    const invoice = await stripe.invoices.create({
      customer: customer.id,
      pending_invoice_items_behavior: 'include',
      collection_method: 'send_invoice',
      days_until_due: 14,
    });
    await expect(stripe.invoices.voidInvoice(invoice.id)).rejects.toMatchObject({ statusCode: 400 });
    const sent = await stripe.invoices.sendInvoice(invoice.id);
    expect(sent.status).toBe('open');
    expect(sent.due_date! - sent.created).toBe(14 * DAY);
    const page = await fetch(sent.hosted_invoice_url!);
    expect(await page.text()).toContain('no money moves');
    const answer = await bench.pay(sent.hosted_invoice_url!);
    expect(answer.status).toBe(303);
    expect((await stripe.invoices.retrieve(invoice.id)).status).toBe('paid');
    await expect(stripe.invoices.voidInvoice(invoice.id)).rejects.toMatchObject({ statusCode: 400 });
  });
});
