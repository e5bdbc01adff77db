/** What was begun at Stripe and lost its answer is finished in the night, once. */
import { eq, sql } from 'drizzle-orm';
import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configureAutoTopUp } from '../../app/domain/auto-top-ups/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { verifyLedger } from '../../app/domain/ledger/index.ts';
import { addPaymentMethod, refundPayment, sendRefund, startTopUp } from '../../app/domain/payments/index.ts';
import { reconcileStripe } from '../../app/domain/stripe-events/index.ts';
import { getWallet } from '../../app/domain/wallets/index.ts';
import { NANOS_PER_UNIT } from '../../app/lib/money.ts';
import {
  checkouts,
  refunds,
  STRIPE_OPERATION_KINDS,
  stripeOperations,
  type StripeOperation,
  type StripeOperationKind,
} from '../../db/schema/index.ts';
import type { JobName } from '../../worker/jobs.ts';
import { runAutoTopUps } from '../../worker/tasks/run-auto-top-ups.ts';
import { makeAdministrator, makeBuyer, unique } from '../support/factories.ts';
import { startPaymentsBench, type PaymentsBench } from '../support/payments.ts';
import { applyNews } from '../support/stripe-news.ts';

const USD = (units: number) => BigInt(units) * NANOS_PER_UNIT;
const HOUR_MS = 3_600_000;

let bench: PaymentsBench;
beforeAll(async () => {
  bench = await startPaymentsBench();
});
afterAll(() => bench.close());
beforeEach(() => bench.platform.db.delete(stripeOperations));
afterEach(() => bench.platform.payments.sandbox!.faults.clear());

/** The program, so many hours from now. */
const later = (hours: number): Context => {
  const now = () => Date.now() + hours * HOUR_MS;
  return { ...bench.system, clock: { ...bench.system.clock, now, date: () => new Date(now()) } };
};

/** The jobs that one night's look asks for, besides applying events. */
async function night(ctx: Context): Promise<string[]> {
  await bench.platform.db.execute(sql`delete from graphile_worker._private_jobs`);
  await reconcileStripe(ctx);
  const jobs = await bench.platform.db.execute<{ name: string }>(
    sql`select task_identifier as name from graphile_worker.jobs where task_identifier <> 'apply_stripe_event'`,
  );
  return jobs.map(({ name }) => name);
}

