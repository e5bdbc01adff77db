import { and, count, eq, sql } from 'drizzle-orm';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlan } from '../../app/domain/plans/index.ts';
import { verifyLedger, getLedgerBalance } from '../../app/domain/ledger/index.ts';
import { getCheckout, startTopUp } from '../../app/domain/payments/index.ts';
import { recordStripeEvent } from '../../app/domain/stripe-events/index.ts';
import {
  cancelSubscription,
  createSubscription,
  issueFirstKey,
  reconcileCheckout,
  syncStripeSubscription,
} from '../../app/domain/subscriptions/index.ts';
import { getWallet } from '../../app/domain/wallets/index.ts';
import {
  auditEvents,
  checkouts,
  ledgerTransactions,
  organizations,
  stripeEvents,
} from '../../db/schema/index.ts';
import { NANOS_PER_UNIT } from '../../app/lib/money.ts';
import { action as webhookAction } from '../../app/routes/webhooks/stripe.ts';
import { createTestClock } from '../support/clock.ts';
import { makeBuyer, makeSeller, makeService, unique, type Person } from '../support/factories.ts';
import { CARDS, startPaymentsBench, type PaymentsBench, type ReceivedWebhook } from '../support/payments.ts';
import type { JobPayload } from '../../worker/jobs.ts';
import { cancelStripeSubscription } from '../../worker/tasks/cancel-stripe-subscription.ts';

const MADE_AND_PAID = ['customer.subscription.created', 'invoice.paid', 'checkout.session.completed'];
const USD = (units: number) => BigInt(units) * NANOS_PER_UNIT;

let bench: PaymentsBench;
beforeAll(async () => {
  bench = await startPaymentsBench();
});
afterAll(() => bench.close());

const topUp = (buyer: Person, units: number, idempotencyKey = unique('key-')) =>
  startTopUp(buyer.ctx, { amountNanos: USD(units), idempotencyKey });
const statusOf = async (buyer: Person, checkoutId: string) =>
  (await getCheckout(buyer.ctx, { checkoutId })).status;
const available = async (buyer: Person) => (await getWallet(buyer.ctx)).availableNanos;

async function refusals(checkoutId: string) {
  const rows = await bench.platform.db
    .select({ after: auditEvents.after })
    .from(auditEvents)
    .where(and(eq(auditEvents.subjectId, checkoutId), eq(auditEvents.action, 'payment.refuse')));
  return rows.map(({ after }) => after?.['reason']);
}

async function paidTopUp(buyer: Person, units: number) {
  const from = bench.received.length;
  const started = await topUp(buyer, units);
  await bench.pay(started.url);
  return { ...started, events: await bench.events(2, from) };
}

