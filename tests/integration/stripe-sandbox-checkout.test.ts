import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPaymentsBench, type PaymentsBench } from '../support/payments.ts';

let bench: PaymentsBench;
let stripe: Stripe;
beforeAll(async () => {
  bench = await startPaymentsBench();
  stripe = bench.platform.payments.stripe;
});
afterAll(() => bench.close());

type Params = Stripe.Checkout.SessionCreateParams;

async function open(params: Partial<Params>, customer?: string): Promise<Stripe.Checkout.Session> {
  return stripe.checkout.sessions.create({
    customer: customer ?? (await stripe.customers.create({})).id,
    success_url: `${bench.url}/done`,
    ...params,
  });
}

const line = (cents: number, interval?: 'month' | 'year'): Params['line_items'] => [
  {
    price_data: {
      currency: 'usd',
      unit_amount: cents,
      product_data: { name: 'Plan' },
      ...(interval && { recurring: { interval } }),
    },
    quantity: 1,
  },
];
const send = (url: string, fields: Record<string, string>) =>
  fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) });
const CARD = { number: '4242424242424242', expiry: '12/34', cvc: '123' };
const again = (session: Stripe.Checkout.Session) => stripe.checkout.sessions.retrieve(session.id);

describe('checkout for a subscription', () => {
  it.each(['month', 'year'] as const)('begins a %sly one with the card as its own', async (interval) => {
    const session = await open({
      mode: 'subscription',
      line_items: line(1_000, interval),
      subscription_data: { metadata: { a: 'b' } },
    });
    expect((await bench.pay(session.url!)).status).toBe(303);
    const done = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ['subscription.latest_invoice', 'line_items'],
    });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      amount_total: 1_000,
      subscription: {
        status: 'active',
        metadata: { a: 'b' },
        latest_invoice: { status: 'paid', amount_paid: 1_000, billing_reason: 'subscription_create' },
      },
      line_items: { data: [{ amount_total: 1_000, description: 'Plan' }] },
    });
    const subscription = done.subscription as Stripe.Subscription;
    expect(subscription.default_payment_method).toMatch(/^pm_/);
    expect(subscription.items.data[0]!.price.recurring!.interval).toBe(interval);
  });

  it('takes a card for a trial and no money', async () => {
    const session = await open({
      mode: 'subscription',
      line_items: line(1_500, 'month'),
      subscription_data: { trial_period_days: 7 },
    });
    expect(session.amount_total).toBe(0);
    expect((await bench.pay(session.url!, '4000 0000 0000 0002')).status).toBe(402);
    expect((await bench.pay(session.url!, '4000 0000 0000 0341')).status).toBe(303);
    const done = await again(session);
    expect(done.payment_status).toBe('no_payment_required');
    expect((await stripe.subscriptions.retrieve(done.subscription as string)).status).toBe('trialing');
  });

  it('needs no card for a trial that says so', async () => {
    const session = await open({
      mode: 'subscription',
      line_items: line(1_500, 'month'),
      payment_method_collection: 'if_required',
      subscription_data: {
        trial_period_days: 7,
        trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
      },
    });
    expect(await (await fetch(session.url!)).text()).not.toContain('name="number"');
    expect((await send(session.url!, {})).status).toBe(303);
    const { subscription } = await again(session);
    expect(await stripe.subscriptions.retrieve(subscription as string)).toMatchObject({
      status: 'trialing',
      default_payment_method: null,
    });
  });
});

describe('checkout with the bank’s page', () => {
  it.each(['payment', 'subscription', 'setup'] as const)(
    'ends where the bank says, in mode %s',
    async (mode) => {
      const lines =
        mode === 'setup'
          ? { currency: 'usd' }
          : { line_items: line(2_000, mode === 'subscription' ? 'month' : undefined) };
      const session = await open({ mode, ...lines });
      const away = await bench.pay(session.url!, '4000 0025 0000 3155');
      const challenge = away.headers.get('location')!;
      expect(challenge).toContain('/stripe-sandbox/challenge/');
      const failed = await send(challenge, { outcome: 'fail' });
      expect(await (await fetch(failed.headers.get('location')!)).text()).toContain('could not confirm');
      expect((await again(session)).status).toBe('open');
      const second = (await bench.pay(session.url!, '4000 0025 0000 3155')).headers.get('location')!;
      expect((await send(second, { outcome: 'complete' })).headers.get('location')).toBe(`${bench.url}/done`);
      expect((await again(session)).status).toBe('complete');
    },
  );
});

