/** What happens on Stripe's page: promotion codes, the bank's page, refused cards, saved cards. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configureAutoTopUp } from '../../app/domain/auto-top-ups/index.ts';
import { getLedgerBalance, verifyLedger } from '../../app/domain/ledger/index.ts';
import {
  addPaymentMethod,
  getCheckout,
  listPaymentMethods,
  refundPayment,
  startTopUp,
} from '../../app/domain/payments/index.ts';
import { createSubscription, getSubscription } from '../../app/domain/subscriptions/index.ts';
import { getWallet } from '../../app/domain/wallets/index.ts';
import { NANOS_PER_UNIT } from '../../app/lib/money.ts';
import { subscriptionFees } from '../../db/schema/index.ts';
import { runAutoTopUps } from '../../worker/tasks/run-auto-top-ups.ts';
import {
  makeAdministrator,
  makeBuyer,
  makeSeller,
  makeService,
  unique,
  type Person,
} from '../support/factories.ts';
import { CARDS, startPaymentsBench, type PaymentsBench } from '../support/payments.ts';
import { applyNews } from '../support/stripe-news.ts';

const USD = (units: number) => BigInt(units) * NANOS_PER_UNIT;
/** Its bank wants to see the cardholder. */
const THREE_D_SECURE = '4000 0025 0000 3155';

let bench: PaymentsBench;
beforeAll(async () => {
  bench = await startPaymentsBench();
});
afterAll(() => bench.close());

const topUp = (buyer: Person, units: number) =>
  startTopUp(buyer.ctx, { amountNanos: USD(units), idempotencyKey: unique('key-') });
const available = async (buyer: Person) => (await getWallet(buyer.ctx)).availableNanos;
const platformLoss = () => getLedgerBalance(bench.system, { organizationId: null, purpose: 'platform_loss' });
const post = (url: string, fields: Record<string, string>) =>
  fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) });

async function subscribe() {
  const seller = await makeSeller(bench.platform);
  const { service, plan } = await makeService(seller, {
    plans: [{ name: 'Flat', kind: 'flat', monthlyFee: '9.00' }],
  });
  const buyer = await makeBuyer(bench.platform);
  const { subscription, checkout } = await createSubscription(buyer.ctx, {
    service: service.id,
    planId: plan.id,
  });
  const status = async () => (await getSubscription(buyer.ctx, { subscriptionId: subscription.id })).status;
  return { seller, buyer, subscription, checkout: checkout!, status };
}

/** Types a code that takes so many percent off into the page's form. */
async function useCode(checkoutUrl: string, percent: number): Promise<void> {
  const { stripe } = bench.platform.payments;
  const coupon = await stripe.coupons.create({ percent_off: percent, duration: 'once' });
  const { code } = await stripe.promotionCodes.create({
    promotion: { type: 'coupon', coupon: coupon.id },
    code: unique('CODE').replaceAll(/[^A-Za-z0-9]/g, ''),
  });
  expect((await post(`${checkoutUrl}/code`, { code })).status).toBe(303);
}

async function expectBooksToAgree(): Promise<void> {
  expect((await verifyLedger(bench.system)).problems).toEqual([]);
}

