import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestClock } from '../support/clock.ts';
import { startPaymentsBench, type PaymentsBench } from '../support/payments.ts';

let bench: PaymentsBench;
let stripe: Stripe;
const clock = createTestClock();
const DAY_MS = 86_400_000;
beforeAll(async () => {
  bench = await startPaymentsBench({ clock });
  stripe = bench.platform.payments.stripe;
});
afterAll(() => bench.close());

const makeAccount = (interval: 'manual' | 'daily' = 'manual') =>
  stripe.accounts.create({
    country: 'US',
    email: 'seller@example.com',
    controller: {
      fees: { payer: 'application' },
      losses: { payments: 'application' },
      stripe_dashboard: { type: 'express' },
    },
    capabilities: { transfers: { requested: true } },
    settings: { payouts: { schedule: { interval } } },
  });

const onboardingUrl = async (account: string) =>
  (
    await stripe.accountLinks.create({
      account,
      type: 'account_onboarding',
      return_url: `${bench.url}/back`,
      refresh_url: `${bench.url}/again`,
    })
  ).url;

async function onboard(account: string, bank = '000123456789'): Promise<void> {
  const url = await onboardingUrl(account);
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ bank }),
  });
  expect(answer.headers.get('location')).toBe(`${bench.url}/back`);
}

async function makeSeller(interval: 'manual' | 'daily' = 'manual', bank?: string): Promise<string> {
  const { id } = await makeAccount(interval);
  await onboard(id, bank);
  return id;
}

const availableOf = async (stripeAccount?: string) =>
  (await stripe.balance.retrieve({}, stripeAccount ? { stripeAccount } : {})).available[0]!.amount;
const fund = (amount: number) => stripe.topups.create({ amount, currency: 'usd' });

describe('onboarding', () => {
  it('tells what is missing, and what the seller may do once the form was sent', async () => {
    const account = await makeAccount();
    expect(account).toMatchObject({
      type: 'express',
      payouts_enabled: false,
      details_submitted: false,
      capabilities: { transfers: 'inactive' },
    });
    expect(account.requirements!.currently_due).toContain('external_account');
    await expect(stripe.accounts.createLoginLink(account.id)).rejects.toMatchObject({ statusCode: 400 });
    const html = await (await fetch(await onboardingUrl(account.id))).text();
    expect(html).toContain('individual.first_name');
    expect(html).toContain('no money moves');
    await onboard(account.id);
    expect(await stripe.accounts.retrieve(account.id)).toMatchObject({
      payouts_enabled: true,
      details_submitted: true,
      capabilities: { transfers: 'active' },
      requirements: { currently_due: [], disabled_reason: null },
      external_accounts: { data: [{ last4: '6789' }] },
    });
  });

  it('lets links die after five minutes and leads back for a new one', async () => {
    const { id } = await makeAccount();
    const url = await onboardingUrl(id);
    clock.advance(301_000);
    const page = await fetch(url);
    expect(page.status).toBe(410);
    expect(await page.text()).toContain(`${bench.url}/again`);
    await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ bank: '000123456789' }),
    });
    expect((await stripe.accounts.retrieve(id)).details_submitted).toBe(false);
  });

  it('pauses payouts when a document is asked for, and says so by webhook', async () => {
    const id = await makeSeller();
    const { url } = await stripe.accounts.createLoginLink(id);
    const from = bench.received.length;
    await fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ due: 'yes' }) });
    const paused = await stripe.accounts.retrieve(id);
    expect(paused).toMatchObject({ payouts_enabled: false, capabilities: { transfers: 'active' } });
    expect(paused.requirements!.past_due).toEqual(['individual.verification.document']);
    await bench.platform.payments.sandbox!.idle();
    const [event] = bench.received.slice(from);
    expect(JSON.parse(Buffer.from(event!.payload).toString())).toMatchObject({
      type: 'account.updated',
      account: id,
    });
    await fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ due: 'no' }) });
    expect((await stripe.accounts.retrieve(id)).payouts_enabled).toBe(true);
  });
});

