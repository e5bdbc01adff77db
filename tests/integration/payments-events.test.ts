/** Stripe's events in every order, twice, never, and about things that do not fit. */
import { eq, inArray } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../app/domain/context.ts';
import { getLedgerBalance, verifyLedger } from '../../app/domain/ledger/index.ts';
import { getCheckout, startTopUp } from '../../app/domain/payments/index.ts';
import { applyStripeEvent, reconcileStripe } from '../../app/domain/stripe-events/index.ts';
import { createSubscription, getSubscription } from '../../app/domain/subscriptions/index.ts';
import { getWallet } from '../../app/domain/wallets/index.ts';
import { NANOS_PER_UNIT } from '../../app/lib/money.ts';
import {
  checkouts,
  ledgerEntries,
  ledgerTransactions,
  paymentMethods,
  stripeEvents,
  subscriptionFees,
  subscriptions,
} from '../../db/schema/index.ts';
import { makeBuyer, makeSeller, makeService, unique, type Person } from '../support/factories.ts';
import { startPaymentsBench, type PaymentsBench } from '../support/payments.ts';

const USD = (units: number) => BigInt(units) * NANOS_PER_UNIT;

let bench: PaymentsBench;
beforeAll(async () => {
  bench = await startPaymentsBench();
});
afterAll(() => bench.close());

async function flatService() {
  const seller = await makeSeller(bench.platform);
  const made = await makeService(seller, { plans: [{ name: 'Flat', kind: 'flat', monthlyFee: '9.00' }] });
  return { seller, ...made };
}

/** Everything Stripe has told since, about one customer. */
async function eventsOf(customer: string): Promise<{ id: string; type: string; objectId: string }[]> {
  const found = [];
  for await (const event of bench.platform.payments.stripe.events.list({ limit: 100 })) {
    const object = event.data.object as { id: string; object: string; customer?: string };
    const owner = object.object === 'customer' ? object.id : object.customer;
    if (owner === customer) found.push({ id: event.id, type: event.type, objectId: object.id });
  }
  return found.reverse();
}

async function customerOf(buyer: Person): Promise<string> {
  const [row] = await bench.platform.db.query.organizations.findMany({
    where: (table, { eq: is }) => is(table.id, buyer.organizationId),
  });
  return row!.stripeCustomerId!;
}

/** Stripe answers each question as it did the first time: nothing changes there meanwhile. */
function remembering(ctx: Context): Context {
  const answers = new Map<string, Promise<unknown>>();
  const asked = (path: string, resource: object): PropertyDescriptor => {
    const remember = (name: string): PropertyDescriptor => ({
      value: (...args: unknown[]) => {
        const key = `${path}.${name}:${JSON.stringify(args)}`;
        const ask = Reflect.get(resource, name) as (...all: unknown[]) => Promise<unknown>;
        const answer = answers.get(key) ?? Promise.resolve(ask.apply(resource, args));
        answers.set(key, answer);
        return answer;
      },
    });
    const names = ['retrieve', 'list', 'listPaymentMethods'].filter((name) => name in resource);
    return {
      value: Object.create(
        resource,
        Object.fromEntries(names.map((name) => [name, remember(name)])),
      ) as unknown,
    };
  };
  const { stripe: real } = ctx.payments;
  const stripe = Object.create(real, {
    customers: asked('customers', real.customers),
    invoices: asked('invoices', real.invoices),
    invoicePayments: asked('invoicePayments', real.invoicePayments),
    paymentIntents: asked('paymentIntents', real.paymentIntents),
    paymentMethods: asked('paymentMethods', real.paymentMethods),
    subscriptions: asked('subscriptions', real.subscriptions),
    checkout: {
      value: Object.create(real.checkout, { sessions: asked('sessions', real.checkout.sessions) }) as unknown,
    },
  }) as typeof real;
  return { ...ctx, payments: { ...ctx.payments, stripe } };
}

class RolledBack extends Error {}

/** Does `work` in a transaction, a savepoint within another, and leaves nothing of it. */
async function inTrial(ctx: Context, work: (tx: Context) => Promise<void>): Promise<void> {
  await ctx.db
    .transaction(async (db) => {
      await work({ ...ctx, db });
      throw new RolledBack();
    })
    .catch((error: unknown) => {
      if (!(error instanceof RolledBack)) throw error;
    });
}