async function theOperation(kind: StripeOperationKind): Promise<StripeOperation> {
  const rows = await bench.platform.db.select().from(stripeOperations).where(eq(stripeOperations.kind, kind));
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

describe('every kind of operation', () => {
  /** Which job goes on with it; or what becomes of one about something that is gone; or who asks again. */
  const CONTINUED: Record<StripeOperationKind, JobName | 'done' | 'failed' | 'asked again'> = {
    customer: 'asked again',
    checkout_session: 'asked again',
    portal_configuration: 'asked again',
    product: 'asked again',
    price: 'asked again',
    connect_account: 'asked again',
    subscription: 'start_stripe_subscription',
    plan_change: 'failed',
    refund: 'send_refund',
    auto_top_up: 'run_auto_top_ups',
    invoice: 'collect_invoice',
    invoice_item: 'collect_invoice',
    invoice_finalize: 'collect_invoice',
    invoice_payment: 'done',
    billing_profile: 'push_billing_profile',
    tax_id: 'push_billing_profile',
    transfer: 'advance_payout',
    payout: 'advance_payout',
    transfer_reversal: 'recover_payouts',
  };

  it.each(STRIPE_OPERATION_KINDS)('has somebody who goes on with it: %s', async (kind) => {
    const { organizationId } = await makeBuyer(bench.platform);
    await bench.platform.db.insert(stripeOperations).values({
      id: unique('op_'),
      kind,
      subjectId: 'nothing:0:1',
      organizationId,
      parameters: { refund_id: 'nothing' },
    });
    const expected = CONTINUED[kind];
    const jobs = await night(later(2));
    const { status } = await theOperation(kind);
    const isClosed = expected === 'done' || expected === 'failed';
    expect(status).toBe(isClosed ? expected : 'pending');
    expect(jobs).toEqual(isClosed || expected === 'asked again' ? [] : [expected]);
  });
});

describe('a refund whose answer was lost', () => {
  async function lostRefund(kind: 'lost_answer' | 'server_error' = 'lost_answer') {
    const buyer = await makeBuyer(bench.platform);
    const { checkout, url } = await startTopUp(buyer.ctx, {
      amountNanos: USD(10),
      idempotencyKey: unique('key-'),
    });
    await bench.pay(url);
    await applyNews(bench.system);
    await bench.platform.db.delete(stripeOperations);
    const { ctx } = await makeAdministrator(bench.platform);
    const { id: refundId } = await refundPayment(ctx, {
      reference: checkout.id,
      amountNanos: USD(4),
      reason: 'Asked for it',
      idempotencyKey: unique('refund-'),
    });
    await bench.platform.payments.sandbox!.faults.add({ kind, match: 'POST /v1/refunds', times: 3 });
    await expect(sendRefund(bench.system, { refundId })).rejects.toMatchObject({
      code: 'payment_unavailable',
    });
    await bench.platform.payments.sandbox!.faults.clear();
    expect((await theOperation('refund')).status).toBe('pending');
    return { buyer, refundId, checkoutId: checkout.id };
  }

  async function expectOneRefund({ buyer, refundId, checkoutId }: Awaited<ReturnType<typeof lostRefund>>) {
    const operation = await theOperation('refund');
    const [checkout] = await bench.platform.db.select().from(checkouts).where(eq(checkouts.id, checkoutId));
    const made = await bench.platform.payments.stripe.refunds.list({
      payment_intent: checkout!.stripePaymentIntentId!,
    });
    expect(made.data.map(({ id, amount }) => ({ id, amount }))).toEqual([
      { id: operation.stripeObjectId, amount: 400 },
    ]);
    expect(operation.status).toBe('done');
    const [refund] = await bench.platform.db.select().from(refunds).where(eq(refunds.id, refundId));
    expect(refund).toMatchObject({ status: 'succeeded', stripeRefundId: operation.stripeObjectId });
    expect((await getWallet(buyer.ctx)).availableNanos).toBe(USD(6));
    expect(await night(later(30))).toEqual([]);
    expect((await verifyLedger(bench.system)).problems).toEqual([]);
  }

  it('is sent again with the same key within a day', async () => {
    const lost = await lostRefund();
    expect(await night(later(2))).toEqual(['send_refund']);
    await sendRefund(later(2), lost);
    await expectOneRefund(lost);
  });

  it('is looked for when Stripe has forgotten the key', async () => {
    const lost = await lostRefund();
    expect(await night(later(25))).toEqual(['send_refund']);
    await sendRefund(withoutRefunding(later(25)), lost);
    await expectOneRefund(lost);
  });

  it('is sent after a day when Stripe never got it', async () => {
    const lost = await lostRefund('server_error');
    await expect(sendRefund(withoutRefunding(later(25)), lost)).rejects.toMatchObject({
      code: 'payment_unavailable',
    });
    expect(await night(later(25))).toEqual(['send_refund']);
    await sendRefund(later(25), lost);
    await expectOneRefund(lost);
  });

  it('is known to be done when its event was faster', async () => {
    const lost = await lostRefund();
    await applyNews(bench.system);
    expect((await theOperation('refund')).status).toBe('pending');
    expect(await night(later(2))).toEqual([]);
    await expectOneRefund(lost);
  });

  /** Asking for another refund fails. */
  function withoutRefunding(ctx: Context): Context {
    const { stripe } = ctx.payments;
    const fail = () => Promise.reject(Object.assign(new Error('asked again'), { type: 'StripeAPIError' }));
    const silent = Object.create(stripe.refunds, { create: { value: fail } }) as Stripe['refunds'];
    const client = Object.create(stripe, { refunds: { value: silent } }) as Stripe;
    return { ...ctx, payments: { ...ctx.payments, stripe: client } };
  }
});

describe('an automatic top-up whose answer was lost', () => {
  it('is credited once, and known to be done when its event was faster', async () => {
    const buyer = await makeBuyer(bench.platform);
    await bench.pay((await addPaymentMethod(buyer.ctx)).url);
    await applyNews(bench.system);
    await configureAutoTopUp(buyer.ctx, {
      enabled: true,
      thresholdNanos: USD(5),
      amountNanos: USD(20),
      monthlyLimitNanos: null,
    });
    const { faults } = bench.platform.payments.sandbox!;
    await faults.add({ kind: 'lost_answer', match: 'POST /v1/payment_intents', times: 3 });
    await runAutoTopUps(bench.system);
    await faults.clear();
    expect((await theOperation('auto_top_up')).status).toBe('pending');
    await applyNews(bench.system);
    expect((await getWallet(buyer.ctx)).availableNanos).toBe(USD(20));
    expect(await night(later(2))).toEqual([]);
    expect((await theOperation('auto_top_up')).status).toBe('done');
    await runAutoTopUps(later(2));
    expect((await getWallet(buyer.ctx)).availableNanos).toBe(USD(20));
  });
});
