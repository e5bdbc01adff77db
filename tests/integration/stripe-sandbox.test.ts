import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSandboxCheckoutRouter } from '../../app/infra/stripe/sandbox/checkout-router.ts';
import { CARDS, startPaymentsBench, type PaymentsBench } from '../support/payments.ts';

let bench: PaymentsBench;
let stripe: Stripe;
beforeAll(async () => {
  bench = await startPaymentsBench();
  stripe = bench.platform.payments.stripe;
});
afterAll(() => bench.close());

async function openSession(cents = 1_000, locale: Stripe.Checkout.SessionCreateParams['locale'] = 'en') {
  const customer = await stripe.customers.create({});
  return stripe.checkout.sessions.create({
    mode: 'payment',
    customer: customer.id,
    client_reference_id: 'chk_test',
    locale,
    line_items: [
      {
        quantity: 1,
        price_data: { currency: 'usd', unit_amount: cents, product_data: { name: 'Credit <b>' } },
      },
    ],
    success_url: `${bench.url}/done?session={CHECKOUT_SESSION_ID}`,
    cancel_url: `${bench.url}/canceled`,
  });
}

describe('sandbox API', () => {
  it('gives the same answer to the same idempotency key, also when both ask at once', async () => {
    const options = { idempotencyKey: `key-${Date.now()}` };
    const make = () => stripe.customers.create({ metadata: { a: '1' } }, options);
    const [first, ...others] = await Promise.all([make(), make(), make(), make()]);
    expect(new Set([first!.id, ...others.map(({ id }) => id)]).size).toBe(1);
  });

  it('refuses other parameters under the same idempotency key', async () => {
    const options = { idempotencyKey: `key-other-${Date.now()}` };
    await stripe.customers.create({ metadata: { a: '1' } }, options);
    await expect(stripe.customers.create({ metadata: { a: '2' } }, options)).rejects.toMatchObject({
      type: 'StripeIdempotencyError',
      statusCode: 400,
    });
  });

  it('keeps no answer for a request that was refused, so that it can be put right', async () => {
    const options = { idempotencyKey: `key-bad-${Date.now()}` };
    const bad = { name: 'x', colour: 'red' } as Stripe.ProductCreateParams;
    await expect(stripe.products.create(bad, options)).rejects.toMatchObject({ code: 'parameter_unknown' });
    await expect(stripe.products.create({ name: 'x' }, options)).resolves.toMatchObject({ name: 'x' });
  });

  it('names unknown and missing parameters the way Stripe does', async () => {
    const nested = { mode: 'payment', line_items: [{ quantity: 1, colour: 'red' }] };
    await expect(
      stripe.checkout.sessions.create({
        ...nested,
        customer: 'cus_x',
        success_url: 'http://127.0.0.1/',
      } as unknown as Stripe.Checkout.SessionCreateParams),
    ).rejects.toMatchObject({ code: 'parameter_unknown', param: 'line_items[0][colour]' });
    await expect(stripe.products.create({} as unknown as Stripe.ProductCreateParams)).rejects.toMatchObject({
      code: 'parameter_missing',
      param: 'name',
    });
  });

  it('does not know ids it never gave out', async () => {
    for (const request of [
      () => stripe.checkout.sessions.retrieve('cs_test_nothing'),
      () => stripe.paymentIntents.retrieve('pi_nothing'),
      () => stripe.subscriptions.cancel('sub_nothing'),
      () => stripe.events.retrieve('evt_nothing'),
    ]) {
      await expect(request()).rejects.toMatchObject({ statusCode: 404, code: 'resource_missing' });
    }
  });

  it('refuses keys that are not its own', async () => {
    const stranger = new Stripe('sk_test_somebody_else', {
      host: '127.0.0.1',
      port: stripe.getApiField('port'),
      protocol: 'http',
      maxNetworkRetries: 0,
    });
    await expect(stranger.customers.create({})).rejects.toMatchObject({ statusCode: 401 });
  });

  it('refuses charges below 50 cents', async () => {
    await expect(openSession(49)).rejects.toMatchObject({ code: 'amount_too_small' });
  });

  it('expires an open session once', async () => {
    const session = await openSession();
    expect(await stripe.checkout.sessions.expire(session.id)).toMatchObject({ status: 'expired', url: null });
    await expect(stripe.checkout.sessions.expire(session.id)).rejects.toMatchObject({ statusCode: 400 });
    expect((await bench.pay(session.url!)).status).toBe(410);
  });
});

