import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invoices, ledgerTransactions, mails, subscriptions, users, wallets } from '../../db/schema/index.ts';
import { saveBillingProfile } from '../../app/domain/billing-profiles/index.ts';
import type { Context } from '../../app/domain/context.ts';
import {
  approveInvoice,
  creditInvoice,
  draftInvoice,
  dunInvoices,
  getCreditNote,
  getInvoice,
  isCreditSuspended,
  listInvoices,
  markInvoicePaid,
  payInvoice,
  resendInvoice,
  reviewInvoice,
  voidInvoice,
} from '../../app/domain/invoices/index.ts';
import { activateSubscription, createSubscription } from '../../app/domain/subscriptions/index.ts';
import { addTaxRate } from '../../app/domain/tax-rates/index.ts';
import { sendInvoiceMail } from '../../worker/tasks/send-invoice-mail.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';
import {
  makeAdministrator,
  makeBuyer,
  makeMarketplace,
  makeService,
  makeSeller,
  unique,
  type Person,
} from '../support/factories.ts';
import { balanceOf, recordUsage } from '../support/invoices.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const CENT = 10_000_000n;
const DOLLAR = 1_000_000_000n;
const NOW = Date.parse('2026-11-05T12:00:00Z');
const DAY_MS = 86_400_000;

let platform: TestPlatform;
let clock: TestClock;
let admin: Context;
let seller: Person;
beforeAll(async () => {
  clock = createTestClock(NOW);
  platform = await createTestPlatform({}, { clock });
  admin = (await makeAdministrator(platform)).ctx;
  seller = await makeSeller(platform);
  await addTaxRate(admin, {
    country: 'GB',
    name: 'VAT',
    basisPoints: 2_000,
    effectiveFrom: new Date('2026-01-01T00:00:00Z'),
  });
});
afterAll(async () => {
  await platform.close();
});

const system = () => platform.createContext({ type: 'system', job: 'test' });

/** An October invoice over so much, on credit. */
async function invoiceFor(buyer: Person, charge: bigint, credit = charge) {
  await recordUsage(platform, {
    buyer: buyer.organizationId,
    seller: seller.organizationId,
    at: '2026-10-05T00:00:00Z',
    charge,
    credit,
  });
  const draft = (await draftInvoice(system(), {
    organizationId: buyer.organizationId,
    at: new Date('2026-10-15T00:00:00Z'),
  }))!;
  return approveInvoice(admin, { invoiceId: draft.id });
}

async function walletOf(buyer: Person) {
  const [wallet] = await platform.db
    .select()
    .from(wallets)
    .where(eq(wallets.organizationId, buyer.organizationId));
  return wallet!;
}

/** Operational balances and ledger say the same; for buyers whose usage was all on credit. */
async function expectBooksToAgree(buyer: Person) {
  const wallet = await walletOf(buyer);
  expect(wallet.availableNanos).toBe(await balanceOf(platform, buyer.organizationId, 'buyer_wallet'));
  expect(wallet.creditUsedNanos).toBe(-(await balanceOf(platform, buyer.organizationId, 'buyer_receivable')));
}

async function jobsOf(invoiceId: string): Promise<string[]> {
  const rows = await platform.db.execute<{ notice: string }>(sql`
    select payload ->> 'notice' as notice from graphile_worker._private_jobs j
    join graphile_worker._private_tasks t on t.id = j.task_id
    where t.identifier = 'send_invoice_mail' and payload ->> 'invoiceId' = ${invoiceId} order by j.id`);
  return rows.map(({ notice }) => notice);
}