describe('discounts', () => {
  it('takes a promotion code that is typed, once for each use it has', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 25, duration: 'once' });
    const promotion = await stripe.promotionCodes.create({
      promotion: { type: 'coupon', coupon: coupon.id },
      code: 'SPRING25',
      max_redemptions: 1,
    });
    const session = await open({ mode: 'payment', line_items: line(4_000), allow_promotion_codes: true });
    expect((await send(`${session.url!}/code`, { code: 'nonsense' })).status).toBe(400);
    expect((await send(`${session.url!}/code`, { code: 'spring25' })).status).toBe(303);
    expect(await (await fetch(session.url!)).text()).toContain('−$10.00');
    await bench.pay(session.url!);
    const done = await again(session);
    expect(done).toMatchObject({
      amount_subtotal: 4_000,
      amount_total: 3_000,
      total_details: { amount_discount: 1_000 },
    });
    expect(await stripe.paymentIntents.retrieve(done.payment_intent as string)).toMatchObject({
      amount_received: 3_000,
    });
    expect((await stripe.promotionCodes.retrieve(promotion.id)).times_redeemed).toBe(1);
    const next = await open({ mode: 'payment', line_items: line(4_000), allow_promotion_codes: true });
    expect((await send(`${next.url!}/code`, { code: 'SPRING25' })).status).toBe(400);
    await expect(
      open({ mode: 'payment', line_items: line(4_000), discounts: [{ promotion_code: promotion.id }] }),
    ).rejects.toMatchObject({ code: 'promotion_code_invalid' });
  });

  it('gives a coupon to a subscription’s first invoice', async () => {
    const coupon = await stripe.coupons.create({ amount_off: 300, currency: 'usd', duration: 'once' });
    const session = await open({
      mode: 'subscription',
      line_items: line(1_000, 'month'),
      discounts: [{ coupon: coupon.id }],
    });
    await bench.pay(session.url!);
    const { subscription } = await again(session);
    expect(await stripe.invoices.createPreview({ subscription: subscription as string })).toMatchObject({
      total: 1_000,
    });
    const [first] = (await stripe.invoices.list({ subscription: subscription as string })).data;
    expect(first).toMatchObject({ subtotal: 1_000, total: 700, amount_paid: 700 });
  });
});

describe('what a checkout leaves behind', () => {
  it('saves a card and offers it the next time', async () => {
    const { id: customer } = await stripe.customers.create({});
    const first = await open(
      { mode: 'payment', line_items: line(900), payment_intent_data: { setup_future_usage: 'off_session' } },
      customer,
    );
    await bench.pay(first.url!);
    const [method] = (await stripe.paymentMethods.list({ customer })).data;
    const second = await open({ mode: 'payment', line_items: line(700) }, customer);
    expect(await (await fetch(second.url!)).text()).toContain(method!.id);
    expect((await send(second.url!, { method: method!.id })).status).toBe(303);
    const paid = await stripe.paymentIntents.retrieve((await again(second)).payment_intent as string);
    expect(paid).toMatchObject({ payment_method: method!.id, status: 'succeeded' });
    const other = await open({ mode: 'payment', line_items: line(700) });
    expect((await send(other.url!, { method: method!.id })).status).toBe(400);
  });

  it('saves a card without a payment', async () => {
    const session = await open({
      mode: 'setup',
      currency: 'usd',
      setup_intent_data: { metadata: { why: 'later' } },
    });
    await bench.pay(session.url!);
    const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['setup_intent'] });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'no_payment_required',
      setup_intent: { status: 'succeeded', metadata: { why: 'later' } },
    });
  });

  it('keeps a tax id', async () => {
    const session = await open({
      mode: 'payment',
      line_items: line(900),
      tax_id_collection: { enabled: true },
      customer_update: { name: 'auto' },
    });
    await send(session.url!, { ...CARD, business: 'Ada Ltd', tax_type: 'gb_vat', tax_id: 'GB123456789' });
    expect((await stripe.customers.listTaxIds(session.customer as string)).data).toMatchObject([
      { type: 'gb_vat', value: 'GB123456789' },
    ]);
    expect((await again(session)).customer_details).toMatchObject({ business_name: 'Ada Ltd' });
  });
});

describe('customer portal', () => {
  it('cancels and keeps subscriptions, saves cards and shows invoices, in the session’s language', async () => {
    const session = await open({ mode: 'subscription', line_items: line(1_000, 'month') });
    await bench.pay(session.url!);
    const { subscription, customer } = await again(session);
    const portal = await stripe.billingPortal.sessions.create({
      customer: customer as string,
      return_url: `${bench.url}/home`,
      locale: 'zh-TW',
    });
    const html = await (await fetch(portal.url)).text();
    expect(html).toContain('沙盒環境');
    expect(html).toContain('/stripe-sandbox/invoices/in_');
    expect(html).not.toMatch(/<script|<style|style=/);
    await send(portal.url, { action: 'cancel', id: subscription as string });
    expect((await stripe.subscriptions.retrieve(subscription as string)).cancel_at_period_end).toBe(true);
    await send(portal.url, { action: 'keep', id: subscription as string });
    expect((await stripe.subscriptions.retrieve(subscription as string)).cancel_at_period_end).toBe(false);
    expect((await send(portal.url, { action: 'add', ...CARD, number: '4000 0000 0000 0002' })).status).toBe(
      402,
    );
    await send(portal.url, { action: 'add', ...CARD, number: '5555 5555 5555 4444' });
    const [card] = (await stripe.paymentMethods.list({ customer: customer as string })).data;
    expect(card!.card!.brand).toBe('mastercard');
    await send(portal.url, { action: 'default', id: card!.id });
    expect(await stripe.customers.retrieve(customer as string)).toMatchObject({
      invoice_settings: { default_payment_method: card!.id },
    });
  });

  it('touches nothing of another customer', async () => {
    const session = await open({ mode: 'subscription', line_items: line(1_000, 'month') });
    await bench.pay(session.url!);
    const { subscription } = await again(session);
    const stranger = await stripe.billingPortal.sessions.create({
      customer: (await stripe.customers.create({})).id,
    });
    await send(stranger.url, { action: 'cancel', id: subscription as string });
    expect((await stripe.subscriptions.retrieve(subscription as string)).cancel_at_period_end).toBe(false);
    expect((await fetch(`${bench.url}/stripe-sandbox/portal/bps_nothing`)).status).toBe(404);
  });
});
