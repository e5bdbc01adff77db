/** Recurring fees over time: trials, renewals, upgrades, downgrades, failures. Stripe's clock is moved by hand. */
import { and, asc, desc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Context } from '../../app/domain/context.ts';
import { getLedgerBalance, verifyLedger } from '../../app/domain/ledger/index.ts';
import { refundPayment, sendRefund } from '../../app/domain/payments/index.ts';
import { changePlanPrice, type PlanInput } from '../../app/domain/plans/index.ts';
import {
  cancelSubscription,
  changePlan,
  createSubscription,
  getSubscriptionDetail,
  prepareRenewals,
  previewPlanChange,
  resumeSubscription,
  startStripeSubscription,
  syncStripeSubscription,
} from '../../app/domain/subscriptions/index.ts';
import { NANOS_PER_UNIT, toCents } from '../../app/lib/money.ts';
import {
  auditEvents,
  checkouts,
  keys,
  organizations,
  refunds,
  stripeOperations,
  subscriptionFees,
} from '../../db/schema/index.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';
import {
  makeAdministrator,
  makeBuyer,
  makeSeller,
  makeService,
  unique,
  type Person,
} from '../support/factories.ts';
import { startPaymentsBench, type PaymentsBench } from '../support/payments.ts';
import { applyNews } from '../support/stripe-news.ts';

// Months go by in some of these; a busy machine needs a while for them.
vi.setConfig({ testTimeout: 120_000 });

const USD = (units: number) => BigInt(units) * NANOS_PER_UNIT;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let bench: PaymentsBench;
let clock: TestClock;
let system: Context;
beforeAll(async () => {
  clock = createTestClock();
  bench = await startPaymentsBench({ clock });
  system = bench.system;
});
afterAll(() => bench.close());

const PLANS: PlanInput[] = [
  { name: 'Small', kind: 'flat', monthlyFee: '10.00' },
  { name: 'Big', kind: 'flat', monthlyFee: '30.00' },
  { name: 'Free', kind: 'free' },
  { name: 'Yearly', kind: 'custom', fee: '100.00', interval: 'year' },
  { name: 'Trial', kind: 'custom', fee: '10.00', interval: 'month', trialDays: 14 },
  { name: 'Per call', kind: 'per_call', callPrice: '0.001' },
];

interface Customer {
  buyer: Person;
  seller: Person;
  planIds: Record<string, string>;
  subscriptionId: string;
  checkoutId: string | null;
  customerId: string;
  /** Moves Stripe's clock and ours to so many days after the start. */
  to(day: number): Promise<string[]>;
}

/** A buyer on a plan, whose customer at Stripe lives by a clock of its own. */
async function subscribed(planName: string): Promise<Customer> {
  const { stripe } = bench.platform.payments;
  const start = Date.now();
  clock.set(start);
  const seller = await makeSeller(bench.platform);
  const { service, plans } = await makeService(seller, { plans: PLANS });
  const planIds = Object.fromEntries(plans.map(({ name, id }) => [name, id]));
  const buyer = await makeBuyer(bench.platform, { balance: '5' });
  const testClock = await stripe.testHelpers.testClocks.create({ frozen_time: Math.floor(start / 1000) });
  const customer = await stripe.customers.create({
    test_clock: testClock.id,
    metadata: { organization_id: buyer.organizationId },
  });
  await bench.platform.db
    .update(organizations)
    .set({ stripeCustomerId: customer.id })
    .where(eq(organizations.id, buyer.organizationId));
  const { subscription, checkout } = await createSubscription(buyer.ctx, {
    service: service.id,
    planId: planIds[planName]!,
  });
  if (checkout) await bench.pay(checkout.url);
  await applyNews(system);
  return {
    buyer,
    seller,
    planIds,
    subscriptionId: subscription.id,
    checkoutId: checkout?.id ?? null,
    customerId: customer.id,
    async to(day) {
      const time = start + Math.round(day * DAY_MS);
      clock.set(time);
      await stripe.testHelpers.testClocks.advance(testClock.id, { frozen_time: Math.floor(time / 1000) });
      return applyNews(system);
    },
  };
}

