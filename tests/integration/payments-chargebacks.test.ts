/** Money that banks take back, cards that are kept, and top-ups that go back to the card. */
import { eq } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getLedgerBalance, verifyLedger } from '../../app/domain/ledger/index.ts';
import {
  addPaymentMethod,
  ensureCustomer,
  listPaymentMethods,
  listPayments,
  openCustomerPortal,
  refundPayment,
  removePaymentMethod,
  sendRefund,
  setDefaultPaymentMethod,
  startTopUp,
} from '../../app/domain/payments/index.ts';
import { getWallet } from '../../app/domain/wallets/index.ts';
import { NANOS_PER_UNIT } from '../../app/lib/money.ts';
import { chargebacks, checkouts } from '../../db/schema/index.ts';
import { makeAdministrator, makeBuyer, unique, type Person } from '../support/factories.ts';
import { startPaymentsBench, type PaymentsBench } from '../support/payments.ts';
import { applyNews } from '../support/stripe-news.ts';
import { until } from '../support/until.ts';

const USD = (units: number) => BigInt(units) * NANOS_PER_UNIT;
const DISPUTED = '4000 0000 0000 0259';

let bench: PaymentsBench;
beforeAll(async () => {
  bench = await startPaymentsBench();
});
afterAll(() => bench.close());

async function toppedUp(units: number, card?: string): Promise<{ buyer: Person; checkoutId: string }> {
  const buyer = await makeBuyer(bench.platform);
  const { checkout, url } = await startTopUp(buyer.ctx, {
    amountNanos: USD(units),
    idempotencyKey: unique('key-'),
  });
  await bench.pay(url, card);
  await applyNews(bench.system);
  return { buyer, checkoutId: checkout.id };
}

const owed = (buyer: Person) =>
  getLedgerBalance(buyer.ctx, { organizationId: buyer.organizationId, purpose: 'buyer_receivable' });

