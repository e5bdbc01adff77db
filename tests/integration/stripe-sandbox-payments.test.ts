import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDispute, openDispute } from '../../app/infra/stripe/sandbox/payments/open-dispute.ts';
import { createTestClock } from '../support/clock.ts';
import { startPaymentsBench, type PaymentsBench } from '../support/payments.ts';

let bench: PaymentsBench;
let stripe: Stripe;
const clock = createTestClock();
beforeAll(async () => {
  bench = await startPaymentsBench({ clock });
  stripe = bench.platform.payments.stripe;
});
afterAll(() => bench.close());

async function customerWith(card: string): Promise<{ customer: string; method: string }> {
  const customer = await stripe.customers.create({ name: 'Ada' });
  const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
  return { customer: customer.id, method: method.id };
}

const charge = (customer: string, method: string, extra: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 2_000,
    currency: 'usd',
    customer,
    payment_method: method,
    confirm: true,
    off_session: true,
    ...extra,
  });

const eventsAbout = async (id: string) =>
  (await stripe.events.list({ limit: 100 })).data
    .filter((event) => (event.data.object as { id?: string }).id === id)
    .map(({ type }) => type)
    .reverse();

describe('customers', () => {
  it('keeps default cards, addresses, metadata and tax ids', async () => {
    const { customer, method } = await customerWith('pm_card_visa');
    const updated = await stripe.customers.update(customer, {
      email: 'ada@example.com',
      address: { country: 'DE', line1: 'Weg 1' },
      metadata: { a: '1', b: '2' },
      invoice_settings: { default_payment_method: method },
    });
    expect(updated).toMatchObject({
      email: 'ada@example.com',
      address: { country: 'DE', city: null },
      invoice_settings: { default_payment_method: method },
    });
    expect((await stripe.customers.update(customer, { metadata: { a: '' } })).metadata).toEqual({ b: '2' });
    const taxId = await stripe.customers.createTaxId(customer, { type: 'eu_vat', value: 'DE123456789' });
    expect((await stripe.customers.listTaxIds(customer)).data).toMatchObject([
      { id: taxId.id, country: 'DE' },
    ]);
    await expect(
      stripe.customers.createTaxId(customer, { type: 'eu_vat', value: 'nonsense' }),
    ).rejects.toMatchObject({ code: 'tax_id_invalid' });
    await stripe.customers.deleteTaxId(customer, taxId.id);
    expect((await stripe.customers.listTaxIds(customer)).data).toEqual([]);
    const expanded = await stripe.customers.retrieve(customer, {
      expand: ['invoice_settings.default_payment_method', 'tax_ids'],
    });
    expect(expanded).toMatchObject({
      invoice_settings: { default_payment_method: { id: method, card: { last4: '4242' } } },
      tax_ids: { data: [] },
    });
    expect(JSON.stringify(expanded)).not.toContain('4242424242424242');
  });

  it('refuses a default card that is not the customer’s own', async () => {
    const { method } = await customerWith('pm_card_visa');
    const { customer } = await customerWith('pm_card_visa');
    await expect(
      stripe.customers.update(customer, { invoice_settings: { default_payment_method: method } }),
    ).rejects.toMatchObject({ statusCode: 400 });
    await expect(charge(customer, method)).rejects.toMatchObject({ statusCode: 400 });
  });

  it('lists and detaches cards; a detached card charges nobody', async () => {
    const { customer, method } = await customerWith('pm_card_visa');
    expect((await stripe.customers.listPaymentMethods(customer)).data).toHaveLength(1);
    expect((await stripe.paymentMethods.list({ customer, type: 'card' })).data).toHaveLength(1);
    expect((await stripe.paymentMethods.detach(method)).customer).toBeNull();
    expect((await stripe.paymentMethods.list({ customer, type: 'card' })).data).toEqual([]);
  });
});