/** Applies the events in every order, each from where the one before left off, and looks at every end. */
async function applyInEveryOrder(
  ctx: Context,
  events: { id: string }[],
  atEnd: (ctx: Context) => Promise<void>,
): Promise<void> {
  if (events.length === 0) return atEnd(ctx);
  for (const { id } of events) {
    await inTrial(ctx, async (tx) => {
      await applyStripeEvent(tx, { eventId: id });
      await applyInEveryOrder(
        tx,
        events.filter((event) => event.id !== id),
        atEnd,
      );
    });
  }
}

describe('any order of events', () => {
  it(
    'ends in one state for all 720 orders of the six events of a subscription that was paid',
    { timeout: 400_000, retry: 0 },
    async () => {
      const { seller, service, plan } = await flatService();
      const buyer = await makeBuyer(bench.platform);
      const { subscription, checkout } = await createSubscription(buyer.ctx, {
        service: service.id,
        planId: plan.id,
      });
      await bench.pay(checkout!.url);
      const told = await eventsOf(await customerOf(buyer));
      const wanted = [
        'checkout.session.completed',
        'customer.subscription.created',
        'invoice.paid',
        'payment_intent.succeeded',
        'payment_method.attached',
      ];
      const six = wanted.map((type) => told.find((event) => event.type === type)!);
      six.push({ ...six[2]!, id: `${six[2]!.id}_again` });
      expect(six.every(Boolean)).toBe(true);
      const states: string[] = [];
      await inTrial(remembering(bench.system), async (tx) => {
        await tx.db.insert(stripeEvents).values(six.map((event) => ({ ...event, createdAt: new Date() })));
        await applyInEveryOrder(tx, six, async (end) => {
          states.push(await describeState(end, seller, subscription.id, checkout!.id));
        });
      });
      expect(states).toHaveLength(720);
      expect([...new Set(states)]).toEqual([
        JSON.stringify({
          status: 'active',
          plan: plan.id,
          paid: 'paid',
          fees: 1,
          booked: 1,
          seller: '8100000000',
        }),
      ]);
    },
  );

  async function describeState(tx: Context, seller: Person, subscriptionId: string, checkoutId: string) {
    const [subscription] = await tx.db
      .select()
      .from(subscriptions)
      .where(eq(subscriptions.id, subscriptionId));
    const [checkout] = await tx.db.select().from(checkouts).where(eq(checkouts.id, checkoutId));
    const fees = await tx.db
      .select()
      .from(subscriptionFees)
      .where(eq(subscriptionFees.subscriptionId, subscriptionId));
    const booked = await tx.db
      .select()
      .from(ledgerTransactions)
      .where(inArray(ledgerTransactions.reference, [checkoutId, ...fees.map(({ id }) => id)]));
    const pending = await getLedgerBalance(
      { ...seller.ctx, db: tx.db },
      { organizationId: seller.organizationId, purpose: 'seller_pending' },
    );
    return JSON.stringify({
      status: subscription?.status,
      plan: subscription?.planId,
      paid: checkout?.status,
      fees: fees.length,
      booked: booked.length,
      seller: pending.toString(),
    });
  }

  it(
    'credits each of 120 orders once, whatever is told twice, in disorder, or never',
    { timeout: 400_000, retry: 0 },
    async () => {
      const { seller, service, plan } = await flatService();
      const random = seededRandom(7);
      const orders: { buyer: Person; checkoutId: string; subscriptionId: string | null }[] = [];
      for (let batch = 0; batch < 30; batch++) {
        orders.push(
          ...(await Promise.all(
            [0, 1, 2, 3].map(async (slot) => {
              const buyer = await makeBuyer(bench.platform);
              if (slot % 2 === 0) {
                const { checkout, url } = await startTopUp(buyer.ctx, {
                  amountNanos: USD(10),
                  idempotencyKey: unique('key-'),
                });
                await bench.pay(url);
                return { buyer, checkoutId: checkout.id, subscriptionId: null };
              }
              const made = await createSubscription(buyer.ctx, { service: service.id, planId: plan.id });
              await bench.pay(made.checkout!.url);
              return { buyer, checkoutId: made.checkout!.id, subscriptionId: made.subscription.id };
            }),
          )),
        );
      }
      const all = [];
      for await (const event of bench.platform.payments.stripe.events.list({ limit: 100 })) {
        all.push({ id: event.id, type: event.type, objectId: (event.data.object as { id: string }).id });
      }
      // A fifth never arrives; the rest comes twice, in any order, several at a time.
      const arrived = all.filter(() => random() > 0.2);
      await bench.platform.db
        .insert(stripeEvents)
        .values(arrived.map((event) => ({ ...event, createdAt: new Date() })))
        .onConflictDoNothing();
      const twice = shuffle([...arrived, ...arrived], random);
      const asking = remembering(bench.system);
      for (let i = 0; i < twice.length; i += 4) {
        await Promise.all(twice.slice(i, i + 4).map(({ id }) => applyStripeEvent(asking, { eventId: id })));
      }
      const later = {
        ...bench.system.clock,
        now: () => Date.now() + 2 * 3_600_000,
        date: () => new Date(Date.now() + 2 * 3_600_000),
      };
      await reconcileStripe({ ...asking, clock: later });
      const lost = await bench.platform.db.query.stripeEvents.findMany({
        where: (table, { isNull: none }) => none(table.appliedAt),
      });
      for (const { id } of lost) await applyStripeEvent(asking, { eventId: id });
      let subscribed = 0;
      for (const { buyer, checkoutId, subscriptionId } of orders) {
        expect((await getCheckout(buyer.ctx, { checkoutId })).status).toBe('paid');
        expect((await getWallet(buyer.ctx)).availableNanos).toBe(subscriptionId ? 0n : USD(10));
        if (!subscriptionId) continue;
        subscribed++;
        expect((await getSubscription(buyer.ctx, { subscriptionId })).status).toBe('active');
      }
      expect(
        await getLedgerBalance(seller.ctx, {
          organizationId: seller.organizationId,
          purpose: 'seller_pending',
        }),
      ).toBe((USD(9) * 9n * BigInt(subscribed)) / 10n);
      expect((await verifyLedger(bench.system)).problems).toEqual([]);
    },
  );
});

