import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RequestFault } from '../../app/infra/stripe/sandbox/faults.ts';
import { startPaymentsBench, type PaymentsBench } from '../support/payments.ts';
import { unique } from '../support/factories.ts';

let bench: PaymentsBench;
let stripe: Stripe;
beforeAll(async () => {
  bench = await startPaymentsBench();
  stripe = bench.platform.payments.stripe;
});
afterEach(() => sandbox().faults.clear());
afterAll(() => bench.close());

const sandbox = () => bench.platform.payments.sandbox!;
const ONCE = { maxNetworkRetries: 0 };
const countCustomers = async (email: string) => (await stripe.customers.list({ email })).data.length;

describe('answers that do not come', () => {
  it('makes each object once when answers are lost and the client asks again', async () => {
    const emails = Array.from({ length: 6 }, () => `${unique('lost-')}@example.com`);
    await sandbox().faults.add({ kind: 'lost_answer', match: 'POST /v1/customers', every: 2 });
    for (const email of emails) await stripe.customers.create({ email });
    await sandbox().faults.clear();
    for (const email of emails) expect(await countCustomers(email)).toBe(1);
  });

  it('gives the answer that was lost to whoever asks under the same key', async () => {
    const email = `${unique('lost-')}@example.com`;
    const idempotencyKey = unique('key-');
    // The client asks once more by itself when a connection breaks.
    await sandbox().faults.add({ kind: 'lost_answer', times: 2 });
    await expect(stripe.customers.create({ email }, { ...ONCE, idempotencyKey })).rejects.toMatchObject({
      type: 'StripeConnectionError',
    });
    const again = await stripe.customers.create({ email }, { ...ONCE, idempotencyKey });
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(await countCustomers(email)).toBe(1);
  });

  it.each([
    ['conflict', 409, 1],
    ['rate_limit', 429, 0],
    ['server_error', 500, 1],
  ] as [RequestFault, number, number][])(
    'does nothing when it answers %s',
    async (kind, statusCode, retried) => {
      const email = `${unique('trouble-')}@example.com`;
      await sandbox().faults.add({ kind, match: 'POST /v1/customers', times: 1 });
      await expect(stripe.customers.create({ email }, ONCE)).rejects.toMatchObject({ statusCode });
      expect(await countCustomers(email)).toBe(0);
      await sandbox().faults.add({ kind, match: 'POST /v1/customers', times: 1 });
      // The client tries again by itself after all but 429.
      await stripe.customers.create({ email }).catch(() => null);
      expect(await countCustomers(email)).toBe(retried);
    },
  );

  it('lets a client wait in vain and does nothing', async () => {
    const email = `${unique('slow-')}@example.com`;
    await sandbox().faults.add({ kind: 'timeout', match: 'POST /v1/customers', times: 1 });
    await expect(stripe.customers.create({ email }, { ...ONCE, timeout: 200 })).rejects.toMatchObject({
      type: 'StripeConnectionError',
    });
    expect(await countCustomers(email)).toBe(0);
  });

  it('says 409 to a second request under a key that is at work', async () => {
    const idempotencyKey = unique('busy-');
    await sandbox().transact(async (core) => {
      await core.state.tryLock(`key:${idempotencyKey}`);
      await expect(stripe.customers.create({}, { ...ONCE, idempotencyKey })).rejects.toMatchObject({
        statusCode: 409,
        code: 'idempotency_key_in_use',
      });
    });
  });

  it('keeps a refusal under its key, as Stripe does', async () => {
    const method = await stripe.paymentMethods.create({
      type: 'card',
      card: { token: 'tok_chargeDeclined' },
    });
    const idempotencyKey = unique('refused-');
    const pay = () =>
      stripe.paymentIntents.create(
        { amount: 500, currency: 'usd', payment_method: method.id, confirm: true, return_url: bench.url },
        { idempotencyKey },
      );
    const first = (await pay().catch((error: unknown) => error)) as Stripe.errors.StripeCardError;
    const second = (await pay().catch((error: unknown) => error)) as Stripe.errors.StripeCardError;
    expect(first.payment_intent!.id).toBe(second.payment_intent!.id);
  });
});

describe('events on their way', () => {
  async function makeCustomers(count: number): Promise<{ ids: string[]; received: string[] }> {
    await sandbox().idle();
    const from = bench.received.length;
    const ids: string[] = [];
    for (let i = 0; i < count; i += 1) {
      const { id } = await stripe.customers.create({});
      await stripe.customers.update(id, { name: `n${i}` });
      ids.push(id);
      // What two requests cause is under way at the same time, and arrives in any order.
      await sandbox().idle();
    }
    const received = bench.received
      .slice(from)
      .map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as Stripe.Event)
      .map((event) => (event.data.object as { id: string }).id);
    return { ids, received };
  }

  it('arrive twice when duplicates are ordered, with one id', async () => {
    await sandbox().faults.add({ kind: 'duplicate', match: 'customer.' });
    const { ids, received } = await makeCustomers(2);
    expect(received).toEqual([ids[0], ids[0], ids[1], ids[1]]);
  });

  it('get lost for the webhook, not for the list of events', async () => {
    const start = Math.floor(Date.now() / 1000) - 1;
    await sandbox().faults.add({ kind: 'drop', match: 'customer.updated', every: 2 });
    const { ids, received } = await makeCustomers(4);
    expect(received).toEqual([ids[0], ids[2]]);
    const listed: string[] = [];
    for await (const event of stripe.events.list({
      types: ['customer.updated'],
      created: { gte: start },
      limit: 2,
    }))
      listed.push((event.data.object as Stripe.Customer).id);
    expect(listed.slice(0, 4)).toEqual([...ids].reverse());
  });

  it('come in the wrong order when that is ordered', async () => {
    const from = bench.received.length;
    await sandbox().faults.add({ kind: 'shuffle' });
    const customer = await stripe.customers.create({});
    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      customer: customer.id,
      line_items: [{ price_data: { currency: 'usd', unit_amount: 900, product_data: { name: 'x' } } }],
      success_url: bench.url,
    });
    await bench.pay(session.url!);
    await sandbox().idle();
    expect(bench.received.slice(from).map(({ type }) => type)).toEqual([
      'checkout.session.completed',
      'payment_intent.succeeded',
    ]);
  });

  it('come late when that is ordered, and again when asked for', async () => {
    await sandbox().faults.add({ kind: 'delay', delayMs: 300, times: 1, match: 'customer.updated' });
    const { ids, received } = await makeCustomers(2);
    expect(received).toEqual([ids[1]]);
    const [event] = await bench.events(1, bench.received.length);
    expect(event!.type).toBe('customer.updated');
    await sandbox().resend(event!.id);
    await sandbox().idle();
    expect(bench.received.filter(({ id }) => id === event!.id)).toHaveLength(2);
  });
});

describe('control page', () => {
  it('is there for those who know its address', async () => {
    expect((await fetch(`${bench.url}/stripe-sandbox/control/guess`)).status).toBe(404);
    const url = `${bench.url}/stripe-sandbox/control/${sandbox().controlToken}`;
    const form = { action: 'add', kind: 'drop', match: 'customer.', times: '3' };
    expect(
      (await fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) })).status,
    ).toBe(303);
    expect(await sandbox().faults.list()).toMatchObject([{ kind: 'drop', match: 'customer.', times: 3 }]);
    expect(await (await fetch(url, { headers: { 'accept-language': 'ja' } })).text()).toContain(
      'イベントが失われる',
    );
    await fetch(url, { method: 'POST', body: new URLSearchParams({ action: 'clear' }) });
    expect(await sandbox().faults.list()).toEqual([]);
  });
});