describe('cards', () => {
  it.each([
    ['4000000000000002', 'card_declined', 'generic_decline'],
    ['4000000000009995', 'card_declined', 'insufficient_funds'],
    ['4000000000000069', 'expired_card', 'expired_card'],
    ['4000000000000127', 'incorrect_cvc', 'incorrect_cvc'],
    ['4000000000000119', 'processing_error', 'processing_error'],
  ])('refuses %s with %s, also when it is to be saved', async (number, code, declineCode) => {
    const customer = await stripe.customers.create({});
    const method = await stripe.paymentMethods.create({
      type: 'card',
      card: { number, exp_month: 12, exp_year: 2034, cvc: '123' },
    });
    const refused = await charge(customer.id, method.id).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      type: 'StripeCardError',
      statusCode: 402,
      code,
      decline_code: declineCode,
    });
    const { payment_intent: payment } = refused as { payment_intent: Stripe.PaymentIntent };
    expect(await stripe.paymentIntents.retrieve(payment.id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code },
      amount_received: 0,
    });
    expect(await eventsAbout(payment.id)).toEqual([
      'payment_intent.created',
      'payment_intent.payment_failed',
    ]);
    await expect(stripe.paymentMethods.attach(method.id, { customer: customer.id })).rejects.toMatchObject({
      code,
    });
  });

  it('saves 0341 and refuses its charges', async () => {
    const { customer, method } = await customerWith('pm_card_chargeCustomerFail');
    await expect(charge(customer, method)).rejects.toMatchObject({ code: 'card_declined' });
  });

  it('asks for authentication in absence, and not again once the card was set up', async () => {
    const always = await customerWith('pm_card_authenticationRequired');
    await expect(charge(always.customer, always.method)).rejects.toMatchObject({
      code: 'authentication_required',
      statusCode: 402,
    });
    const customer = await stripe.customers.create({});
    const setup = await stripe.setupIntents.create({
      customer: customer.id,
      payment_method: 'pm_card_authenticationRequiredOnSetup',
      confirm: true,
      return_url: `${bench.url}/back`,
    });
    expect(setup.status).toBe('requires_action');
    const method = setup.payment_method as string;
    await expect(charge(customer.id, method)).rejects.toMatchObject({ code: 'authentication_required' });
    const back = await decide(setup.next_action!.redirect_to_url!.url!, 'complete');
    expect(back).toContain(`setup_intent=${setup.id}`);
    expect((await stripe.setupIntents.retrieve(setup.id)).status).toBe('succeeded');
    expect(await charge(customer.id, method)).toMatchObject({ status: 'succeeded', amount_received: 2_000 });
  });

  async function decide(url: string, outcome: string): Promise<string> {
    expect((await fetch(url)).status).toBe(200);
    const answer = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ outcome }),
    });
    expect(answer.status).toBe(303);
    return answer.headers.get('location') ?? '';
  }

  it.each([
    ['complete', 'succeeded', 'succeeded'],
    ['fail', 'requires_payment_method', 'failed'],
  ])('goes through the bank’s page: %s', async (outcome, status, word) => {
    const { customer } = await customerWith('pm_card_visa');
    const payment = await stripe.paymentIntents.create({
      amount: 900,
      currency: 'usd',
      customer,
      payment_method: 'pm_card_threeDSecure2Required',
      confirm: true,
      return_url: `${bench.url}/back`,
    });
    expect(payment.status).toBe('requires_action');
    const url = payment.next_action!.redirect_to_url!.url!;
    expect(await decide(url, outcome)).toContain(`redirect_status=${word}`);
    expect((await stripe.paymentIntents.retrieve(payment.id)).status).toBe(status);
    // Nothing is decided twice.
    expect((await fetch(url, { method: 'POST', body: new URLSearchParams({ outcome }) })).status).toBe(404);
  });

  it('saves the card of a payment that asked for it', async () => {
    const customer = await stripe.customers.create({});
    const payment = await stripe.paymentIntents.create({
      amount: 500,
      currency: 'usd',
      customer: customer.id,
      payment_method: 'pm_card_visa',
      setup_future_usage: 'off_session',
      confirm: true,
      return_url: `${bench.url}/back`,
    });
    expect((await stripe.paymentMethods.list({ customer: customer.id })).data).toMatchObject([
      { id: payment.payment_method },
    ]);
  });

  it('will not charge in absence or confirm without what Stripe wants', async () => {
    const { customer, method } = await customerWith('pm_card_visa');
    const base = { amount: 500, currency: 'usd', customer, payment_method: method };
    await expect(stripe.paymentIntents.create({ ...base, off_session: true })).rejects.toMatchObject({
      param: 'off_session',
    });
    await expect(stripe.paymentIntents.create({ ...base, confirm: true })).rejects.toThrow(/return_url/);
    await expect(charge(customer, method, { amount: 49 })).rejects.toMatchObject({
      code: 'amount_too_small',
    });
    const paid = await charge(customer, method);
    await expect(stripe.paymentIntents.confirm(paid.id)).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
    await expect(stripe.paymentIntents.cancel(paid.id)).rejects.toMatchObject({ statusCode: 400 });
  });
});