describe('wallet top-up', () => {
  it('credits the wallet when the webhook is applied, and not before', async () => {
    const buyer = await makeBuyer(bench.platform);
    const { checkout, events } = await paidTopUp(buyer, 25);
    expect(await statusOf(buyer, checkout.id)).toBe('open');
    expect(await available(buyer)).toBe(0n);
    for (const event of events) await bench.take(event);
    expect(await statusOf(buyer, checkout.id)).toBe('paid');
    expect(await available(buyer)).toBe(USD(25));
    expect(
      await getLedgerBalance(buyer.ctx, { organizationId: buyer.organizationId, purpose: 'buyer_wallet' }),
    ).toBe(USD(25));
  });

  it('credits once under duplicates that arrive and are applied all at the same time', async () => {
    const buyer = await makeBuyer(bench.platform);
    const { checkout, events } = await paidTopUp(buyer, 10);
    const all = [...events, ...events, ...events];
    await Promise.all(all.map((event) => bench.take(event)));
    await Promise.all([1, 2, 3].map(() => reconcileCheckout(bench.system, { checkoutId: checkout.id })));
    expect(await available(buyer)).toBe(USD(10));
  });

  it('credits what a lost webhook would have said when it is reconciled', async () => {
    const buyer = await makeBuyer(bench.platform);
    const { checkout } = await paidTopUp(buyer, 10);
    await reconcileCheckout(bench.system, { checkoutId: checkout.id });
    expect(await available(buyer)).toBe(USD(10));
  });

  it('gives the same checkout to the same idempotency key, also when both ask at once', async () => {
    const buyer = await makeBuyer(bench.platform);
    const key = unique('same-key-');
    const started = await Promise.all(Array.from({ length: 6 }, () => topUp(buyer, 10, key)));
    expect(new Set(started.map(({ checkout }) => checkout.id)).size).toBe(1);
    expect(new Set(started.map(({ url }) => url)).size).toBe(1);
    await expect(topUp(buyer, 11, key)).rejects.toMatchObject({ code: 'conflict' });
    const stranger = await makeBuyer(bench.platform);
    expect((await topUp(stranger, 11, key)).checkout.id).not.toBe(started[0]!.checkout.id);
  });

  it('repairs a crash between our row and Stripe’s answer by asking again', async () => {
    const buyer = await makeBuyer(bench.platform);
    const key = unique('crash-key-');
    const first = await topUp(buyer, 10, key);
    await bench.platform.db
      .update(checkouts)
      .set({ stripeSessionId: null })
      .where(eq(checkouts.id, first.checkout.id));
    const again = await topUp(buyer, 10, key);
    expect(again.url).toBe(first.url);
    expect(again.checkout.stripeSessionId).toBe(first.checkout.stripeSessionId);
  });

  it('refuses amounts out of bounds and fractions of a cent', async () => {
    const buyer = await makeBuyer(bench.platform);
    const attempt = (amountNanos: bigint) =>
      startTopUp(buyer.ctx, { amountNanos, idempotencyKey: unique('key-') });
    for (const amountNanos of [0n, -USD(5), USD(1) - 1n, USD(10_000) + 10_000_000n, USD(5) + 1n]) {
      await expect(attempt(amountNanos)).rejects.toMatchObject({ code: 'invalid_request' });
    }
    await expect(attempt(USD(1))).resolves.toBeTruthy();
    await expect(attempt(USD(10_000))).resolves.toBeTruthy();
  });

  it('is not for members without a billing role, and foreign checkouts do not exist', async () => {
    const buyer = await makeBuyer(bench.platform);
    const member = bench.platform.createContext({ ...buyer.actor, role: 'member' });
    await expect(
      startTopUp(member, { amountNanos: USD(5), idempotencyKey: unique('key-') }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    const { checkout } = await topUp(buyer, 5);
    const stranger = await makeBuyer(bench.platform);
    await expect(getCheckout(stranger.ctx, { checkoutId: checkout.id })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('credits nothing for a declined card', async () => {
    const buyer = await makeBuyer(bench.platform);
    const from = bench.received.length;
    const { checkout, url } = await topUp(buyer, 10);
    expect((await bench.pay(url, CARDS.declined)).status).toBe(402);
    for (const event of await bench.events(1, from)) await bench.take(event);
    await reconcileCheckout(bench.system, { checkoutId: checkout.id });
    expect(await statusOf(buyer, checkout.id)).toBe('open');
    expect(await available(buyer)).toBe(0n);
  });

  it('answers 503 while Stripe does not, and goes on under the same key afterwards', async () => {
    const buyer = await makeBuyer(bench.platform);
    const down = new Stripe('sk_test_x', {
      host: '127.0.0.1',
      port: 1,
      protocol: 'http',
      maxNetworkRetries: 0,
    });
    const key = unique('down-key-');
    const payments = { ...bench.platform.payments, stripe: down };
    await expect(
      startTopUp({ ...buyer.ctx, payments }, { amountNanos: USD(5), idempotencyKey: key }),
    ).rejects.toMatchObject({ code: 'payment_unavailable' });
    await expect(topUp(buyer, 5, key)).resolves.toMatchObject({ checkout: { status: 'open' } });
  });
});

describe('a payment that does not fit its checkout', () => {
  /** Makes Stripe's session say something else than our row. */
  async function tampered(change: Partial<typeof checkouts.$inferInsert>) {
    const buyer = await makeBuyer(bench.platform);
    const { checkout, events } = await paidTopUp(buyer, 10);
    await bench.platform.db.update(checkouts).set(change).where(eq(checkouts.id, checkout.id));
    for (const event of events) await bench.take(event);
    return { buyer, checkout };
  }

  it('credits nothing for another amount, and records it', async () => {
    const { buyer, checkout } = await tampered({ amountNanos: USD(1_000) });
    expect(await available(buyer)).toBe(0n);
    expect(await statusOf(buyer, checkout.id)).toBe('failed');
    expect(await refusals(checkout.id)).toContain('other_amount');
  });

  it('credits nothing in another currency', async () => {
    const { buyer, checkout } = await tampered({ currency: 'JPY' });
    expect(await available(buyer)).toBe(0n);
    expect(await refusals(checkout.id)).toContain('other_currency');
  });

  it('credits nothing to an order that a foreign session names', async () => {
    const victim = await makeBuyer(bench.platform);
    const { checkout } = await topUp(victim, 100);
    const { stripe } = bench.platform.payments;
    const from = bench.received.length;
    const customer = await stripe.customers.create({});
    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      customer: customer.id,
      client_reference_id: checkout.id,
      metadata: { checkout_id: checkout.id, organization_id: victim.organizationId },
      line_items: [
        { quantity: 1, price_data: { currency: 'usd', unit_amount: 10_000, product_data: { name: 'x' } } },
      ],
      success_url: `${bench.url}/done`,
    });
    await bench.pay(session.url!);
    for (const event of await bench.events(2, from)) await bench.take(event);
    expect(await available(victim)).toBe(0n);
    // The order itself can still be paid.
    expect(await statusOf(victim, checkout.id)).toBe('open');
    expect(await refusals(checkout.id)).toContain('other_session');
  });

  it('credits nothing when another customer paid', async () => {
    const buyer = await makeBuyer(bench.platform);
    const { checkout, events } = await paidTopUp(buyer, 10);
    await bench.platform.db
      .update(organizations)
      .set({ stripeCustomerId: unique('cus_other') })
      .where(eq(organizations.id, buyer.organizationId));
    for (const event of events) await bench.take(event);
    expect(await available(buyer)).toBe(0n);
    expect(await refusals(checkout.id)).toContain('other_customer');
  });
});

describe('flat plans', () => {
  async function flatService() {
    const seller = await makeSeller(bench.platform);
    const made = await makeService(seller, { plans: [{ name: 'Flat', kind: 'flat', monthlyFee: '9.00' }] });
    return { seller, ...made };
  }

  async function subscribeAndPay(serviceId: string, planId: string) {
    const buyer = await makeBuyer(bench.platform);
    const { subscription, checkout, key } = await createSubscription(buyer.ctx, {
      service: serviceId,
      planId,
    });
    expect(key).toBeNull();
    const from = bench.received.length;
    await bench.pay(checkout!.url);
    await bench.platform.payments.sandbox!.idle();
    // The ones that say that the subscription was made and paid; others only repeat it.
    const events = bench.received.slice(from).filter(({ type }) => MADE_AND_PAID.includes(type));
    return { buyer, subscription, checkoutId: checkout!.id, events };
  }

  const subscriptionStatus = async (buyer: Person, checkoutId: string) =>
    (await getCheckout(buyer.ctx, { checkoutId })).subscription?.status;

  it('activates once and shares the fee between seller and platform, in every order of events with duplicates', async () => {
    const { seller, service, plan } = await flatService();
    const pending = () =>
      getLedgerBalance(seller.ctx, { organizationId: seller.organizationId, purpose: 'seller_pending' });
    let paid = 0n;
    for (const order of permutations([0, 1, 2])) {
      const { buyer, checkoutId, events } = await subscribeAndPay(service.id, plan.id);
      const twice = order.flatMap((i) => [events[i]!, events[i]!]);
      for (const event of twice) await bench.take(event);
      paid += (USD(9) * 9n) / 10n;
      expect(await subscriptionStatus(buyer, checkoutId)).toBe('active');
      expect(await statusOf(buyer, checkoutId)).toBe('paid');
      expect(await pending()).toBe(paid);
    }
  });

  it('ends in one state when payment and cancellation overtake each other', async () => {
    const { service, plan } = await flatService();
    const states = new Set<string>();
    for (const order of permutations([0, 1, 2, 3])) {
      const { buyer, subscription, checkoutId, events } = await subscribeAndPay(service.id, plan.id);
      const from = bench.received.length;
      const remote = await findRemoteSubscription(checkoutId);
      await bench.platform.payments.stripe.subscriptions.cancel(remote);
      const all: ReceivedWebhook[] = [...events, ...(await bench.events(1, from))];
      for (const i of order) await bench.take(all[i]!);
      const fees = await bench.platform.db
        .select({ count: count() })
        .from(ledgerTransactions)
        .where(eq(ledgerTransactions.reference, checkoutId));
      states.add(
        JSON.stringify([
          await subscriptionStatus(buyer, checkoutId),
          await statusOf(buyer, checkoutId),
          fees[0]?.count,
        ]),
      );
      expect(subscription.status).toBe('pending_payment');
    }
    expect([...states]).toEqual([JSON.stringify(['canceled', 'paid', 1])]);
  }, 120_000);

  async function findRemoteSubscription(checkoutId: string): Promise<string> {
    const [row] = await bench.platform.db.select().from(checkouts).where(eq(checkouts.id, checkoutId));
    const session = await bench.platform.payments.stripe.checkout.sessions.retrieve(row!.stripeSessionId!);
    return session.subscription as string;
  }

  it('shows the first key once', async () => {
    const { service, plan } = await flatService();
    const { buyer, subscription, events } = await subscribeAndPay(service.id, plan.id);
    expect(await issueFirstKey(buyer.ctx, { subscriptionId: subscription.id })).toBeNull();
    for (const event of events) await bench.take(event);
    const both = await Promise.all(
      [1, 2].map(() => issueFirstKey(buyer.ctx, { subscriptionId: subscription.id })),
    );
    expect(both.filter((issued) => issued !== null)).toHaveLength(1);
  });

  it('leads to the same checkout while it can be paid and to a new one when it has expired', async () => {
    const { service, plan } = await flatService();
    const buyer = await makeBuyer(bench.platform);
    const order = { service: service.id, planId: plan.id };
    const first = await createSubscription(buyer.ctx, order);
    expect((await createSubscription(buyer.ctx, order)).checkout).toMatchObject({ url: first.checkout!.url });
    const [row] = await bench.platform.db
      .select()
      .from(checkouts)
      .where(eq(checkouts.id, first.checkout!.id));
    await bench.platform.payments.stripe.checkout.sessions.expire(row!.stripeSessionId!);
    const second = await createSubscription(buyer.ctx, order);
    expect(second.checkout!.id).not.toBe(first.checkout!.id);
    expect(await statusOf(buyer, first.checkout!.id)).toBe('expired');
  });

  it('expires the open checkout of a subscription that was given up', async () => {
    const { service, plan } = await flatService();
    const buyer = await makeBuyer(bench.platform);
    const { subscription, checkout } = await createSubscription(buyer.ctx, {
      service: service.id,
      planId: plan.id,
    });
    await cancelSubscription(buyer.ctx, { subscriptionId: subscription.id });
    await syncStripeSubscription(bench.system, { subscriptionId: subscription.id });
    expect(await statusOf(buyer, checkout!.id)).toBe('expired');
    expect((await bench.pay(checkout!.url)).status).toBe(410);
  });

  it('tells Stripe not to renew what the buyer cancelled, and only that', async () => {
    const { service, plan } = await flatService();
    const { buyer, subscription, checkoutId, events } = await subscribeAndPay(service.id, plan.id);
    for (const event of events) await bench.take(event);
    await cancelSubscription(buyer.ctx, { subscriptionId: subscription.id });
    await syncStripeSubscription(bench.system, { subscriptionId: subscription.id });
    await syncStripeSubscription(bench.system, { subscriptionId: subscription.id });
    const remote = await bench.platform.payments.stripe.subscriptions.retrieve(
      await findRemoteSubscription(checkoutId),
    );
    expect(remote).toMatchObject({ status: 'active', cancel_at_period_end: true });
    expect(await subscriptionStatus(buyer, checkoutId)).toBe('active');
  });

  it('keeps the money of a payment that another subscription overtook in the buyer’s wallet', async () => {
    const { seller, service, plan } = await flatService();
    const free = await createPlan(seller.ctx, { serviceId: service.id, name: 'Free', kind: 'free' });
    const { buyer, subscription, checkoutId, events } = await subscribeAndPay(service.id, plan.id);
    await cancelSubscription(buyer.ctx, { subscriptionId: subscription.id });
    await createSubscription(buyer.ctx, { service: service.id, planId: free.id });
    for (const event of [...events, ...events]) await bench.take(event);
    expect(await available(buyer)).toBe(USD(9));
    expect(await subscriptionStatus(buyer, checkoutId)).toBe('canceled');
    const remote = await findRemoteSubscription(checkoutId);
    const [job] = await bench.platform.db.execute<{ payload: JobPayload<'cancel_stripe_subscription'> }>(sql`
      select payload from graphile_worker._private_jobs where key = ${`cancel:${remote}`}`);
    expect(job?.payload.subscriptionId).toBe(subscription.id);
    await cancelStripeSubscription(bench.system, job!.payload);
    expect(await bench.platform.payments.stripe.subscriptions.retrieve(remote)).toMatchObject({
      status: 'canceled',
    });
  });
});

describe('webhook', () => {
  const anonymous = () => bench.platform.createContext({ type: 'anonymous' });

  async function aReceivedEvent(): Promise<ReceivedWebhook> {
    const buyer = await makeBuyer(bench.platform);
    return (await paidTopUp(buyer, 10)).events[0]!;
  }

  async function stored(id: string): Promise<boolean> {
    const rows = await bench.platform.db.select().from(stripeEvents).where(eq(stripeEvents.id, id));
    return rows.length > 0;
  }

  it('refuses forged, stale and future signatures and the other mode', async () => {
    const { payload, id } = await aReceivedEvent();
    const { stripe, webhookSecrets } = bench.platform.payments;
    const secret = webhookSecrets[0]!;
    const now = Math.floor(Date.now() / 1000);
    const text = Buffer.from(payload).toString();
    const sign = (options: { secret?: string; timestamp?: number; payload?: string } = {}) =>
      stripe.webhooks.generateTestHeaderString({ payload: text, secret, ...options });
    const good = sign();
    const live = text.replace('"livemode":false,"api_version"', '"livemode":true,"api_version"');
    expect(live).not.toBe(text);
    const forgeries: Record<string, { payload?: string; signature: string | null }> = {
      missing: { signature: null },
      empty: { signature: '' },
      garbage: { signature: 'hello' },
      'other secret': { signature: sign({ secret: 'whsec_somebody_else' }) },
      'no timestamp': { signature: good.replace(/t=\d+,/, '') },
      'no v1': { signature: good.replace('v1=', 'v0=') },
      'changed body': { payload: text.replace('usd', 'jpy'), signature: good },
      'body with a space more': { payload: `${text} `, signature: good },
      'changed timestamp': { signature: good.replace(/t=\d+/, `t=${now - 10}`) },
      'signed 301 s ago': { signature: sign({ timestamp: now - 301 }) },
      'signed 10 h ahead': { signature: sign({ timestamp: now + 36_000 }) },
      'two timestamps': { signature: `t=${now - 1},${good}` },
      'cut signature': { signature: good.slice(0, -2) },
      'live mode': { payload: live, signature: sign({ payload: live }) },
      'no event': { payload: '{"a":1}', signature: sign({ payload: '{"a":1}' }) },
      'no JSON': { payload: 'hello', signature: sign({ payload: 'hello' }) },
    };
    for (const [name, { payload: body = text, signature }] of Object.entries(forgeries)) {
      await expect(
        recordStripeEvent(anonymous(), { payload: Buffer.from(body), signature }),
        name,
      ).rejects.toMatchObject({ code: 'invalid_request' });
    }
    expect(await stored(id)).toBe(false);
    await expect(recordStripeEvent(anonymous(), { payload, signature: good })).resolves.toEqual({
      isNew: true,
    });
    await expect(recordStripeEvent(anonymous(), { payload, signature: good })).resolves.toEqual({
      isNew: false,
    });
  });

  it('accepts the old secret while secrets are rolled, and no empty one', async () => {
    const { payload, signature } = await aReceivedEvent();
    const { payments } = bench.platform;
    const [current] = payments.webhookSecrets;
    const withSecrets = (webhookSecrets: string[]) => ({
      ...anonymous(),
      payments: { ...payments, webhookSecrets },
    });
    await expect(recordStripeEvent(withSecrets(['']), { payload, signature })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await expect(
      recordStripeEvent(withSecrets(['whsec_new', current!]), { payload, signature }),
    ).resolves.toEqual({ isNew: true });
  });

  it('checks the age by the program’s clock', async () => {
    const clock = createTestClock();
    const { payload, signature } = await aReceivedEvent();
    clock.advance(301_000);
    await expect(recordStripeEvent({ ...anonymous(), clock }, { payload, signature })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  async function post(body: Uint8Array, headers: Record<string, string>): Promise<Response> {
    const request = new Request(`${bench.url}/webhooks/stripe`, {
      method: 'POST',
      body: Buffer.from(body),
      headers,
    });
    return webhookAction({
      request,
      params: {},
      context: { platform: bench.platform, requestId: 'req_test', cspNonce: '', clientIp: '127.0.0.1' },
    });
  }

  it('answers 200 once recorded, 400 to forgeries and 413 before it verifies anything', async () => {
    const { payload, signature } = await aReceivedEvent();
    expect((await post(payload, { 'stripe-signature': signature })).status).toBe(200);
    expect((await post(payload, { 'stripe-signature': 't=1,v1=00' })).status).toBe(400);
    expect((await post(new Uint8Array(300 * 1024), { 'stripe-signature': signature })).status).toBe(413);
  });
});

describe('after everything', () => {
  it('the ledger agrees with wallets, checkouts and itself', async () => {
    const verdict = await verifyLedger(bench.system);
    // Rows that tests above bent on purpose were never paid.
    expect(verdict.problems).toEqual([]);
    expect(verdict.transactions).toBeGreaterThan(10);
  });
});

function permutations<T>(items: T[]): T[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}