describe('sandbox checkout page', () => {
  it('says that no money moves, in the language of the session, and escapes names', async () => {
    const words = {
      en: 'Sandbox – no money moves',
      zh: '沙盒环境',
      'zh-TW': '沙盒環境',
      ja: 'サンドボックス',
    } as const;
    for (const [locale, text] of Object.entries(words)) {
      const session = await openSession(1_000, locale as 'en');
      const html = await (await fetch(session.url!)).text();
      expect(html).toContain(text);
      expect(html).toContain('Credit &#60;b&#62;');
      expect(html).not.toContain('<b>');
      expect(html).not.toMatch(/<script|<style|style=/);
    }
  });

  it('takes a good card, goes back to the program and tells it by signed webhook', async () => {
    const from = bench.received.length;
    const session = await openSession(2_500);
    const response = await bench.pay(session.url!);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(`${bench.url}/done?session=${session.id}`);
    const paid = await stripe.checkout.sessions.retrieve(session.id);
    expect(paid).toMatchObject({ status: 'complete', payment_status: 'paid', amount_total: 2_500 });
    expect(paid).not.toHaveProperty('sandbox');
    expect(await stripe.paymentIntents.retrieve(paid.payment_intent as string)).toMatchObject({
      status: 'succeeded',
      amount_received: 2_500,
    });
    const events = await bench.events(2, from);
    expect(events.map(({ type }) => type).sort()).toEqual([
      'checkout.session.completed',
      'payment_intent.succeeded',
    ]);
    const [secret] = bench.platform.payments.webhookSecrets;
    for (const { payload, signature } of events) {
      expect(() => stripe.webhooks.constructEvent(payload, signature, secret!)).not.toThrow();
    }
    expect((await stripe.events.list({ limit: 1 })).data).toHaveLength(1);
  });

  it('charges once, however often the button is pressed', async () => {
    const from = bench.received.length;
    const session = await openSession();
    const answers = await Promise.all(Array.from({ length: 5 }, () => bench.pay(session.url!)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303]));
    await bench.events(2, from);
    const completed = bench.received.slice(from).filter(({ type }) => type === 'checkout.session.completed');
    expect(completed).toHaveLength(1);
  });

  it('declines the cards that Stripe declines and lets the buyer try again', async () => {
    for (const [card, words] of [
      [CARDS.declined, 'was declined'],
      [CARDS.insufficient, 'insufficient funds'],
    ] as const) {
      const session = await openSession();
      const refused = await bench.pay(session.url!, card);
      expect(refused.status).toBe(402);
      expect(await refused.text()).toContain(words);
      expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
        status: 'open',
        payment_status: 'unpaid',
      });
      expect((await bench.pay(session.url!)).status).toBe(303);
    }
  });

  it('refuses real cards and says which field is wrong', async () => {
    const session = await openSession();
    const response = await fetch(session.url!, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ number: '4111 1111 1111 1111', expiry: '01/20', cvc: 'x' }),
    });
    expect(response.status).toBe(400);
    const html = await response.text();
    for (const field of ['number', 'expiry', 'cvc']) expect(html).toContain(`id="${field}-problem"`);
  });

  it('has no page for a session that does not exist', async () => {
    expect((await fetch(`${bench.url}/stripe-sandbox/checkout/cs_test_nothing`)).status).toBe(404);
  });

  it('cannot be mounted with real keys', () => {
    expect(() => createSandboxCheckoutRouter({ ...bench.platform.payments, sandbox: null })).toThrow(
      RangeError,
    );
  });
});