const detail = ({ buyer, subscriptionId }: Customer) => getSubscriptionDetail(buyer.ctx, { subscriptionId });
const feesOf = ({ subscriptionId }: Customer) =>
  bench.platform.db
    .select()
    .from(subscriptionFees)
    .where(eq(subscriptionFees.subscriptionId, subscriptionId))
    .orderBy(asc(subscriptionFees.periodStart), asc(subscriptionFees.paidAt));
const amountsOf = async (customer: Customer) =>
  (await feesOf(customer)).map(({ amountNanos }) => amountNanos);
const audited = (subjectId: string, action: string) =>
  bench.platform.db
    .select()
    .from(auditEvents)
    .where(and(eq(auditEvents.subjectId, subjectId), eq(auditEvents.action, action)));
const sync = ({ subscriptionId }: Customer) => syncStripeSubscription(system, { subscriptionId });

/** From now on the saved card of a customer is this one. */
async function useCard(customer: Customer, card: string): Promise<void> {
  const { stripe } = bench.platform.payments;
  const method = await stripe.paymentMethods.attach(card, { customer: customer.customerId });
  await stripe.customers.update(customer.customerId, {
    invoice_settings: { default_payment_method: method.id },
  });
  const { stripeSubscriptionId } = await detail(customer);
  await stripe.subscriptions.update(stripeSubscriptionId!, { default_payment_method: method.id });
}

describe('a recurring fee', () => {
  it('is booked once a month, and the period moves with it', async () => {
    const customer = await subscribed('Small');
    const first = await detail(customer);
    expect(first).toMatchObject({ status: 'active', nextFee: { amountNanos: USD(10) } });
    await customer.to(33);
    await applyNews(system);
    const second = await detail(customer);
    expect(second.currentPeriodStart).toEqual(first.currentPeriodEnd);
    expect(await amountsOf(customer)).toEqual([USD(10), USD(10)]);
    expect(
      await getLedgerBalance(customer.seller.ctx, {
        organizationId: customer.seller.organizationId,
        purpose: 'seller_pending',
      }),
    ).toBe(USD(18));
    expect((await verifyLedger(system)).problems).toEqual([]);
  });

  it('starts after the trial, which is told about three days before its end, and tried once', async () => {
    const customer = await subscribed('Trial');
    const { trialEndsAt, status } = await detail(customer);
    expect(status).toBe('active');
    expect(Math.round((trialEndsAt!.getTime() - clock.now()) / DAY_MS)).toBe(14);
    expect(await amountsOf(customer)).toEqual([]);
    await customer.to(10);
    await prepareRenewals(system);
    expect(await audited(customer.subscriptionId, 'subscription.trial_ending')).toHaveLength(0);
    await customer.to(12);
    await prepareRenewals(system);
    await prepareRenewals(system);
    expect(await audited(customer.subscriptionId, 'subscription.trial_ending')).toHaveLength(1);
    await customer.to(15);
    expect(await amountsOf(customer)).toEqual([USD(10)]);
    expect(await detail(customer)).toMatchObject({ status: 'active', trialEndsAt: null });
    const { serviceId } = await detail(customer);
    expect(await audited(serviceId, 'subscription.trial_started')).toHaveLength(1);
  });

  it('that fails leaves days of grace, and works again when it is paid', async () => {
    const customer = await subscribed('Small');
    await useCard(customer, 'pm_card_chargeCustomerFail');
    await customer.to(33);
    const due = await detail(customer);
    expect(due.status).toBe('past_due');
    expect(due.graceUntil!.getTime()).toBe(due.currentPeriodEnd!.getTime() + 7 * DAY_MS);
    expect(await amountsOf(customer)).toEqual([USD(10)]);
    await useCard(customer, 'pm_card_visa');
    const { stripe } = bench.platform.payments;
    const [invoice] = (await stripe.invoices.list({ customer: customer.customerId, status: 'open' })).data;
    await stripe.invoices.pay(invoice!.id);
    await applyNews(system);
    expect(await detail(customer)).toMatchObject({ status: 'active', graceUntil: null });
    expect(await amountsOf(customer)).toEqual([USD(10), USD(10)]);
  });

  it('that stays unpaid ends the subscription and its keys', async () => {
    const customer = await subscribed('Small');
    await useCard(customer, 'pm_card_chargeCustomerFail');
    await customer.to(33);
    const { stripeSubscriptionId } = await detail(customer);
    await bench.platform.payments.stripe.subscriptions.cancel(stripeSubscriptionId!);
    await applyNews(system);
    expect((await detail(customer)).status).toBe('canceled');
  });

  it('changes with the first renewal after a new price, as the page announces', async () => {
    const customer = await subscribed('Small');
    const before = await detail(customer);
    await changePlanPrice(customer.seller.ctx, {
      planId: customer.planIds['Small']!,
      kind: 'flat',
      monthlyFee: '12.00',
    });
    expect((await detail(customer)).nextFee).toMatchObject({ amountNanos: USD(12), changesFrom: USD(10) });
    clock.set(before.currentPeriodEnd!.getTime() - 2 * HOUR_MS);
    expect((await prepareRenewals(system)).synced).toBe(1);
    await sync(customer);
    await customer.to(33);
    expect(await amountsOf(customer)).toEqual([USD(10), USD(12)]);
    expect((await detail(customer)).nextFee).toMatchObject({ amountNanos: USD(12), changesFrom: null });
  });
});

