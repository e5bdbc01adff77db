import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invoices, ledgerTransactions, paymentMethods, wallets } from '../../db/schema/index.ts';
import { pushBillingProfile, saveBillingProfile } from '../../app/domain/billing-profiles/index.ts';
import type { Context } from '../../app/domain/context.ts';
import {
  approveInvoice,
  collectInvoice,
  creditInvoice,
  draftInvoice,
  getInvoice,
  markInvoicePaid,
  payInvoice,
  reconcileMonth,
  voidInvoice,
} from '../../app/domain/invoices/index.ts';
import { ensureCustomer } from '../../app/domain/payments/index.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';
import { makeAdministrator, makeBuyer, makeSeller, type Person } from '../support/factories.ts';
import { balanceOf, recordUsage } from '../support/invoices.ts';
import { startPaymentsBench, type PaymentsBench } from '../support/payments.ts';

const DOLLAR = 1_000_000_000n;
const CENT = 10_000_000n;

let bench: PaymentsBench;
let clock: TestClock;
let admin: Context;
let seller: Person;
beforeAll(async () => {
  clock = createTestClock(Date.parse('2026-11-21T12:00:00Z'));
  bench = await startPaymentsBench({ clock });
  admin = (await makeAdministrator(bench.platform)).ctx;
  seller = await makeSeller(bench.platform);
});
afterAll(async () => {
  await bench.close();
});

async function invoiceFor(buyer: Person, charge: bigint) {
  await recordUsage(bench.platform, {
    buyer: buyer.organizationId,
    seller: seller.organizationId,
    at: '2026-10-05T00:00:00Z',
    charge,
    credit: charge,
  });
  const draft = await draftInvoice(bench.system, {
    organizationId: buyer.organizationId,
    at: new Date('2026-10-15T00:00:00Z'),
  });
  return approveInvoice(admin, { invoiceId: draft!.id });
}

/** Saves a card at Stripe and with us, as a checkout that saves it does. */
async function saveCard(buyer: Person, card: string): Promise<void> {
  const customer = await ensureCustomer(bench.system, buyer.organizationId);
  const method = await bench.platform.payments.stripe.paymentMethods.attach(card, { customer });
  await bench.platform.db.insert(paymentMethods).values({
    id: method.id,
    organizationId: buyer.organizationId,
    brand: 'visa',
    lastFour: '4242',
    isDefault: true,
  });
}

const reread = (buyer: Person, invoiceId: string) => getInvoice(buyer.ctx, { invoiceId });
const remote = (id: string) => bench.platform.payments.stripe.invoices.retrieve(id);

/** Applies every event that has come, twice over, in the order they came. */
async function applyEvents(): Promise<void> {
  await bench.platform.payments.sandbox!.idle();
  for (const event of [...bench.received, ...bench.received]) await bench.take(event);
}

async function paymentsOf(invoiceId: string): Promise<number> {
  const all = await bench.platform.db
    .select({ reference: ledgerTransactions.reference })
    .from(ledgerTransactions)
    .where(eq(ledgerTransactions.kind, 'invoice_payment'));
  return all.filter(({ reference }) => reference.startsWith(`${invoiceId}:`)).length;
}