describe('transfers', () => {
  it('moves what is available and no cent more, also when two ask at once', async () => {
    const id = await makeSeller();
    await fund(1_000);
    const start = await availableOf();
    const send = () =>
      stripe.transfers.create({
        amount: start - 100,
        currency: 'usd',
        destination: id,
        transfer_group: 'g1',
      });
    const results = await Promise.allSettled([send(), send()]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(send()).rejects.toMatchObject({ statusCode: 400, code: 'balance_insufficient' });
    expect([await availableOf(), await availableOf(id)]).toEqual([100, start - 100]);
    expect((await stripe.transfers.list({ destination: id, transfer_group: 'g1' })).data).toHaveLength(1);
  });

  it('does not reach sellers who have not been onboarded, or do not exist', async () => {
    await fund(5_000);
    const { id } = await makeAccount();
    await expect(
      stripe.transfers.create({ amount: 100, currency: 'usd', destination: id }),
    ).rejects.toMatchObject({ code: 'insufficient_capabilities_for_transfer' });
    await expect(
      stripe.transfers.create({ amount: 100, currency: 'usd', destination: 'acct_nobody' }),
    ).rejects.toMatchObject({ code: 'resource_missing' });
  });

  it('are reversed in parts, up to what was sent and is still there', async () => {
    const id = await makeSeller();
    await fund(5_000);
    const transfer = await stripe.transfers.create({ amount: 3_000, currency: 'usd', destination: id });
    const reversal = await stripe.transfers.createReversal(transfer.id, { amount: 1_000 });
    expect(await stripe.transfers.retrieve(transfer.id)).toMatchObject({
      amount_reversed: 1_000,
      reversed: false,
    });
    await expect(stripe.transfers.createReversal(transfer.id, { amount: 2_001 })).rejects.toMatchObject({
      param: 'amount',
    });
    await stripe.payouts.create({ amount: 1_500, currency: 'usd' }, { stripeAccount: id });
    await expect(stripe.transfers.createReversal(transfer.id)).rejects.toMatchObject({
      code: 'balance_insufficient',
    });
    await stripe.transfers.createReversal(transfer.id, { amount: 500 });
    expect((await stripe.transfers.listReversals(transfer.id)).data.at(-1)).toMatchObject({
      id: reversal.id,
    });
    expect(await availableOf(id)).toBe(0);
  });

  it('spends money of a card charge only when it has arrived', async () => {
    const id = await makeSeller();
    const rest = await availableOf();
    const pay = (card: string) =>
      stripe.paymentIntents.create({
        amount: 10_000,
        currency: 'usd',
        payment_method: card,
        confirm: true,
        return_url: bench.url,
      });
    await pay('pm_card_visa');
    const amount = rest + 9_680;
    const send = () => stripe.transfers.create({ amount, currency: 'usd', destination: id });
    await expect(send()).rejects.toMatchObject({ code: 'balance_insufficient' });
    clock.advance(2 * DAY_MS + 1_000);
    expect(await send()).toMatchObject({ amount });
    await pay('pm_card_bypassPending');
    expect(await availableOf()).toBe(9_680);
  });
});

describe('payouts of sellers', () => {
  it.each([
    ['000123456789', 'paid', null, 0],
    ['000111111116', 'failed', 'no_account', 2_000],
  ])('to %s end as %s', async (bank, status, code, left) => {
    const id = await makeSeller('manual', bank);
    await fund(2_000);
    await stripe.transfers.create({ amount: 2_000, currency: 'usd', destination: id });
    const payout = await stripe.payouts.create({ amount: 2_000, currency: 'usd' }, { stripeAccount: id });
    expect(payout.status).toBe('in_transit');
    const from = bench.received.length;
    clock.advance(2 * DAY_MS + 1_000);
    await bench.platform.payments.sandbox!.tick();
    expect(await stripe.payouts.retrieve(payout.id, {}, { stripeAccount: id })).toMatchObject({
      status,
      failure_code: code,
    });
    expect(await availableOf(id)).toBe(left);
    await bench.platform.payments.sandbox!.idle();
    const told = bench.received
      .slice(from)
      .map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as { type: string; account: string });
    expect(told).toContainEqual(expect.objectContaining({ type: `payout.${status}`, account: id }));
  });

  it('go out by themselves where the schedule says daily, and are nobody else’s to see', async () => {
    const id = await makeSeller('daily');
    await fund(700);
    await stripe.transfers.create({ amount: 700, currency: 'usd', destination: id });
    clock.advance(DAY_MS + 1_000);
    await bench.platform.payments.sandbox!.tick();
    const [payout] = (await stripe.payouts.list({}, { stripeAccount: id })).data;
    expect(payout).toMatchObject({ amount: 700, automatic: true });
    await expect(stripe.payouts.retrieve(payout!.id)).rejects.toMatchObject({ statusCode: 404 });
  });

  it('are refused beyond the balance and while requirements are due', async () => {
    const id = await makeSeller();
    await expect(
      stripe.payouts.create({ amount: 1, currency: 'usd' }, { stripeAccount: id }),
    ).rejects.toMatchObject({ code: 'balance_insufficient' });
    const { id: fresh } = await makeAccount();
    await expect(
      stripe.payouts.create({ amount: 1, currency: 'usd' }, { stripeAccount: fresh }),
    ).rejects.toMatchObject({ code: 'payouts_not_allowed' });
  });
});