describe('refunds and chargebacks', () => {
  it('refunds in parts up to what was paid, and the balance follows', async () => {
    const { customer, method } = await customerWith('pm_card_visa');
    const payment = await charge(customer, method);
    const first = await stripe.refunds.create({
      payment_intent: payment.id,
      amount: 500,
      reason: 'duplicate',
    });
    expect(first).toMatchObject({ status: 'succeeded', amount: 500, reason: 'duplicate' });
    await expect(stripe.refunds.create({ payment_intent: payment.id, amount: 1_501 })).rejects.toMatchObject({
      param: 'amount',
    });
    expect(await stripe.refunds.create({ payment_intent: payment.id })).toMatchObject({ amount: 1_500 });
    await expect(stripe.refunds.create({ payment_intent: payment.id })).rejects.toMatchObject({
      code: 'charge_already_refunded',
    });
    const shown = await stripe.charges.retrieve(payment.latest_charge as string, {
      expand: ['refunds', 'balance_transaction'],
    });
    expect(shown).toMatchObject({
      refunded: true,
      amount_refunded: 2_000,
      balance_transaction: { fee: 88, net: 1_912 },
    });
    expect(shown.refunds!.data).toHaveLength(2);
    const list = await stripe.refunds.list({ payment_intent: payment.id });
    expect(list.data.map(({ amount }) => amount)).toEqual([1_500, 500]);
  });

  it('has no refund of what was charged back', async () => {
    const { customer, method } = await customerWith('pm_card_createDispute');
    const payment = await charge(customer, method);
    await expect(stripe.refunds.create({ payment_intent: payment.id })).rejects.toMatchObject({
      code: 'charge_disputed',
    });
  });

  it('takes a disputed charge and its fee away, and gives both back when the dispute is won', async () => {
    const { customer, method } = await customerWith('pm_card_createDispute');
    const payment = await charge(customer, method);
    const [dispute] = (await stripe.disputes.list({ payment_intent: payment.id })).data;
    expect(dispute).toMatchObject({
      amount: 2_000,
      status: 'needs_response',
      balance_transactions: [{ net: -3_500 }],
    });
    const won = await stripe.disputes.update(dispute!.id, {
      evidence: { uncategorized_text: 'winning_evidence' },
      submit: true,
    });
    expect(won).toMatchObject({ status: 'won', balance_transactions: [{ net: -3_500 }, { net: 3_500 }] });
    expect(await eventsAbout(dispute!.id)).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.updated',
      'charge.dispute.funds_reinstated',
      'charge.dispute.closed',
    ]);
  });

  it('can be charged back at any time, and lost', async () => {
    const { customer, method } = await customerWith('pm_card_visa');
    const payment = await charge(customer, method);
    const sandbox = bench.platform.payments.sandbox!;
    const dispute = await sandbox.transact((core) => openDispute(core, payment.latest_charge as string));
    await expect(
      sandbox.transact((core) => openDispute(core, payment.latest_charge as string)),
    ).rejects.toMatchObject({ status: 400 });
    await sandbox.transact((core) => closeDispute(core, dispute.id, 'lost'));
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({
      status: 'lost',
      balance_transactions: [{}],
    });
    await expect(stripe.disputes.close(dispute.id)).rejects.toMatchObject({ statusCode: 400 });
  });
});