describe('a change of plan', () => {
  it('to more charges today exactly what the preview said, once, and keeps the keys', async () => {
    const customer = await subscribed('Small');
    await customer.to(10);
    const order = { subscriptionId: customer.subscriptionId, planId: customer.planIds['Big']! };
    const preview = await previewPlanChange(customer.buyer.ctx, order);
    expect(preview).toMatchObject({ kind: 'upgrade', nextFeeNanos: USD(30) });
    expect(preview.dueTodayNanos! > USD(10) && preview.dueTodayNanos! < USD(20)).toBe(true);
    const cents = toCents(preview.dueTodayNanos!);
    const agreed = { ...order, prorationDate: preview.prorationDate!, expectedCents: cents };
    await expect(
      changePlan(customer.buyer.ctx, { ...agreed, expectedCents: cents - 1 }),
    ).rejects.toMatchObject({
      code: 'conflict',
    });
    const keysBefore = await bench.platform.db.$count(keys, eq(keys.subscriptionId, order.subscriptionId));
    expect((await changePlan(customer.buyer.ctx, agreed)).outcome).toBe('changed');
    expect((await changePlan(customer.buyer.ctx, agreed)).outcome).toBe('unchanged');
    await applyNews(system, (events) => events.toReversed());
    expect(await amountsOf(customer)).toEqual([USD(10), preview.dueTodayNanos]);
    expect((await detail(customer)).planId).toBe(order.planId);
    expect(await bench.platform.db.$count(keys, eq(keys.subscriptionId, order.subscriptionId))).toBe(
      keysBefore,
    );
    await customer.to(33);
    expect((await amountsOf(customer)).at(-1)).toBe(USD(30));
  });

  it('happens once when Stripe’s answer was lost', async () => {
    const customer = await subscribed('Small');
    await customer.to(10);
    const order = { subscriptionId: customer.subscriptionId, planId: customer.planIds['Big']! };
    const preview = await previewPlanChange(customer.buyer.ctx, order);
    const agreed = { ...order, prorationDate: preview.prorationDate! };
    const { sandbox, stripe } = bench.platform.payments;
    const { stripeSubscriptionId } = await detail(customer);
    await sandbox!.faults.add({
      kind: 'lost_answer',
      match: `POST /v1/subscriptions/${stripeSubscriptionId}`,
      times: 3,
    });
    await expect(changePlan(customer.buyer.ctx, agreed)).rejects.toMatchObject({
      code: 'payment_unavailable',
    });
    await sandbox!.faults.clear();
    expect((await changePlan(customer.buyer.ctx, agreed)).outcome).toBe('changed');
    expect(await amountsOf(customer)).toEqual([USD(10), preview.dueTodayNanos]);
    expect((await stripe.invoices.list({ customer: customer.customerId })).data).toHaveLength(2);
  });

  it.each([
    { kind: 'lost_answer', plan: 'Big', outcome: 'done' },
    { kind: 'server_error', plan: 'Small', outcome: 'failed' },
  ] as const)('of unknown fate ($kind) is $outcome after a night', async ({ kind, plan, outcome }) => {
    const { faults } = bench.platform.payments.sandbox!;
    const customer = await subscribed('Small');
    const order = { subscriptionId: customer.subscriptionId, planId: customer.planIds['Big']! };
    const preview = await previewPlanChange(customer.buyer.ctx, order);
    const { stripeSubscriptionId } = await detail(customer);
    await faults.add({ kind, match: `POST /v1/subscriptions/${stripeSubscriptionId}`, times: 3 });
    const agreed = { ...order, prorationDate: preview.prorationDate! };
    await expect(changePlan(customer.buyer.ctx, agreed)).rejects.toMatchObject({
      code: 'payment_unavailable',
    });
    await faults.clear();
    clock.advance(2 * HOUR_MS);
    await applyNews(system);
    expect((await detail(customer)).planId).toBe(customer.planIds[plan]);
    expect(await amountsOf(customer)).toEqual([
      USD(10),
      ...(outcome === 'done' ? [preview.dueTodayNanos] : []),
    ]);
    const [operation] = await bench.platform.db
      .select()
      .from(stripeOperations)
      .where(
        and(
          eq(stripeOperations.kind, 'plan_change'),
          eq(stripeOperations.organizationId, customer.buyer.organizationId),
        ),
      );
    expect(operation?.status).toBe(outcome);
  });

  it('that the bank declines changes nothing', async () => {
    const customer = await subscribed('Small');
    await useCard(customer, 'pm_card_chargeCustomerFail');
    await customer.to(5);
    const order = { subscriptionId: customer.subscriptionId, planId: customer.planIds['Big']! };
    await expect(changePlan(customer.buyer.ctx, order)).rejects.toMatchObject({ code: 'payment_declined' });
    await applyNews(system);
    expect((await detail(customer)).planId).toBe(customer.planIds['Small']);
    expect(await amountsOf(customer)).toEqual([USD(10)]);
  });

  it('to less waits for the end of the period, and can be undone until then', async () => {
    const customer = await subscribed('Big');
    const order = { subscriptionId: customer.subscriptionId, planId: customer.planIds['Small']! };
    expect((await changePlan(customer.buyer.ctx, order)).outcome).toBe('planned');
    expect((await changePlan(customer.buyer.ctx, order)).outcome).toBe('planned');
    await sync(customer);
    await applyNews(system);
    expect(await detail(customer)).toMatchObject({
      planId: customer.planIds['Big'],
      pendingPlan: { name: 'Small' },
    });
    await resumeSubscription(customer.buyer.ctx, { subscriptionId: customer.subscriptionId });
    await sync(customer);
    await customer.to(33);
    expect(await amountsOf(customer)).toEqual([USD(30), USD(30)]);
    await changePlan(customer.buyer.ctx, order);
    await sync(customer);
    await customer.to(65);
    expect(await amountsOf(customer)).toEqual([USD(30), USD(30), USD(10)]);
    expect(await detail(customer)).toMatchObject({ planId: customer.planIds['Small'], pendingPlanId: null });
  });

  it('from a fee to none runs the paid period out and leaves Stripe', async () => {
    const customer = await subscribed('Small');
    const order = { subscriptionId: customer.subscriptionId, planId: customer.planIds['Free']! };
    expect((await changePlan(customer.buyer.ctx, order)).outcome).toBe('planned');
    await sync(customer);
    await customer.to(33);
    expect(await detail(customer)).toMatchObject({
      status: 'active',
      planId: order.planId,
      stripeSubscriptionId: null,
      nextFee: null,
    });
    expect(await amountsOf(customer)).toEqual([USD(10)]);
  });

  it('without fees counts at once in both directions, and a first fee is paid on Stripe’s page', async () => {
    const customer = await subscribed('Free');
    const to = (name: string) => ({
      subscriptionId: customer.subscriptionId,
      planId: customer.planIds[name]!,
    });
    expect((await changePlan(customer.buyer.ctx, to('Per call'))).outcome).toBe('changed');
    expect((await changePlan(customer.buyer.ctx, to('Free'))).outcome).toBe('changed');
    const { outcome, checkout } = await changePlan(customer.buyer.ctx, to('Small'));
    expect(outcome).toBe('checkout');
    expect((await changePlan(customer.buyer.ctx, to('Small'))).checkout!.url).toBe(checkout!.url);
    expect((await detail(customer)).planId).toBe(customer.planIds['Free']);
    await bench.pay(checkout!.url);
    await applyNews(system);
    expect(await detail(customer)).toMatchObject({ status: 'active', planId: customer.planIds['Small'] });
    expect(await amountsOf(customer)).toEqual([USD(10)]);
  });

  it('to a year charges the year less what is left of the month', async () => {
    const customer = await subscribed('Small');
    await customer.to(10);
    const order = { subscriptionId: customer.subscriptionId, planId: customer.planIds['Yearly']! };
    const preview = await previewPlanChange(customer.buyer.ctx, order);
    expect(preview.dueTodayNanos! > USD(90) && preview.dueTodayNanos! < USD(100)).toBe(true);
    await changePlan(customer.buyer.ctx, { ...order, prorationDate: preview.prorationDate! });
    expect((await amountsOf(customer)).at(-1)).toBe(preview.dueTodayNanos);
    const { currentPeriodEnd } = await detail(customer);
    expect(currentPeriodEnd!.getTime() - clock.now()).toBeGreaterThan(364 * DAY_MS);
  });

  it('from a year to a month waits for the end of the year', async () => {
    const customer = await subscribed('Yearly');
    const order = { subscriptionId: customer.subscriptionId, planId: customer.planIds['Small']! };
    await customer.to(40);
    expect((await changePlan(customer.buyer.ctx, order)).outcome).toBe('planned');
    await sync(customer);
    await customer.to(364);
    const { planId, stripeSubscriptionId: replaces } = await detail(customer);
    expect(planId).toBe(customer.planIds['Yearly']);
    await customer.to(367);
    await startStripeSubscription(system, { subscriptionId: customer.subscriptionId, replaces: replaces! });
    await applyNews(system);
    const after = await detail(customer);
    expect(after).toMatchObject({ status: 'active', planId: order.planId, pendingPlanId: null });
    expect(after.currentPeriodEnd!.getTime() - clock.now()).toBeLessThan(32 * DAY_MS);
    expect(await amountsOf(customer)).toEqual([USD(100), USD(10)]);
    await customer.to(400);
    expect(await amountsOf(customer)).toEqual([USD(100), USD(10), USD(10)]);
  });

  it('keeps the month of the quota, unless a new interval begins', async () => {
    const customer = await subscribed('Small');
    const { periodAnchor } = await detail(customer);
    await customer.to(10);
    const to = (name: string) =>
      changePlan(customer.buyer.ctx, {
        subscriptionId: customer.subscriptionId,
        planId: customer.planIds[name]!,
      });
    await to('Big');
    await applyNews(system);
    expect(await detail(customer)).toMatchObject({ planId: customer.planIds['Big'], periodAnchor });
    await customer.to(12);
    await to('Yearly');
    await applyNews(system);
    const { periodAnchor: moved } = await detail(customer);
    expect(Math.abs(moved!.getTime() - clock.now())).toBeLessThan(HOUR_MS);
  });

  it('is for members of the organization alone', async () => {
    const customer = await subscribed('Small');
    const stranger = await makeBuyer(bench.platform);
    const foreign = { subscriptionId: customer.subscriptionId };
    const order = { ...foreign, planId: customer.planIds['Big']! };
    for (const verb of [
      () => changePlan(stranger.ctx, order),
      () => previewPlanChange(stranger.ctx, order),
      () => resumeSubscription(stranger.ctx, foreign),
      () => cancelSubscription(stranger.ctx, foreign),
      () => getSubscriptionDetail(stranger.ctx, foreign),
    ]) {
      await expect(verb()).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

describe('an end', () => {
  it('comes with the paid period, and can be taken back', async () => {
    const customer = await subscribed('Small');
    const id = { subscriptionId: customer.subscriptionId };
    await cancelSubscription(customer.buyer.ctx, id);
    await sync(customer);
    await resumeSubscription(customer.buyer.ctx, id);
    await sync(customer);
    await customer.to(33);
    expect((await detail(customer)).status).toBe('active');
    await cancelSubscription(customer.buyer.ctx, id);
    await sync(customer);
    await customer.to(40);
    expect((await detail(customer)).status).toBe('active');
    await customer.to(65);
    expect((await detail(customer)).status).toBe('canceled');
    expect(await amountsOf(customer)).toEqual([USD(10), USD(10)]);
  });
});

describe('a refund to the card', () => {
  it('gives a fee back once, also when Stripe’s answer was lost, out of the shares of both', async () => {
    const customer = await subscribed('Small');
    const { ctx } = await makeAdministrator(bench.platform);
    const order = {
      reference: customer.checkoutId!,
      amountNanos: USD(4),
      reason: 'Service was down',
      idempotencyKey: unique('refund-'),
    };
    const refund = await refundPayment(ctx, order);
    expect((await refundPayment(ctx, order)).id).toBe(refund.id);
    const { sandbox, stripe } = bench.platform.payments;
    await sandbox!.faults.add({ kind: 'lost_answer', match: 'POST /v1/refunds', times: 3 });
    await expect(sendRefund(system, { refundId: refund.id })).rejects.toMatchObject({
      code: 'payment_unavailable',
    });
    await sandbox!.faults.clear();
    await sendRefund(system, { refundId: refund.id });
    await applyNews(system);
    const [fee] = await feesOf(customer);
    expect(fee!.refundedNanos).toBe(USD(4));
    const made = await stripe.refunds.list({ payment_intent: fee!.stripePaymentIntentId! });
    expect(made.data.map(({ amount }) => amount)).toEqual([400]);
    const [row] = await bench.platform.db.select().from(refunds).where(eq(refunds.id, refund.id));
    expect(row).toMatchObject({ status: 'succeeded', feeNanos: USD(4) / 10n });
    await expect(
      refundPayment(ctx, { ...order, amountNanos: USD(7), idempotencyKey: unique('more-') }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(refundPayment(customer.buyer.ctx, order)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await verifyLedger(system)).problems).toEqual([]);
  });

  it('that Stripe has made is not booked back when something fails after it', async () => {
    const customer = await subscribed('Small');
    const { ctx } = await makeAdministrator(bench.platform);
    const refund = await refundPayment(ctx, {
      reference: customer.checkoutId!,
      amountNanos: USD(3),
      reason: 'Service was down',
      idempotencyKey: unique('refund-'),
    });
    const { payments } = bench.platform;
    const retrieve = () => Promise.reject(new Error('no connection to the database'));
    const refundsApi = Object.create(payments.stripe.refunds, { retrieve: { value: retrieve } }) as object;
    const stripe = Object.create(payments.stripe, {
      refunds: { value: refundsApi },
    }) as typeof payments.stripe;
    const broken = { ...system, payments: { ...payments, stripe } };
    await expect(sendRefund(broken, { refundId: refund.id })).rejects.toThrow('no connection');
    const [row] = await bench.platform.db.select().from(refunds).where(eq(refunds.id, refund.id));
    expect(row?.status).toBe('pending');
    await sendRefund(system, { refundId: refund.id });
    const [after] = await bench.platform.db.select().from(refunds).where(eq(refunds.id, refund.id));
    expect(after?.status).toBe('succeeded');
    expect((await verifyLedger(system)).problems).toEqual([]);
  });

  it('leaves nothing pending at Stripe after a night', async () => {
    clock.advance(2 * HOUR_MS);
    await applyNews(system);
    const pending = await bench.platform.db
      .select()
      .from(stripeOperations)
      .where(eq(stripeOperations.status, 'pending'))
      .orderBy(desc(stripeOperations.createdAt));
    expect(pending.map(({ kind }) => kind)).toEqual([]);
    expect(await bench.platform.db.$count(checkouts, eq(checkouts.status, 'failed'))).toBe(0);
  });
});