describe('dunning', () => {
  it('reminds on its days, stops paid plans after the grace, and gives everything back on payment', async () => {
    clock.set(NOW);
    const market = await makeMarketplace(platform);
    const { buyer } = market;
    await platform.db
      .update(wallets)
      .set({ creditLimitNanos: 50n * DOLLAR })
      .where(eq(wallets.organizationId, buyer.organizationId));
    const invoice = await invoiceFor(buyer, 7n * DOLLAR);
    expect(invoice.dueAt).toEqual(new Date(NOW + 14 * DAY_MS));
    const stateOf = async () => {
      const [subscription] = await platform.db
        .select()
        .from(subscriptions)
        .where(eq(subscriptions.id, market.subscription.id));
      const { creditLimitNanos } = await walletOf(buyer);
      const { status } = await getInvoice(buyer.ctx, { invoiceId: invoice.id });
      return [status, subscription!.status, creditLimitNanos];
    };
    const day = async (days: number) => {
      clock.set(NOW + (14 + days) * DAY_MS);
      await dunInvoices(system());
      // The same hour again changes nothing.
      await dunInvoices(system());
      return stateOf();
    };
    expect(await day(-1)).toEqual(['finalized', 'active', 50n * DOLLAR]);
    for (const days of [0, 3, 7, 14, 20])
      expect(await day(days)).toEqual(['past_due', 'active', 50n * DOLLAR]);
    expect(await jobsOf(invoice.id)).toEqual(['ready', 'reminder', 'reminder', 'reminder', 'reminder']);
    expect(await day(21)).toEqual(['past_due', 'past_due', 0n]);
    expect(await isCreditSuspended(platform, buyer.organizationId)).toBe(true);
    expect((await listInvoices(buyer.ctx)).isSuspended).toBe(true);
    const another = await makeService(market.seller);
    const order = { service: another.service.id, planId: another.plan.id };
    await expect(createSubscription(buyer.ctx, order)).rejects.toMatchObject({ code: 'payment_required' });
    expect(await day(400)).toEqual(['past_due', 'past_due', 0n]);

    // Stripe goes on collecting a fee, and news of it comes in: what is stopped stays stopped.
    const renewed = await activateSubscription(system(), {
      subscriptionId: market.subscription.id,
      stripeSubscriptionId: unique('sub_'),
      currentPeriodStart: new Date(clock.now()),
      currentPeriodEnd: new Date(clock.now() + 30 * DAY_MS),
    });
    expect(renewed.subscription).toMatchObject({ status: 'past_due', graceUntil: null });
    expect(await stateOf()).toEqual(['past_due', 'past_due', 0n]);

    await markInvoicePaid(admin, { invoiceId: invoice.id, reason: 'Transfer 4711' });
    expect(await stateOf()).toEqual(['paid', 'active', 50n * DOLLAR]);
    expect(await isCreditSuspended(platform, buyer.organizationId)).toBe(false);
    expect((await jobsOf(invoice.id)).slice(5)).toEqual(['suspended', 'paid', 'recovered']);
    expect(await balanceOf(platform, buyer.organizationId, 'buyer_receivable')).toBe(0n);
    clock.set(NOW);
  });

  it('stays stopped while another invoice is past due', async () => {
    clock.set(NOW);
    const buyer = await makeBuyer(platform);
    const first = await invoiceFor(buyer, 2n * DOLLAR);
    await recordUsage(platform, {
      buyer: buyer.organizationId,
      seller: seller.organizationId,
      at: '2026-09-05T00:00:00Z',
      charge: 3n * DOLLAR,
      credit: 3n * DOLLAR,
    });
    const draft = (await draftInvoice(system(), {
      organizationId: buyer.organizationId,
      at: new Date('2026-09-15T00:00:00Z'),
    }))!;
    const second = await approveInvoice(admin, { invoiceId: draft.id });
    clock.set(NOW + 100 * DAY_MS);
    await dunInvoices(system());
    await dunInvoices(system());
    await markInvoicePaid(admin, { invoiceId: first.id, reason: 'Transfer 1' });
    expect(await isCreditSuspended(platform, buyer.organizationId)).toBe(true);
    await creditInvoice(admin, { invoiceId: second.id, reason: 'Goodwill' });
    expect(await isCreditSuspended(platform, buyer.organizationId)).toBe(false);
    await expectBooksToAgree(buyer);
    clock.set(NOW);
  });

  it('writes in the language of each reader', async () => {
    const buyer = await makeBuyer(platform);
    await platform.db
      .update(users)
      .set({ email: `${buyer.username}@example.com`, locale: 'ja' })
      .where(eq(users.id, buyer.userId));
    await saveBillingProfile(buyer.ctx, { name: '公司', email: 'billing@example.com', locale: 'zh-CN' });
    const invoice = await invoiceFor(buyer, 5n * DOLLAR);
    for (const notice of [
      'ready',
      'paid',
      'payment_failed',
      'reminder',
      'suspended',
      'recovered',
      'credited',
    ] as const) {
      await sendInvoiceMail(system(), { invoiceId: invoice.id, notice });
    }
    const written = await platform.db
      .select()
      .from(mails)
      .where(sql`${mails.textBody} like ${`%${invoice.id}%`}`)
      .orderBy(mails.id);
    expect(written.map(({ locale }) => locale)).toEqual(
      Array.from({ length: 7 }, () => ['ja', 'zh-CN']).flat(),
    );
    expect(written[0]).toMatchObject({ subject: `2026年10月のご請求書 ${invoice.number}` });
    expect(written[0]!.textBody).toContain('$5.00');
    expect(written[1]).toMatchObject({
      toAddress: 'billing@example.com',
      subject: `2026年10月账单 ${invoice.number}`,
    });
    for (const { subject, textBody } of written) expect(`${subject} ${textBody}`).not.toMatch(/mail\.|\{\{/);
  });
});

describe('voiding', () => {
  it('forgives what was owed, keeps the number, and does not come back', async () => {
    clock.set(NOW);
    const buyer = await makeBuyer(platform);
    await saveBillingProfile(buyer.ctx, { name: 'Ltd', country: 'GB' });
    const invoice = await invoiceFor(buyer, 10n * DOLLAR + 1n);
    const taxBefore = await balanceOf(platform, null, 'tax');
    await expect(
      voidInvoice(admin, { invoiceId: invoice.id, reason: '', reissue: false }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
    const voided = await voidInvoice(admin, {
      invoiceId: invoice.id,
      reason: 'Never agreed',
      reissue: false,
    });
    expect(voided).toMatchObject({ status: 'void', number: invoice.number });
    expect(await balanceOf(platform, buyer.organizationId, 'buyer_receivable')).toBe(0n);
    expect((await balanceOf(platform, null, 'tax')) - taxBefore).toBe(-2n * DOLLAR);
    await expectBooksToAgree(buyer);
    const again = await draftInvoice(system(), {
      organizationId: buyer.organizationId,
      at: new Date('2026-10-15T00:00:00Z'),
    });
    expect(again).toBeNull();
    await expect(
      voidInvoice(admin, { invoiceId: invoice.id, reason: 'Twice', reissue: false }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });

  it('drafts the month anew when it was only wrong', async () => {
    const buyer = await makeBuyer(platform);
    const invoice = await invoiceFor(buyer, 10n * DOLLAR + 1n);
    await saveBillingProfile(buyer.ctx, { name: 'The right name', country: 'GB' });
    await voidInvoice(admin, { invoiceId: invoice.id, reason: 'Wrong name', reissue: true });
    // What usage owes is owed again to the nano.
    expect(await balanceOf(platform, buyer.organizationId, 'buyer_receivable')).toBe(-10n * DOLLAR - 1n);
    const draft = (await listInvoices(buyer.ctx)).items.find(({ status }) => status === 'draft')!;
    const second = await approveInvoice(admin, { invoiceId: draft.id });
    expect(second).toMatchObject({
      dueNanos: 12n * DOLLAR,
      recipient: { name: 'The right name', address: [], country: 'GB' },
    });
    expect(second.number).not.toBe(invoice.number);
    expect(await balanceOf(platform, buyer.organizationId, 'buyer_receivable')).toBe(-12n * DOLLAR);
    await expectBooksToAgree(buyer);
  });

  it('is refused once it was paid', async () => {
    const buyer = await makeBuyer(platform);
    const invoice = await invoiceFor(buyer, DOLLAR);
    await markInvoicePaid(admin, { invoiceId: invoice.id, reason: 'Transfer' });
    await expect(
      voidInvoice(admin, { invoiceId: invoice.id, reason: 'Too late', reissue: false }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('credit notes', () => {
  it('take off what is unpaid first, give back what was paid, and never more than the whole', async () => {
    const buyer = await makeBuyer(platform);
    await saveBillingProfile(buyer.ctx, { name: 'Ltd', country: 'GB' });
    // Ten from the wallet, twenty on credit, six of tax: 36 in all, 26 of it due.
    const invoice = await invoiceFor(buyer, 30n * DOLLAR, 20n * DOLLAR);
    expect(invoice).toMatchObject({
      totalNanos: 36n * DOLLAR,
      dueNanos: 26n * DOLLAR,
      prepaidNanos: 10n * DOLLAR,
    });
    const first = await creditInvoice(admin, {
      invoiceId: invoice.id,
      amountNanos: 12n * DOLLAR,
      reason: 'An outage',
    });
    expect(first).toMatchObject({ amountNanos: 12n * DOLLAR, taxNanos: 2n * DOLLAR });
    expect(await getInvoice(buyer.ctx, { invoiceId: invoice.id })).toMatchObject({
      status: 'finalized',
      openNanos: 14n * DOLLAR,
    });
    await markInvoicePaid(admin, { invoiceId: invoice.id, reason: 'Transfer of the rest' });
    const second = await creditInvoice(admin, {
      invoiceId: invoice.id,
      amountNanos: 333n * CENT,
      reason: 'Another one',
    });
    expect((await walletOf(buyer)).availableNanos).toBe(333n * CENT);
    await expect(
      creditInvoice(admin, { invoiceId: invoice.id, amountNanos: 24n * DOLLAR, reason: 'Too much' }),
    ).rejects.toMatchObject({ code: 'conflict' });
    const last = await creditInvoice(admin, { invoiceId: invoice.id, reason: 'All of it' });
    expect(first.taxNanos + second.taxNanos + last.taxNanos).toBe(6n * DOLLAR);
    expect(await getInvoice(buyer.ctx, { invoiceId: invoice.id })).toMatchObject({
      status: 'refunded',
      creditedNanos: 36n * DOLLAR,
    });
    await expectBooksToAgree(buyer);
    // Numbers of their own, without gaps.
    const numbers = await platform.db.execute<{ number: string }>(
      sql`select number from credit_notes order by number`,
    );
    expect(numbers.map(({ number }) => number)).toEqual(
      numbers.map((_, index) => `INV-CN-${String(index + 1).padStart(6, '0')}`),
    );
    const stranger = await makeBuyer(platform);
    await expect(getCreditNote(stranger.ctx, { creditNoteId: first.id })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await getCreditNote(buyer.ctx, { creditNoteId: first.id })).note.number).toBe(first.number);
    await expect(creditInvoice(buyer.ctx, { invoiceId: invoice.id, reason: 'For me' })).rejects.toMatchObject(
      { code: 'forbidden' },
    );
  });

  it('close an invoice of which nothing is left to pay', async () => {
    const buyer = await makeBuyer(platform);
    const invoice = await invoiceFor(buyer, 30n * DOLLAR, 20n * DOLLAR);
    await creditInvoice(admin, {
      invoiceId: invoice.id,
      amountNanos: 20n * DOLLAR,
      reason: 'The unpaid part',
    });
    expect(await getInvoice(buyer.ctx, { invoiceId: invoice.id })).toMatchObject({
      status: 'paid',
      openNanos: 0n,
    });
    await expect(
      markInvoicePaid(admin, { invoiceId: invoice.id, reason: 'Nothing to pay' }),
    ).rejects.toMatchObject({ code: 'conflict' });
    await expectBooksToAgree(buyer);
  });
});

describe('an invoice', () => {
  it('of which nothing is due is paid at once', async () => {
    const buyer = await makeBuyer(platform);
    expect(await invoiceFor(buyer, 3n * DOLLAR, 0n)).toMatchObject({
      status: 'paid',
      dueNanos: 0n,
      nextAttemptAt: null,
    });
  });

  it('is marked as paid once, however many click', async () => {
    const buyer = await makeBuyer(platform);
    const invoice = await invoiceFor(buyer, 3n * DOLLAR);
    await Promise.allSettled(
      [1, 2, 3].map(() => markInvoicePaid(admin, { invoiceId: invoice.id, reason: 'Transfer' })),
    );
    const booked = await platform.db
      .select()
      .from(ledgerTransactions)
      .where(
        and(
          eq(ledgerTransactions.kind, 'invoice_payment'),
          sql`${ledgerTransactions.reference} like ${`${invoice.id}%`}`,
        ),
      );
    expect(booked).toHaveLength(1);
    await expectBooksToAgree(buyer);
    expect(
      (await reviewInvoice(admin, { invoiceId: invoice.id })).timeline.map(({ action }) => action),
    ).toEqual(['invoice.marked_paid', 'invoice.finalized']);
  });

  it('is paid and sent by those who may, of the organization it belongs to', async () => {
    const buyer = await makeBuyer(platform);
    const stranger = await makeBuyer(platform);
    const invoice = await invoiceFor(buyer, 3n * DOLLAR);
    const member: Context = { ...buyer.ctx, actor: { ...buyer.actor, role: 'member' } };
    await expect(payInvoice(stranger.ctx, { invoiceId: invoice.id })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(payInvoice(member, { invoiceId: invoice.id })).rejects.toMatchObject({ code: 'forbidden' });
    for (const ctx of [buyer.ctx, stranger.ctx]) {
      await expect(markInvoicePaid(ctx, { invoiceId: invoice.id, reason: 'Sure' })).rejects.toMatchObject({
        code: 'forbidden',
      });
      await expect(resendInvoice(ctx, { invoiceId: invoice.id })).rejects.toMatchObject({
        code: 'forbidden',
      });
    }
    await resendInvoice(admin, { invoiceId: invoice.id });
    expect(await jobsOf(invoice.id)).toEqual(['ready', 'ready']);
    const [row] = await platform.db
      .select({ status: invoices.status })
      .from(invoices)
      .where(eq(invoices.id, invoice.id));
    expect(row?.status).toBe('finalized');
  });
});