describe('collecting through Stripe', () => {
  it('charges the saved card once, whatever is repeated', async () => {
    const buyer = await makeBuyer(bench.platform);
    await saveCard(buyer, 'pm_card_visa');
    const invoice = await invoiceFor(buyer, 1234n * CENT);
    await Promise.allSettled([1, 2].map(() => collectInvoice(bench.system, { invoiceId: invoice.id })));
    await collectInvoice(bench.system, { invoiceId: invoice.id });
    await applyEvents();
    const paid = await reread(buyer, invoice.id);
    expect(paid).toMatchObject({ status: 'paid', paidNanos: 1234n * CENT, openNanos: 0n });
    const stripe = await remote(paid.stripeInvoiceId!);
    expect(stripe).toMatchObject({
      status: 'paid',
      amount_paid: 1234,
      currency: 'usd',
      metadata: { tollgate_invoice_id: invoice.id, organization_id: buyer.organizationId },
    });
    expect(await paymentsOf(invoice.id)).toBe(1);
    expect(await balanceOf(bench.platform, buyer.organizationId, 'buyer_receivable')).toBe(0n);
    const [wallet] = await bench.platform.db
      .select()
      .from(wallets)
      .where(eq(wallets.organizationId, buyer.organizationId));
    expect(wallet).toMatchObject({ creditUsedNanos: 0n, availableNanos: 0n });
  });

  it('leads to Stripe’s page without a card, and is paid by the event alone', async () => {
    const buyer = await makeBuyer(bench.platform);
    const invoice = await invoiceFor(buyer, 5n * DOLLAR);
    const { url } = await payInvoice(buyer.ctx, { invoiceId: invoice.id });
    expect((await payInvoice(buyer.ctx, { invoiceId: invoice.id })).url).toBe(url);
    await bench.pay(url);
    expect((await reread(buyer, invoice.id)).status).toBe('finalized');
    await applyEvents();
    expect((await reread(buyer, invoice.id)).status).toBe('paid');
    expect(await paymentsOf(invoice.id)).toBe(1);
    await expect(payInvoice(buyer.ctx, { invoiceId: invoice.id })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('notes a declined card, and asks again with another one', async () => {
    const buyer = await makeBuyer(bench.platform);
    await saveCard(buyer, 'pm_card_chargeCustomerFail');
    const invoice = await invoiceFor(buyer, 3n * DOLLAR);
    await collectInvoice(bench.system, { invoiceId: invoice.id });
    await applyEvents();
    expect(await reread(buyer, invoice.id)).toMatchObject({ status: 'finalized', attempts: 1 });
    await bench.platform.db
      .delete(paymentMethods)
      .where(
        and(eq(paymentMethods.organizationId, buyer.organizationId), eq(paymentMethods.isDefault, true)),
      );
    await saveCard(buyer, 'pm_card_mastercard');
    await collectInvoice(bench.system, { invoiceId: invoice.id });
    expect(await reread(buyer, invoice.id)).toMatchObject({ status: 'paid', lastError: null });
    expect(await paymentsOf(invoice.id)).toBe(1);
  });

  it('asks for what a credit note left, and for nothing that is void or paid otherwise', async () => {
    const buyer = await makeBuyer(bench.platform);
    const invoice = await invoiceFor(buyer, 8n * DOLLAR);
    await collectInvoice(bench.system, { invoiceId: invoice.id });
    const first = (await reread(buyer, invoice.id)).stripeInvoiceId!;
    await creditInvoice(admin, { invoiceId: invoice.id, amountNanos: 3n * DOLLAR, reason: 'An outage' });
    await collectInvoice(bench.system, { invoiceId: invoice.id });
    const second = (await reread(buyer, invoice.id)).stripeInvoiceId!;
    expect((await remote(first)).status).toBe('void');
    expect(await remote(second)).toMatchObject({ status: 'open', amount_due: 500 });
    await markInvoicePaid(admin, { invoiceId: invoice.id, reason: 'Transfer' });
    await collectInvoice(bench.system, { invoiceId: invoice.id });
    expect((await remote(second)).status).toBe('void');

    const other = await makeBuyer(bench.platform);
    const wrong = await invoiceFor(other, 8n * DOLLAR);
    await collectInvoice(bench.system, { invoiceId: wrong.id });
    const asked = (await reread(other, wrong.id)).stripeInvoiceId!;
    await voidInvoice(admin, { invoiceId: wrong.id, reason: 'Wrong', reissue: false });
    await collectInvoice(bench.system, { invoiceId: wrong.id });
    expect((await remote(asked)).status).toBe('void');
  });

  it('puts money that comes for a void invoice into the wallet', async () => {
    const buyer = await makeBuyer(bench.platform);
    const invoice = await invoiceFor(buyer, 4n * DOLLAR);
    const { url } = await payInvoice(buyer.ctx, { invoiceId: invoice.id });
    await voidInvoice(admin, { invoiceId: invoice.id, reason: 'Wrong', reissue: false });
    await bench.pay(url);
    await applyEvents();
    expect((await reread(buyer, invoice.id)).status).toBe('void');
    expect(await balanceOf(bench.platform, buyer.organizationId, 'buyer_wallet')).toBe(4n * DOLLAR);
  });

  it('survives a Stripe that does not answer, and makes one invoice there', async () => {
    const buyer = await makeBuyer(bench.platform);
    await saveCard(buyer, 'pm_card_visa');
    const invoice = await invoiceFor(buyer, 2n * DOLLAR);
    const { faults } = bench.platform.payments.sandbox!;
    faults.add({ kind: 'lost_answer', match: 'POST /v1/invoices', times: 3 });
    for (let attempt = 0; attempt < 6; attempt++) {
      await collectInvoice(bench.system, { invoiceId: invoice.id }).catch((error: { code?: string }) => {
        expect(error.code).toBe('payment_unavailable');
      });
    }
    faults.clear();
    await collectInvoice(bench.system, { invoiceId: invoice.id });
    await applyEvents();
    expect(await reread(buyer, invoice.id)).toMatchObject({ status: 'paid' });
    const customer = await ensureCustomer(bench.system, buyer.organizationId);
    const all = await bench.platform.payments.stripe.invoices.list({ customer });
    expect(all.data.map(({ status, amount_paid: paid }) => [status, paid])).toEqual([['paid', 200]]);
  });

  it('tells Stripe name and tax id of the buyer', async () => {
    const buyer = await makeBuyer(bench.platform);
    const customer = await ensureCustomer(bench.system, buyer.organizationId);
    await saveBillingProfile(buyer.ctx, {
      name: 'Käufer GmbH',
      country: 'DE',
      taxIdType: 'eu_vat',
      taxId: 'DE123456789',
    });
    await pushBillingProfile(bench.system, { organizationId: buyer.organizationId });
    clock.advance(1000);
    await saveBillingProfile(buyer.ctx, {
      name: 'Buyer Ltd',
      country: 'GB',
      taxIdType: 'gb_vat',
      taxId: 'GB123456789',
    });
    await pushBillingProfile(bench.system, { organizationId: buyer.organizationId });
    await pushBillingProfile(bench.system, { organizationId: buyer.organizationId });
    const { stripe } = bench.platform.payments;
    expect(await stripe.customers.retrieve(customer)).toMatchObject({
      name: 'Buyer Ltd',
      address: { country: 'GB' },
    });
    const ids = await stripe.customers.listTaxIds(customer);
    expect(ids.data.map(({ type, value }) => [type, value])).toEqual([['gb_vat', 'GB123456789']]);
  });

  it('agrees with usage, ledger and invoices in the end', async () => {
    const { differenceNanos, askedStripe, months } = await reconcileMonth(admin, { month: '2026-10' });
    expect(askedStripe).toBe(true);
    expect(months.filter(({ stripeNanos }) => stripeNanos !== null).length).toBeGreaterThan(3);
    expect(differenceNanos).toBe(0n);
    const open = await bench.platform.db.select().from(invoices).where(eq(invoices.status, 'past_due'));
    expect(open).toEqual([]);
  });
});