describe('what does not fit', () => {
  it('keeps the money of a subscription that was paid at another price, and starts nothing', async () => {
    const { service, plan } = await flatService();
    const buyer = await makeBuyer(bench.platform);
    const { subscription, checkout } = await createSubscription(buyer.ctx, {
      service: service.id,
      planId: plan.id,
    });
    await bench.platform.db
      .update(checkouts)
      .set({ amountNanos: USD(5) })
      .where(eq(checkouts.id, checkout!.id));
    await bench.pay(checkout!.url);
    for (const event of await eventsOf(await customerOf(buyer))) {
      await bench.platform.db
        .insert(stripeEvents)
        .values({ ...event, createdAt: new Date() })
        .onConflictDoNothing();
      await applyStripeEvent(bench.system, { eventId: event.id });
    }
    expect((await getWallet(buyer.ctx)).availableNanos).toBe(USD(9));
    expect((await getSubscription(buyer.ctx, { subscriptionId: subscription.id })).status).toBe(
      'pending_payment',
    );
    expect((await verifyLedger(bench.system)).problems).toEqual([]);
  });

  it('asks for the price that counts when a crash came before Stripe was asked', async () => {
    const { service, plan } = await flatService();
    const buyer = await makeBuyer(bench.platform);
    const { subscription, checkout } = await createSubscription(buyer.ctx, {
      service: service.id,
      planId: plan.id,
    });
    await bench.platform.db.delete(checkouts).where(eq(checkouts.id, checkout!.id));
    await bench.platform.db.insert(checkouts).values({
      id: checkout!.id.replace(/.$/, '0'),
      organizationId: buyer.organizationId,
      kind: 'subscription',
      amountNanos: USD(4),
      planId: plan.id,
      subscriptionId: subscription.id,
      idempotencyKey: `subscription:${subscription.id}`,
    });
    const again = await createSubscription(buyer.ctx, { service: service.id, planId: plan.id });
    expect(again.checkout!.checkout.amountNanos).toBe(USD(9));
    await bench.pay(again.checkout!.url);
    for (const event of await eventsOf(await customerOf(buyer))) {
      await bench.platform.db
        .insert(stripeEvents)
        .values({ ...event, createdAt: new Date() })
        .onConflictDoNothing();
      await applyStripeEvent(bench.system, { eventId: event.id });
    }
    expect((await getSubscription(buyer.ctx, { subscriptionId: subscription.id })).status).toBe('active');
  });
});

describe('saved cards', () => {
  it('are known from the events of a payment, and belong to who paid', async () => {
    const rows = await bench.platform.db.select().from(paymentMethods);
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ organizationId }) => organizationId)).size).toBe(rows.length);
    expect(rows.every(({ isDefault, lastFour }) => isDefault && lastFour === '4242')).toBe(true);
    expect(await bench.platform.db.$count(ledgerEntries)).toBeGreaterThan(0);
  });
});

/** Fisher and Yates. */
function shuffle<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

/** Mulberry32: the same disorder in every run. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