describe('a chargeback', () => {
  it('is paid by the wallet, and comes back when it is won', async () => {
    const { buyer } = await toppedUp(10, DISPUTED);
    await applyNews(bench.system);
    const own = eq(chargebacks.organizationId, buyer.organizationId);
    const [chargeback] = await bench.platform.db.select().from(chargebacks).where(own);
    expect(chargeback).toMatchObject({ amountNanos: USD(10) });
    expect((await getWallet(buyer.ctx)).availableNanos).toBe(0n);
    expect(await owed(buyer)).toBe(0n);
    await bench.platform.payments.stripe.disputes.update(chargeback!.id, {
      evidence: { uncategorized_text: 'winning_evidence' },
      submit: true,
    });
    await bench.platform.payments.sandbox!.tick();
    await applyNews(bench.system);
    await applyNews(bench.system);
    const [won] = await bench.platform.db.select().from(chargebacks).where(own);
    expect(won?.status).toBe('won');
    expect((await getWallet(buyer.ctx)).availableNanos).toBe(USD(10));
    expect((await verifyLedger(bench.system)).problems).toEqual([]);
  });

  it('of a payment that is no checkout, such as an invoice’s, is found by its customer', async () => {
    const buyer = await makeBuyer(bench.platform);
    const { stripe, sandbox } = bench.platform.payments;
    const customer = await ensureCustomer(bench.system, buyer.organizationId);
    await stripe.paymentIntents.create({
      amount: 700,
      currency: 'usd',
      customer,
      payment_method: 'pm_card_createDispute',
      off_session: true,
      confirm: true,
    });
    await sandbox!.tick();
    await applyNews(bench.system);
    expect(await owed(buyer)).toBe(-USD(7));
    expect((await verifyLedger(bench.system)).problems).toEqual([]);
    await bench.platform.db
      .update(chargebacks)
      .set({ amountNanos: USD(8) })
      .where(eq(chargebacks.organizationId, buyer.organizationId));
    expect((await verifyLedger(bench.system)).problems).toMatchObject([
      { expectedNanos: USD(8), actualNanos: USD(7) },
    ]);
    await bench.platform.db
      .update(chargebacks)
      .set({ amountNanos: USD(7) })
      .where(eq(chargebacks.organizationId, buyer.organizationId));
  });

  it('is seen by administrators alone', async () => {
    const { ctx } = await makeAdministrator(bench.platform);
    const { chargebacks: all, payments } = await listPayments(ctx);
    expect(all.length).toBeGreaterThan(0);
    expect((await listPayments(ctx, { q: all[0]!.id })).chargebacks).toHaveLength(1);
    expect((await listPayments(ctx, { q: '%' })).payments).toHaveLength(0);
    expect(payments.length).toBeGreaterThan(0);
    const buyer = await makeBuyer(bench.platform);
    await expect(listPayments(buyer.ctx)).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('a top-up', () => {
  it('goes back to the card in parts, never more than was paid, and never what was spent', async () => {
    const { buyer, checkoutId } = await toppedUp(10);
    const { ctx } = await makeAdministrator(bench.platform);
    const give = (units: number) =>
      refundPayment(ctx, {
        reference: checkoutId,
        amountNanos: USD(units),
        reason: 'Asked for it',
        idempotencyKey: unique('refund-'),
      });
    const first = await give(4);
    expect((await getWallet(buyer.ctx)).availableNanos).toBe(USD(6));
    await sendRefund(bench.system, { refundId: first.id });
    await expect(give(7)).rejects.toMatchObject({ code: 'invalid_request' });
    const both = await Promise.allSettled([give(6), give(6)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [row] = await bench.platform.db.select().from(checkouts).where(eq(checkouts.id, checkoutId));
    expect(row?.refundedNanos).toBe(USD(10));
    expect((await verifyLedger(bench.system)).problems).toEqual([]);
  });
});

describe('whoever moves a payment', () => {
  it('locks the wallet before it, so that two of them never wait for each other', async () => {
    const { buyer, checkoutId } = await toppedUp(10);
    const { ctx } = await makeAdministrator(bench.platform);
    const key = { reason: 'Asked for it', idempotencyKey: unique('refund-') };
    const other = postgres(bench.platform.databaseUrl, { max: 1 });
    const watcher = postgres(bench.platform.databaseUrl, { max: 1 });
    const { refund } = await other.begin(async (tx) => {
      await tx`select 1 from wallets where organization_id = ${buyer.organizationId} for update`;
      const waiting = refundPayment(ctx, { reference: checkoutId, amountNanos: USD(1), ...key });
      await until('the refund to wait', async () => {
        const rows = await watcher`select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        return rows.length > 0;
      });
      // Not taken by the refund, which waits for the wallet.
      await tx`select 1 from checkouts where id = ${checkoutId} for update nowait`;
      return { refund: waiting };
    });
    await Promise.all([other.end(), watcher.end()]);
    expect(await refund).toMatchObject({ amountNanos: USD(1) });
  });
});

describe('saved cards', () => {
  it('are listed, chosen and removed by those who may pay, and nobody else’s', async () => {
    const { buyer } = await toppedUp(5);
    const { stripe } = bench.platform.payments;
    const customer = (
      await bench.platform.db.query.organizations.findFirst({
        where: (table, { eq: is }) => is(table.id, buyer.organizationId),
      })
    )?.stripeCustomerId;
    await stripe.paymentMethods.attach('pm_card_visa', { customer: customer! });
    await stripe.paymentMethods.attach('pm_card_mastercard', { customer: customer! });
    await applyNews(bench.system);
    const methods = await listPaymentMethods(buyer.ctx);
    expect(methods.filter(({ isDefault }) => isDefault)).toHaveLength(1);
    const other = methods.find(({ isDefault }) => !isDefault)!;
    await setDefaultPaymentMethod(buyer.ctx, { paymentMethodId: other.id });
    expect((await listPaymentMethods(buyer.ctx))[0]).toMatchObject({ id: other.id, isDefault: true });
    const stranger = await makeBuyer(bench.platform);
    const foreign = { paymentMethodId: other.id };
    await expect(setDefaultPaymentMethod(stranger.ctx, foreign)).rejects.toMatchObject({ code: 'not_found' });
    await expect(removePaymentMethod(stranger.ctx, foreign)).rejects.toMatchObject({ code: 'not_found' });
    const member = bench.platform.createContext({ ...buyer.actor, role: 'member' });
    await expect(listPaymentMethods(member)).rejects.toMatchObject({ code: 'forbidden' });
    await removePaymentMethod(buyer.ctx, foreign);
    const left = await listPaymentMethods(buyer.ctx);
    expect(left.map(({ id }) => id)).not.toContain(other.id);
    expect(left.filter(({ isDefault }) => isDefault)).toHaveLength(1);
  });

  it('are added on Stripe’s page and managed in its portal', async () => {
    const buyer = await makeBuyer(bench.platform);
    expect((await addPaymentMethod(buyer.ctx)).url).toContain('/stripe-sandbox/');
    expect((await openCustomerPortal(buyer.ctx)).url).toMatch(/^http/);
  });
});
