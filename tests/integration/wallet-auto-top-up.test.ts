/** Wallets that fill themselves: once for each need, never without the money, and not for ever in vain. */
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { autoTopUps, checkouts, mails, paymentMethods, users, wallets } from '../../db/schema/index.ts';
import {
  applyAutoTopUpPayment,
  configureAutoTopUp,
  getAutoTopUp,
} from '../../app/domain/auto-top-ups/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { getLedgerBalance, verifyLedger } from '../../app/domain/ledger/index.ts';
import { ensureCustomer } from '../../app/domain/payments/index.ts';
import { moveWallet } from '../../app/domain/wallets/index.ts';
import { NANOS_PER_UNIT } from '../../app/lib/money.ts';
import { runAutoTopUps } from '../../worker/tasks/run-auto-top-ups.ts';
import { createTestClock } from '../support/clock.ts';
import { fundWallet, makeBuyer, unique, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const clock = createTestClock();
let platform: TestPlatform;
let second: TestPlatform;
let system: Context;
beforeAll(async () => {
  platform = await createTestPlatform({}, { clock });
  second = await createTestPlatform({}, { clock, databaseUrl: platform.databaseUrl });
  system = platform.createContext({ type: 'system', job: 'test' });
});
afterAll(async () => {
  await second.close();
  await platform.close();
});

const SETTINGS = {
  enabled: true,
  thresholdNanos: 5n * NANOS_PER_UNIT,
  amountNanos: 20n * NANOS_PER_UNIT,
  monthlyLimitNanos: null as bigint | null,
};

/** Saves one of Stripe's test cards, as the page for payment methods does. */
async function saveCard({ organizationId }: Person, card: string) {
  const { stripe } = platform.payments;
  const customer = await ensureCustomer(system, organizationId);
  const method = await stripe.paymentMethods.attach(card, { customer });
  await system.db.delete(paymentMethods).where(eq(paymentMethods.organizationId, organizationId));
  await system.db.insert(paymentMethods).values({
    id: method.id,
    organizationId,
    brand: method.card?.brand ?? 'card',
    lastFour: method.card?.last4 ?? '',
    isDefault: true,
  });
}

async function makeSelfFilling(card: string, settings: Partial<typeof SETTINGS> = {}) {
  const buyer = await makeBuyer(platform);
  const email = `${unique('owner')}@example.com`;
  await system.db.update(users).set({ email }).where(eq(users.id, buyer.userId));
  await saveCard(buyer, card);
  await configureAutoTopUp(buyer.ctx, { ...SETTINGS, ...settings });
  return { ...buyer, email };
}

const run = () => runAutoTopUps(system);
const runEverywhere = () =>
  Promise.all(
    [platform, second, platform, second].map((one) =>
      runAutoTopUps(one.createContext({ type: 'system', job: 'run_auto_top_ups' })),
    ),
  );
const balanceOf = async ({ organizationId }: Person) =>
  (await system.db.select().from(wallets).where(eq(wallets.organizationId, organizationId)))[0]
    ?.availableNanos;
const paymentsOf = ({ organizationId }: Person) =>
  system.db
    .select()
    .from(checkouts)
    .where(and(eq(checkouts.organizationId, organizationId), eq(checkouts.kind, 'auto_top_up')))
    .orderBy(checkouts.id);
const mailsTo = (email: string) =>
  system.db.select().from(mails).where(eq(mails.toAddress, email)).orderBy(mails.id);
const settingsOf = async ({ organizationId }: Person) =>
  (await system.db.select().from(autoTopUps).where(eq(autoTopUps.organizationId, organizationId)))[0];

describe('automatic top-up', () => {
  it('charges once when the balance is below the threshold, with four jobs at a time', async () => {
    const buyer = await makeSelfFilling('pm_card_visa');
    await runEverywhere();
    await runEverywhere();
    expect(await balanceOf(buyer)).toBe(20n * NANOS_PER_UNIT);
    const payments = await paymentsOf(buyer);
    expect(payments.map(({ status }) => status)).toEqual(['paid']);
    const { organizationId } = buyer;
    expect(await getLedgerBalance(system, { organizationId, purpose: 'buyer_wallet' })).toBe(
      20n * NANOS_PER_UNIT,
    );
    expect((await verifyLedger(system)).problems).toEqual([]);
    const intent = await platform.payments.stripe.paymentIntents.retrieve(
      payments[0]!.stripePaymentIntentId!,
    );
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 2_000 });
  });

  it('leaves a balance at the threshold alone, and fills again on the next need', async () => {
    const buyer = await makeSelfFilling('pm_card_visa');
    await fundWallet(platform, buyer, '5');
    await run();
    expect(await paymentsOf(buyer)).toEqual([]);
    const { organizationId } = buyer;
    await moveWallet(system, { organizationId, availableNanos: -1n });
    await run();
    expect(await balanceOf(buyer)).toBe(25n * NANOS_PER_UNIT - 1n);
    await moveWallet(system, { organizationId, availableNanos: -21n * NANOS_PER_UNIT });
    await run();
    expect((await paymentsOf(buyer)).map(({ status }) => status)).toEqual(['paid', 'paid']);
  });

  it('credits a payment once, also when its event comes as well, late and twice', async () => {
    const buyer = await makeSelfFilling('pm_card_visa');
    await run();
    const [payment] = await paymentsOf(buyer);
    await applyAutoTopUpPayment(system, payment!.stripePaymentIntentId!);
    await applyAutoTopUpPayment(system, payment!.stripePaymentIntentId!);
    expect(await balanceOf(buyer)).toBe(20n * NANOS_PER_UNIT);
  });

  it('takes up what a dead process left, and charges once', async () => {
    const buyer = await makeSelfFilling('pm_card_visa');
    await run();
    const [payment] = await paymentsOf(buyer);
    // As if the process had died between Stripe's answer and our noting it.
    const { organizationId } = buyer;
    await moveWallet(system, { organizationId, availableNanos: -20n * NANOS_PER_UNIT });
    await configureAutoTopUp(buyer.ctx, { ...SETTINGS, enabled: false });
    await system.db
      .update(checkouts)
      .set({ status: 'open', stripePaymentIntentId: null })
      .where(eq(checkouts.id, payment!.id));
    clock.advance(61_000);
    await runEverywhere();
    expect((await paymentsOf(buyer)).map(({ id, status }) => [id, status])).toEqual([[payment!.id, 'paid']]);
    const customer = await ensureCustomer(system, organizationId);
    const intents = await platform.payments.stripe.paymentIntents.list({ customer });
    expect(intents.data).toHaveLength(1);
    // The ledger had it already, so it is not credited again.
    expect(await balanceOf(buyer)).toBe(0n);
  });

  it('stays below the monthly limit', async () => {
    const buyer = await makeSelfFilling('pm_card_visa', { monthlyLimitNanos: 45n * NANOS_PER_UNIT });
    const { organizationId } = buyer;
    for (let i = 0; i < 4; i++) {
      await run();
      const balance = (await balanceOf(buyer)) ?? 0n;
      await moveWallet(system, { organizationId, availableNanos: -balance });
    }
    expect(await paymentsOf(buyer)).toHaveLength(2);
    expect((await getAutoTopUp(buyer.ctx)).chargedThisMonthNanos).toBe(40n * NANOS_PER_UNIT);
  });

  it.each([
    ['pm_card_chargeCustomerFail', 'generic_decline', 'The bank declined the payment.'],
    ['pm_card_authenticationRequired', 'authentication_required', 'The bank wants the cardholder to confirm'],
  ])('tells of a failure of %s and switches off after three in a row', async (card, error, words) => {
    const buyer = await makeSelfFilling(card);
    for (let i = 1; i <= 3; i++) {
      await runEverywhere();
      await runEverywhere();
      expect(await settingsOf(buyer)).toMatchObject({ failures: i, lastError: error, enabled: i < 3 });
      expect(await mailsTo(buyer.email)).toHaveLength(i);
      clock.advance(3_600_001);
    }
    await run();
    expect((await paymentsOf(buyer)).map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
    expect(await balanceOf(buyer)).toBe(0n);
    const sent = await mailsTo(buyer.email);
    expect(sent[0]?.textBody).toContain(words);
    expect(sent[0]?.textBody).toContain('try again after an hour');
    expect(sent[2]?.subject).toBe('Automatic top-up was switched off');
  });

  it('forgets failures once a payment comes off', async () => {
    const buyer = await makeSelfFilling('pm_card_chargeCustomerFail');
    await run();
    await saveCard(buyer, 'pm_card_visa');
    clock.advance(3_600_001);
    await run();
    expect(await settingsOf(buyer)).toMatchObject({ failures: 0, lastError: null, enabled: true });
    expect(await balanceOf(buyer)).toBe(20n * NANOS_PER_UNIT);
  });

  it('writes about a failure in the reader’s language', async () => {
    const buyer = await makeSelfFilling('pm_card_chargeCustomerFail');
    await system.db.update(users).set({ locale: 'ja' }).where(eq(users.id, buyer.userId));
    await run();
    expect((await mailsTo(buyer.email))[0]?.subject).toContain('自動チャージに失敗しました');
  });

  it('needs a saved payment method', async () => {
    const buyer = await makeBuyer(platform);
    await expect(configureAutoTopUp(buyer.ctx, SETTINGS)).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'enabled', reason: 'no_payment_method' }],
    });
    await configureAutoTopUp(buyer.ctx, { ...SETTINGS, enabled: false });
    expect((await getAutoTopUp(buyer.ctx)).settings).toMatchObject({ enabled: false });
  });

  it.each([
    { amountNanos: 0n },
    { amountNanos: NANOS_PER_UNIT / 2n },
    { amountNanos: 10_001n * NANOS_PER_UNIT },
    { amountNanos: NANOS_PER_UNIT + 1n },
    { thresholdNanos: 0n },
    { monthlyLimitNanos: 19n * NANOS_PER_UNIT },
  ])('refuses %o', async (settings) => {
    const buyer = await makeBuyer(platform);
    await expect(configureAutoTopUp(buyer.ctx, { ...SETTINGS, ...settings })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('is set by owners, administrators and billing of the own organization only', async () => {
    const buyer = await makeSelfFilling('pm_card_visa');
    const stranger = await makeBuyer(platform);
    const member = platform.createContext({ ...buyer.actor, role: 'member' });
    await expect(configureAutoTopUp(member, SETTINGS)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await getAutoTopUp(stranger.ctx)).toMatchObject({ settings: null, paymentMethod: null });
    await configureAutoTopUp(stranger.ctx, { ...SETTINGS, enabled: false });
    expect(await settingsOf(buyer)).toMatchObject({ enabled: true });
    await expect(runAutoTopUps(buyer.ctx)).rejects.toMatchObject({ code: 'forbidden' });
  });
});
