/** Refunds that somebody makes at Stripe itself: the books follow, once. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getLedgerBalance, verifyLedger } from '../../app/domain/ledger/index.ts';
import {
  applyRefundedCharge,
  applyStripeRefund,
  refundPayment,
  sendRefund,
  startTopUp,
} from '../../app/domain/payments/index.ts';
import { listRefunds } from '../../app/domain/refunds/index.ts';
import { createSubscription } from '../../app/domain/subscriptions/index.ts';
import { getWallet } from '../../app/domain/wallets/index.ts';
import { NANOS_PER_UNIT } from '../../app/lib/money.ts';
import { checkouts, refunds, subscriptionFees } from '../../db/schema/index.ts';
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

const USD = (units: number) => BigInt(units) * NANOS_PER_UNIT;

let bench: PaymentsBench;
beforeAll(async () => {
  bench = await startPaymentsBench();
});
afterAll(() => bench.close());

async function paidTopUp(units: number) {
  const buyer = await makeBuyer(bench.platform);
  const { checkout, url } = await startTopUp(buyer.ctx, {
    amountNanos: USD(units),
    idempotencyKey: unique('key-'),
  });
  await bench.pay(url);
  const session = await bench.platform.payments.stripe.checkout.sessions.retrieve(checkout.stripeSessionId!);
  return { buyer, checkoutId: checkout.id, paymentIntent: session.payment_intent as string };
}

const balances = async (buyer: Person) => {
  const { availableNanos, creditUsedNanos } = await getWallet(buyer.ctx);
  return { availableNanos, creditUsedNanos };
};
const rowsOf = ({ organizationId }: Person) =>
  bench.platform.db.select().from(refunds).where(eq(refunds.organizationId, organizationId));
const refundAtStripe = (payment_intent: string, amount?: number) =>
  bench.platform.payments.stripe.refunds.create({ payment_intent, ...(amount && { amount }) });

describe('a refund made at Stripe', () => {
  it('of a top-up leaves the wallet once, whatever tells of it', async () => {
    const { buyer, checkoutId, paymentIntent } = await paidTopUp(10);
    await applyNews(bench.system);
    const remote = await refundAtStripe(paymentIntent, 400);
    await Promise.all([
      applyStripeRefund(bench.system, remote.id),
      applyStripeRefund(bench.system, remote.id),
      applyRefundedCharge(bench.system, remote.charge as string),
    ]);
    await applyNews(bench.system);
    expect(await balances(buyer)).toEqual({ availableNanos: USD(6), creditUsedNanos: 0n });
    expect(await rowsOf(buyer)).toMatchObject([
      { kind: 'wallet', reference: checkoutId, amountNanos: USD(4), status: 'succeeded' },
    ]);
    expect(await listRefunds(buyer.ctx, { perspective: 'buyer' })).toMatchObject([{ amountNanos: USD(4) }]);
    const [checkout] = await bench.platform.db.select().from(checkouts).where(eq(checkouts.id, checkoutId));
    expect(checkout?.refundedNanos).toBe(USD(4));
    expect((await verifyLedger(bench.system)).problems).toEqual([]);
  });

  it('of money that has left the wallet is owed, and ours of the same money is taken back', async () => {
    const { buyer, checkoutId, paymentIntent } = await paidTopUp(10);
    await applyNews(bench.system);
    const { ctx } = await makeAdministrator(bench.platform);
    const ours = await refundPayment(ctx, {
      reference: checkoutId,
      amountNanos: USD(6),
      reason: 'Asked for it',
      idempotencyKey: unique('refund-'),
    });
    await refundAtStripe(paymentIntent);
    await applyNews(bench.system);
    expect(await balances(buyer)).toEqual({ availableNanos: 0n, creditUsedNanos: USD(6) });
    await sendRefund(bench.system, { refundId: ours.id });
    expect(await balances(buyer)).toEqual({ availableNanos: USD(6), creditUsedNanos: USD(6) });
    const [checkout] = await bench.platform.db.select().from(checkouts).where(eq(checkouts.id, checkoutId));
    expect(checkout?.refundedNanos).toBe(USD(10));
    expect((await verifyLedger(bench.system)).problems).toEqual([]);
  });

  it('that the bank sends back returns to wallet and debt as it was', async () => {
    const { buyer, checkoutId, paymentIntent } = await paidTopUp(10);
    await applyNews(bench.system);
    const { ctx } = await makeAdministrator(bench.platform);
    await refundPayment(ctx, {
      reference: checkoutId,
      amountNanos: USD(6),
      reason: 'Asked for it',
      idempotencyKey: unique('refund-'),
    });
    const remote = await refundAtStripe(paymentIntent);
    await applyNews(bench.system);
    const { payments } = bench.platform;
    const retrieve = () => Promise.resolve({ ...remote, status: 'failed' });
    const refundsApi = Object.create(payments.stripe.refunds, { retrieve: { value: retrieve } }) as object;
    const stripe = Object.create(payments.stripe, {
      refunds: { value: refundsApi },
    }) as typeof payments.stripe;
    const told = { ...bench.system, payments: { ...payments, stripe } };
    await applyStripeRefund(told, remote.id);
    await applyStripeRefund(told, remote.id);
    expect(await balances(buyer)).toEqual({ availableNanos: USD(4), creditUsedNanos: 0n });
    expect((await verifyLedger(bench.system)).problems).toEqual([]);
  });

  it('of a fee comes out of the shares of seller and platform', async () => {
    const seller = await makeSeller(bench.platform);
    const { service, plan } = await makeService(seller, {
      plans: [{ name: 'Flat', kind: 'flat', monthlyFee: '9.00' }],
    });
    const buyer = await makeBuyer(bench.platform);
    const { subscription, checkout } = await createSubscription(buyer.ctx, {
      service: service.id,
      planId: plan.id,
    });
    await bench.pay(checkout!.url);
    await applyNews(bench.system);
    const own = eq(subscriptionFees.subscriptionId, subscription.id);
    const [fee] = await bench.platform.db.select().from(subscriptionFees).where(own);
    await refundAtStripe(fee!.stripePaymentIntentId!, 300);
    await applyNews(bench.system);
    await applyNews(bench.system);
    const pending = { organizationId: seller.organizationId, purpose: 'seller_pending' } as const;
    expect(await getLedgerBalance(seller.ctx, pending)).toBe((USD(6) * 9n) / 10n);
    const [after] = await bench.platform.db.select().from(subscriptionFees).where(own);
    expect(after?.refundedNanos).toBe(USD(3));
    expect(await balances(buyer)).toEqual({ availableNanos: 0n, creditUsedNanos: 0n });
    expect((await verifyLedger(bench.system)).problems).toEqual([]);
  });

  it('waits for its payment to be known, and is no matter of ours for a foreign one', async () => {
    const { buyer, paymentIntent } = await paidTopUp(10);
    const remote = await refundAtStripe(paymentIntent, 100);
    await expect(applyStripeRefund(bench.system, remote.id)).rejects.toMatchObject({
      code: 'payment_unavailable',
    });
    await applyNews(bench.system);
    await applyStripeRefund(bench.system, remote.id);
    expect(await balances(buyer)).toEqual({ availableNanos: USD(9), creditUsedNanos: 0n });
    const { stripe } = bench.platform.payments;
    const foreign = await stripe.paymentIntents.create({
      amount: 500,
      currency: 'usd',
      customer: (await stripe.customers.create({})).id,
      payment_method: 'pm_card_visa',
      confirm: true,
      off_session: true,
    });
    const other = await refundAtStripe(foreign.id);
    const before = await bench.platform.db.$count(refunds);
    await applyStripeRefund(bench.system, other.id);
    expect(await bench.platform.db.$count(refunds)).toBe(before);
  });
});