describe('a promotion code', () => {
  it('of a top-up is the platform’s gift, and only what was received can go back', async () => {
    const buyer = await makeBuyer(bench.platform);
    const lossBefore = await platformLoss();
    const { checkout, url } = await topUp(buyer, 10);
    await useCode(url, 20);
    await bench.pay(url);
    await applyNews(bench.system);
    expect(await available(buyer)).toBe(USD(10));
    expect(lossBefore - (await platformLoss())).toBe(USD(2));
    const { ctx } = await makeAdministrator(bench.platform);
    const refund = await refundPayment(ctx, {
      reference: checkout.id,
      reason: 'Asked for it',
      idempotencyKey: unique('refund-'),
    });
    expect(refund.amountNanos).toBe(USD(8));
    await expectBooksToAgree();
  });

  it('for everything credits the top-up without a payment', async () => {
    const buyer = await makeBuyer(bench.platform);
    const lossBefore = await platformLoss();
    const { checkout, url } = await topUp(buyer, 10);
    await useCode(url, 100);
    expect((await post(url, {})).status).toBe(303);
    await applyNews(bench.system);
    expect((await getCheckout(buyer.ctx, { checkoutId: checkout.id })).status).toBe('paid');
    expect(await available(buyer)).toBe(USD(10));
    expect(lossBefore - (await platformLoss())).toBe(USD(10));
    await expectBooksToAgree();
  });

  it('of a subscription starts it, and seller and platform share what was received', async () => {
    const { seller, subscription, checkout, status } = await subscribe();
    await useCode(checkout.url, 50);
    await bench.pay(checkout.url);
    await applyNews(bench.system);
    expect(await status()).toBe('active');
    const [fee] = await bench.platform.db
      .select()
      .from(subscriptionFees)
      .where(eq(subscriptionFees.subscriptionId, subscription.id));
    expect(fee).toMatchObject({ amountNanos: USD(9) / 2n, discountNanos: USD(9) / 2n });
    const pending = { organizationId: seller.organizationId, purpose: 'seller_pending' } as const;
    expect(await getLedgerBalance(seller.ctx, pending)).toBe(((USD(9) / 2n) * 9n) / 10n);
    await expectBooksToAgree();
  });
});

describe('the bank’s page', () => {
  it('decides about a top-up: nothing while it says no, once when it says yes', async () => {
    const buyer = await makeBuyer(bench.platform);
    const { checkout, url } = await topUp(buyer, 10);
    const statusNow = async () => (await getCheckout(buyer.ctx, { checkoutId: checkout.id })).status;
    const away = await bench.pay(url, THREE_D_SECURE);
    await applyNews(bench.system);
    expect(await statusNow()).toBe('open');
    await post(away.headers.get('location')!, { outcome: 'fail' });
    await applyNews(bench.system);
    expect(await statusNow()).toBe('open');
    expect(await available(buyer)).toBe(0n);
    const again = await bench.pay(url, THREE_D_SECURE);
    const back = await post(again.headers.get('location')!, { outcome: 'complete' });
    expect(back.headers.get('location')).toContain(checkout.id);
    await applyNews(bench.system);
    expect(await statusNow()).toBe('paid');
    expect(await available(buyer)).toBe(USD(10));
  });

  it('decides about a subscription', async () => {
    const { checkout, status } = await subscribe();
    const away = await bench.pay(checkout.url, THREE_D_SECURE);
    await applyNews(bench.system);
    expect(await status()).toBe('pending_payment');
    await post(away.headers.get('location')!, { outcome: 'complete' });
    await applyNews(bench.system);
    expect(await status()).toBe('active');
  });
});

describe('a refused card', () => {
  it('starts no subscription, and another card still does', async () => {
    const { seller, checkout, status } = await subscribe();
    for (const card of [CARDS.declined, CARDS.insufficient]) {
      expect((await bench.pay(checkout.url, card)).status).toBe(402);
    }
    await applyNews(bench.system);
    expect(await status()).toBe('pending_payment');
    await bench.pay(checkout.url);
    await applyNews(bench.system);
    expect(await status()).toBe('active');
    const pending = { organizationId: seller.organizationId, purpose: 'seller_pending' } as const;
    expect(await getLedgerBalance(seller.ctx, pending)).toBe((USD(9) * 9n) / 10n);
  });
});

describe('a card that was saved without paying', () => {
  it('fills the wallet by itself from then on', async () => {
    const buyer = await makeBuyer(bench.platform);
    expect(await listPaymentMethods(buyer.ctx)).toEqual([]);
    const { url } = await addPaymentMethod(buyer.ctx);
    expect((await bench.pay(url)).status).toBe(303);
    await applyNews(bench.system);
    expect(await listPaymentMethods(buyer.ctx)).toMatchObject([{ isDefault: true, lastFour: '4242' }]);
    await configureAutoTopUp(buyer.ctx, {
      enabled: true,
      thresholdNanos: USD(5),
      amountNanos: USD(20),
      monthlyLimitNanos: null,
    });
    await runAutoTopUps(bench.system);
    await applyNews(bench.system);
    await runAutoTopUps(bench.system);
    expect(await available(buyer)).toBe(USD(20));
    await expectBooksToAgree();
  });
});
