import { eq, sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invoiceLines, invoices, organizations, platformSettings } from '../../db/schema/index.ts';
import { saveBillingProfile } from '../../app/domain/billing-profiles/index.ts';
import type { Context } from '../../app/domain/context.ts';
import {
  adjustInvoice,
  approveInvoice,
  decideAdjustment,
  draftInvoice,
  draftInvoices,
  finalizeInvoices,
  getInvoice,
  listInvoices,
  markInvoicePaid,
  reconcileMonth,
  reconcileOrganization,
  reviewInvoice,
  voidInvoice,
} from '../../app/domain/invoices/index.ts';
import { verifyLedger } from '../../app/domain/ledger/index.ts';
import { refundCall } from '../../app/domain/refunds/index.ts';
import { addTaxRate } from '../../app/domain/tax-rates/index.ts';
import { changePlanPrice } from '../../app/domain/plans/index.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';
import {
  makeAdministrator,
  makeBuyer,
  makeMarketplace,
  makeSeller,
  type Person,
} from '../support/factories.ts';
import { balanceOf, recordUsage } from '../support/invoices.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const CENT = 10_000_000n;
const DOLLAR = 1_000_000_000n;
const NOW = Date.parse('2026-11-21T12:00:00Z');

let platform: TestPlatform;
let clock: TestClock;
let admin: Context;
let seller: Person;
beforeAll(async () => {
  clock = createTestClock(NOW);
  platform = await createTestPlatform({}, { clock });
  admin = (await makeAdministrator(platform)).ctx;
  seller = await makeSeller(platform);
});
afterAll(async () => {
  await platform.close();
});

const system = () => platform.createContext({ type: 'system', job: 'test' });
const october = new Date('2026-10-15T00:00:00Z');

async function buyerIn(timeZone: string): Promise<Person> {
  const buyer = await makeBuyer(platform);
  await platform.db.update(organizations).set({ timeZone }).where(eq(organizations.id, buyer.organizationId));
  return buyer;
}

const use = (
  buyer: Person,
  at: string,
  charge: bigint,
  more: Partial<Parameters<typeof recordUsage>[1]> = {},
) =>
  recordUsage(platform, {
    buyer: buyer.organizationId,
    seller: seller.organizationId,
    at,
    charge,
    ...more,
  });

const draft = (buyer: Person, at = october) =>
  draftInvoice(system(), { organizationId: buyer.organizationId, at });

const linesOf = (invoiceId: string) =>
  platform.db
    .select()
    .from(invoiceLines)
    .where(eq(invoiceLines.invoiceId, invoiceId))
    .orderBy(invoiceLines.position);

describe('the draft of a month', () => {
  it('adds up to what usage events and ledger say, to the nano, and shows whole cents', async () => {
    const buyer = await makeBuyer(platform);
    const lines = (tokens: number, amount: bigint) => [
      {
        meter: 'input_token' as const,
        model: 'small',
        quantity: tokens,
        nanosPerMillion: '150000000',
        amountNanos: String(amount),
      },
      {
        meter: 'call' as const,
        quantity: 1,
        included: 2,
        nanosPerMillion: '3333333000000',
        amountNanos: '3333333',
      },
    ];
    let sum = 0n;
    for (let day = 1; day <= 9; day++) {
      const amount = 1_234_567n * BigInt(day);
      sum += amount + 3_333_333n;
      await use(buyer, `2026-10-0${day}T10:00:00Z`, amount + 3_333_333n, {
        lines: lines(day * 8230, amount),
      });
    }
    await use(buyer, '2026-10-20T00:00:00Z', 7n);
    sum += 7n;
    const invoice = (await draft(buyer))!;
    const written = await linesOf(invoice.id);
    expect(written.reduce((all, line) => all + line.exactNanos, 0n)).toBe(sum);
    expect(written.reduce((all, line) => all + line.amountNanos, 0n)).toBe(invoice.subtotalNanos);
    for (const line of written) {
      const off = line.amountNanos - line.exactNanos;
      expect(off < CENT && off > -CENT && line.amountNanos % CENT === 0n).toBe(true);
    }
    expect(
      written.map(({ meter, model, quantity, nanosPerMillion }) => ({
        meter,
        model,
        quantity,
        nanosPerMillion,
      })),
    ).toEqual([
      { meter: 'call', model: null, quantity: 9, nanosPerMillion: 3_333_333_000_000n },
      { meter: 'call', model: null, quantity: 1, nanosPerMillion: 7_000_000n },
      { meter: 'call', model: null, quantity: 18, nanosPerMillion: null },
      { meter: 'input_token', model: 'small', quantity: 370_350, nanosPerMillion: 150_000_000n },
    ]);
    expect(-(await balanceOf(platform, buyer.organizationId, 'buyer_wallet'))).toBe(0n);
    expect(invoice).toMatchObject({
      prepaidNanos: invoice.totalNanos,
      dueNanos: 0n,
      status: 'draft',
      number: null,
    });
    // Computed anew it is the same paper, not a second one.
    expect((await draft(buyer))?.id).toBe(invoice.id);
    expect((await linesOf(invoice.id)).map((line) => line.exactNanos)).toEqual(
      written.map((line) => line.exactNanos),
    );
  });

  it('is not made for an organization without any movement, and goes when nothing is left', async () => {
    const buyer = await makeBuyer(platform);
    expect(await draft(buyer)).toBeNull();
    await use(buyer, '2026-10-05T00:00:00Z', 0n);
    expect(await draft(buyer)).toBeNull();
    expect(
      await platform.db.select().from(invoices).where(eq(invoices.organizationId, buyer.organizationId)),
    ).toEqual([]);
  });

  it.each([
    ['UTC', '2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z'],
    ['Asia/Kolkata', '2026-09-30T18:30:00Z', '2026-10-31T18:30:00Z'],
    ['Pacific/Chatham', '2026-09-30T10:15:00Z', '2026-10-31T10:15:00Z'],
    ['Europe/Berlin', '2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z'],
  ])('is cut half-open at midnight of %s, in summer and winter time', async (zone, from, to) => {
    const buyer = await buyerIn(zone);
    const before = new Date(Date.parse(from) - 1).toISOString();
    const last = new Date(Date.parse(to) - 1).toISOString();
    await use(buyer, before, 11n * DOLLAR);
    await use(buyer, from, 1n * DOLLAR);
    await use(buyer, '2026-10-25T00:30:00Z', 2n * DOLLAR);
    await use(buyer, last, 4n * DOLLAR);
    await use(buyer, to, 23n * DOLLAR);
    const invoice = (await draft(buyer))!;
    expect(invoice.subtotalNanos).toBe(7n * DOLLAR);
    expect([invoice.periodStart.toISOString(), invoice.periodEnd.toISOString()]).toEqual([
      new Date(from).toISOString(),
      new Date(to).toISOString(),
    ]);
    const september = (await draft(buyer, new Date('2026-09-15T00:00:00Z')))!;
    const november = (await draft(buyer, new Date('2026-11-15T00:00:00Z')))!;
    expect(september.subtotalNanos + invoice.subtotalNanos + november.subtotalNanos).toBe(41n * DOLLAR);
    expect(september.periodEnd).toEqual(invoice.periodStart);
    expect(november.periodStart).toEqual(invoice.periodEnd);
  });

  it('leaves no gap and no overlap when the organization moves to another time zone', async () => {
    const buyer = await buyerIn('Asia/Tokyo');
    await use(buyer, '2026-09-30T14:00:00Z', 1n * DOLLAR);
    await use(buyer, '2026-09-30T16:00:00Z', 2n * DOLLAR);
    const september = (await draft(buyer, new Date('2026-09-15T00:00:00Z')))!;
    await approveInvoice(admin, { invoiceId: september.id });
    await platform.db
      .update(organizations)
      .set({ timeZone: 'America/New_York' })
      .where(eq(organizations.id, buyer.organizationId));
    const invoice = (await draft(buyer))!;
    expect(september.subtotalNanos + invoice.subtotalNanos).toBe(3n * DOLLAR);
    expect(invoice.periodStart).toEqual(september.periodEnd);
  });

  it('splits what wallet, promotional credit and invoiced credit paid, and taxes the rest', async () => {
    const buyer = await makeBuyer(platform);
    await saveBillingProfile(buyer.ctx, { name: 'Käufer GmbH', address: 'Weg 1\nBerlin', country: 'DE' });
    await addTaxRate(admin, {
      country: 'DE',
      name: 'USt',
      basisPoints: 1_900,
      reverseCharge: true,
      effectiveFrom: new Date('2026-01-01T00:00:00Z'),
    });
    await use(buyer, '2026-10-05T00:00:00Z', 10n * DOLLAR, { promo: 2n * DOLLAR, credit: 5n * DOLLAR + 1n });
    const invoice = (await draft(buyer))!;
    expect(invoice).toMatchObject({
      subtotalNanos: 8n * DOLLAR,
      taxNanos: 152n * CENT,
      totalNanos: 952n * CENT,
      dueNanos: 652n * CENT,
      prepaidNanos: 3n * DOLLAR,
      taxName: 'USt',
      taxBasisPoints: 1_900,
    });
    expect((await linesOf(invoice.id)).map(({ kind, amountNanos }) => [kind, amountNanos])).toEqual([
      ['usage', 10n * DOLLAR],
      ['discount', -2n * DOLLAR],
    ]);
    // With a tax id the buyer accounts for the tax; a draft follows the profile.
    await saveBillingProfile(buyer.ctx, {
      name: 'Käufer GmbH',
      country: 'DE',
      taxIdType: 'eu_vat',
      taxId: 'DE 123 456 789',
    });
    expect(await draft(buyer)).toMatchObject({ taxNanos: 0n, taxBasisPoints: 0, dueNanos: 5n * DOLLAR });
  });

  it('charges the rate that was in effect at the end of the month', async () => {
    const buyer = await makeBuyer(platform);
    await saveBillingProfile(buyer.ctx, { name: 'Ltd', country: 'GB' });
    await addTaxRate(admin, {
      country: 'GB',
      name: 'VAT',
      basisPoints: 2_000,
      effectiveFrom: new Date('2026-01-01T00:00:00Z'),
    });
    await addTaxRate(admin, {
      country: 'GB',
      name: 'VAT',
      basisPoints: 2_500,
      effectiveFrom: new Date('2026-11-01T00:00:00Z'),
    });
    await use(buyer, '2026-10-31T23:59:59Z', DOLLAR);
    await use(buyer, '2026-11-01T00:00:00Z', DOLLAR);
    expect((await draft(buyer))?.taxBasisPoints).toBe(2_000);
    expect((await draft(buyer, new Date('2026-11-15T00:00:00Z')))?.taxBasisPoints).toBe(2_500);
  });
});

describe('late usage', () => {
  it('comes onto the draft within the window, and onto the next invoice after it', async () => {
    const buyer = await makeBuyer(platform);
    await use(buyer, '2026-10-05T00:00:00Z', 4n * DOLLAR, { credit: 4n * DOLLAR });
    const first = (await draft(buyer))!;
    await use(buyer, '2026-10-31T23:59:00Z', 2n * DOLLAR);
    expect((await draft(buyer))?.subtotalNanos).toBe(6n * DOLLAR);
    const finalized = await approveInvoice(admin, { invoiceId: first.id });
    expect(finalized).toMatchObject({ subtotalNanos: 6n * DOLLAR, dueNanos: 4n * DOLLAR });

    await use(buyer, '2026-10-31T23:59:30Z', 1n * DOLLAR, { credit: 1n * DOLLAR });
    expect(await draft(buyer)).toBeNull();
    await use(buyer, '2026-11-10T00:00:00Z', 3n * DOLLAR, { credit: 2n * DOLLAR });
    const november = new Date('2026-11-10T00:00:00Z');
    const next = (await draft(buyer, november))!;
    expect(next).toMatchObject({ subtotalNanos: 4n * DOLLAR, dueNanos: 3n * DOLLAR });
    const lines = await linesOf(next.id);
    expect(lines.map(({ description, exactNanos }) => [description, exactNanos])).toEqual([
      ['', 3n * DOLLAR],
      [`late:${first.id}`, 1n * DOLLAR],
    ]);
    // Both invoices ask for exactly what is owed, and the next month does not ask again.
    clock.set(Date.parse('2026-12-05T00:00:00Z'));
    await approveInvoice(admin, { invoiceId: next.id });
    expect(await balanceOf(platform, buyer.organizationId, 'buyer_receivable')).toBe(-7n * DOLLAR);
    await use(buyer, '2026-12-02T00:00:00Z', 1n * DOLLAR);
    expect((await draft(buyer, new Date('2026-12-10T00:00:00Z')))?.subtotalNanos).toBe(1n * DOLLAR);
    const { month } = (await reconcileOrganization(admin, {
      month: '2026-10',
      organizationId: buyer.organizationId,
    }))!;
    expect(month).toMatchObject({ usageNanos: 7n * DOLLAR, invoicedNanos: 7n * DOLLAR, differenceNanos: 0n });
    clock.set(NOW);
  });
});

describe('finalizing', () => {
  it('waits for late usage, then freezes paper and lines for good', async () => {
    const buyer = await makeBuyer(platform);
    await use(buyer, '2026-10-05T00:00:00Z', DOLLAR, { credit: 400_000_000n });
    const invoice = (await draft(buyer))!;
    clock.set(Date.parse('2026-11-02T23:59:59Z'));
    await expect(approveInvoice(admin, { invoiceId: invoice.id })).rejects.toMatchObject({
      code: 'conflict',
    });
    clock.set(NOW);
    await expect(approveInvoice(buyer.ctx, { invoiceId: invoice.id })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const done = await approveInvoice(admin, { invoiceId: invoice.id });
    expect(done.number).toMatch(/^INV-\d{6}$/);
    expect(done.recipient?.name).toBeTruthy();
    await expect(approveInvoice(admin, { invoiceId: invoice.id })).rejects.toMatchObject({
      code: 'conflict',
    });
    const changing = [
      sql`update invoices set total_nanos = 0, subtotal_nanos = 0, prepaid_nanos = 0, due_nanos = 0 where id = ${invoice.id}`,
      sql`update invoices set recipient = '{"name":"x","address":[]}' where id = ${invoice.id}`,
      sql`delete from invoices where id = ${invoice.id}`,
      sql`update invoice_lines set amount_nanos = 0 where invoice_id = ${invoice.id}`,
      sql`delete from invoice_lines where invoice_id = ${invoice.id}`,
    ];
    for (const change of changing) {
      await expect(platform.db.execute(change)).rejects.toMatchObject({ cause: { code: '23001' } });
    }
    await saveBillingProfile(buyer.ctx, { name: 'Another name' });
    expect((await getInvoice(buyer.ctx, { invoiceId: invoice.id })).recipient.name).not.toBe('Another name');
  });

  it('owes to the cent what the paper says: usage to the nano, rounding and tax posted', async () => {
    const buyer = await makeBuyer(platform);
    await saveBillingProfile(buyer.ctx, { name: 'Ltd', country: 'GB' });
    await use(buyer, '2026-10-05T00:00:00Z', 1_234_567_891n, { credit: 1_234_567_891n });
    const invoice = await approveInvoice(admin, { invoiceId: (await draft(buyer))!.id });
    expect(invoice).toMatchObject({
      subtotalNanos: 123n * CENT,
      taxNanos: 25n * CENT,
      dueNanos: 148n * CENT,
    });
    expect(await balanceOf(platform, buyer.organizationId, 'buyer_receivable')).toBe(-148n * CENT);
    const [wallet] = await platform.db.execute<{ used: string }>(
      sql`select credit_used_nanos::text as used from wallets where organization_id = ${buyer.organizationId}`,
    );
    expect(wallet?.used).toBe(String(148n * CENT));
  });

  it.each(['before', 'after'] as const)(
    'takes a refund of its calls off once, whether the invoice is paid %s the next month is used',
    async (order) => {
      const buyer = await makeBuyer(platform);
      const credit = 100n * CENT;
      const requestId = await use(buyer, '2026-10-05T00:00:00Z', credit, { credit });
      const first = await approveInvoice(admin, { invoiceId: (await draft(buyer))!.id });
      // Refunded in the month after, when the invoice asks for it already.
      await refundCall(system(), {
        organizationId: buyer.organizationId,
        requestId,
        amountNanos: 10n * CENT,
        reason: 'test',
        createdBy: 'system:test',
      });
      const pay = (invoiceId: string) => markInvoicePaid(admin, { invoiceId, reason: 'Transfer' });
      const spend = async () => {
        const at = new Date(Date.now()).toISOString();
        await use(buyer, at, 50n * CENT, { credit: 50n * CENT });
      };
      if (order === 'after') await spend();
      await pay(first.id);
      if (order === 'before') await spend();
      clock.set(Date.now() + 60 * 86_400_000);
      const second = await approveInvoice(admin, {
        invoiceId: (await draft(buyer, new Date()))!.id,
      });
      expect(second).toMatchObject({ totalNanos: 40n * CENT, dueNanos: 50n * CENT });
      await pay(second.id);
      clock.set(NOW);
      expect(await balanceOf(platform, buyer.organizationId, 'buyer_receivable')).toBe(0n);
      expect(await balanceOf(platform, buyer.organizationId, 'buyer_wallet')).toBe(10n * CENT);
    },
  );

  it('owes what is left when a call is refunded within the month, and the books agree', async () => {
    const own = await createTestPlatform({}, { clock });
    const { ctx } = await makeAdministrator(own);
    const [buyer, other] = [await makeBuyer(own), await makeSeller(own)];
    const requestId = await recordUsage(own, {
      ...{ buyer: buyer.organizationId, seller: other.organizationId },
      ...{ at: new Date().toISOString(), charge: 100n * CENT, credit: 100n * CENT },
    });
    const job = own.createContext({ type: 'system', job: 'test' });
    const { organizationId } = buyer;
    const refund = { organizationId, requestId, amountNanos: 10n * CENT, reason: 'test' };
    await refundCall(job, { ...refund, createdBy: 'system:test' });
    clock.set(Date.now() + 60 * 86_400_000);
    const made = await draftInvoice(job, { organizationId, at: new Date() });
    expect(await approveInvoice(ctx, { invoiceId: made!.id })).toMatchObject({ dueNanos: 90n * CENT });
    clock.set(NOW);
    expect(await balanceOf(own, organizationId, 'buyer_receivable')).toBe(-90n * CENT);
    const { problems } = await verifyLedger(job);
    expect(problems.filter(({ check }) => check.startsWith('what finalized invoices ask for'))).toEqual([]);
    await own.close();
  });

  it('gives numbers without gaps when twenty are finalized at once and some fail', async () => {
    const ids: { id: string; fails: boolean }[] = [];
    for (let i = 0; i < 20; i++) {
      const buyer = await makeBuyer(platform);
      const fails = i % 4 === 0;
      await use(buyer, '2026-10-05T00:00:00Z', DOLLAR, { credit: DOLLAR });
      const invoice = (await draft(buyer))!;
      ids.push({ id: invoice.id, fails });
    }
    const [before] = await platform.db.execute<{ next: string }>(
      sql`select next from number_series where name = 'invoice:INV'`,
    );
    const broken = ids.filter(({ fails }) => fails).map(({ id }) => id);
    // These break after their number was taken.
    await withBrokenFinalizing(broken, async () => {
      const outcomes = await Promise.allSettled(
        ids.map(({ id }) => approveInvoice(admin, { invoiceId: id })),
      );
      expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(ids.map(({ fails }) => fails));
    });
    const numbers = await platform.db.execute<{ number: string }>(
      sql`select number from invoices where number is not null order by number`,
    );
    expect(numbers.map(({ number }) => Number(number.slice(4)))).toEqual(
      numbers.map((_, index) => index + 1),
    );
    const [after] = await platform.db.execute<{ next: string }>(
      sql`select next from number_series where name = 'invoice:INV'`,
    );
    expect(Number(after!.next) - Number(before!.next)).toBe(15);
  });

  it('does it alone up to the limit, without those that wait for a second administrator', async () => {
    await platform.db.update(platformSettings).set({ autoFinalizeNanos: 5n * DOLLAR });
    const small = await makeBuyer(platform);
    const large = await makeBuyer(platform);
    const waiting = await makeBuyer(platform);
    await use(small, '2026-10-05T00:00:00Z', 5n * DOLLAR);
    await use(large, '2026-10-05T00:00:00Z', 5n * DOLLAR + CENT);
    await use(waiting, '2026-10-05T00:00:00Z', DOLLAR);
    await draftInvoices(system());
    const held = (await listInvoices(waiting.ctx)).items[0]!;
    await adjustInvoice(admin, {
      invoiceId: held.id,
      amountNanos: -101n * DOLLAR,
      reason: 'A promise of the sales team',
    });
    await finalizeInvoices(system());
    const statusOf = async (buyer: Person) =>
      (await listInvoices(buyer.ctx)).items.map(({ status }) => status);
    expect(await statusOf(small)).toEqual(['paid']);
    expect(await statusOf(large)).toEqual(['draft']);
    expect(await statusOf(waiting)).toEqual(['draft']);
    await platform.db.update(platformSettings).set({ autoFinalizeNanos: null });
  });
});

describe('adjustments', () => {
  it('need a reason, and a second administrator above the limit', async () => {
    const buyer = await makeBuyer(platform);
    const other = (await makeAdministrator(platform)).ctx;
    await use(buyer, '2026-10-05T00:00:00Z', 300n * DOLLAR, { credit: 300n * DOLLAR });
    const { id: invoiceId } = (await draft(buyer))!;
    await expect(
      adjustInvoice(admin, { invoiceId, amountNanos: -DOLLAR, reason: ' ' }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(
      adjustInvoice(admin, { invoiceId, amountNanos: 1n, reason: 'Half a cent' }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(
      adjustInvoice(buyer.ctx, { invoiceId, amountNanos: -DOLLAR, reason: 'For me' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    await adjustInvoice(admin, { invoiceId, amountNanos: -100n * DOLLAR, reason: 'Exactly the limit' });
    expect((await reviewInvoice(admin, { invoiceId })).dueNanos).toBe(200n * DOLLAR);

    const large = await adjustInvoice(admin, {
      invoiceId,
      amountNanos: -100n * DOLLAR - CENT,
      reason: 'More than the limit',
    });
    expect((await reviewInvoice(admin, { invoiceId })).dueNanos).toBe(200n * DOLLAR);
    await expect(approveInvoice(admin, { invoiceId })).rejects.toMatchObject({ code: 'conflict' });
    await expect(
      decideAdjustment(admin, { adjustmentId: large.id, decision: 'approve' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    await decideAdjustment(other, { adjustmentId: large.id, decision: 'approve' });
    await expect(
      decideAdjustment(other, { adjustmentId: large.id, decision: 'reject' }),
    ).rejects.toMatchObject({ code: 'conflict' });
    const reviewed = await reviewInvoice(admin, { invoiceId });
    expect(reviewed.dueNanos).toBe(9_999n * CENT);
    expect(reviewed.timeline.map(({ action }) => action)).toEqual([
      'invoice.adjusted',
      'invoice.adjustment_requested',
      'invoice.adjusted',
    ]);
    // Late usage does not lose them.
    await use(buyer, '2026-10-06T00:00:00Z', DOLLAR, { credit: DOLLAR });
    expect((await draft(buyer))?.dueNanos).toBe(10_099n * CENT);
    const done = await approveInvoice(other, { invoiceId });
    expect(await balanceOf(platform, buyer.organizationId, 'buyer_receivable')).toBe(-done.dueNanos);
    await expect(
      adjustInvoice(admin, { invoiceId, amountNanos: DOLLAR, reason: 'Too late' }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('a changed price', () => {
  it('leaves last month’s invoice as it is, to the byte', async () => {
    const market = await makeMarketplace(platform);
    const { buyer, plan, service } = market;
    const about = { serviceId: service.id, planId: plan.id, priceVersionId: plan.price.id };
    await use(buyer, '2026-10-05T00:00:00Z', 1_000_000n, about);
    await use(buyer, '2026-10-06T00:00:00Z', 2_000_000n, about);
    const waiting = (await draft(buyer))!;
    const linesBefore = (await linesOf(waiting.id)).map(({ id: _id, ...line }) => line);
    await changePlanPrice(market.seller.ctx, { planId: plan.id, kind: 'per_call', callPrice: '9' });
    await draft(buyer);
    expect((await linesOf(waiting.id)).map(({ id: _id, ...line }) => line)).toEqual(linesBefore);
    await approveInvoice(admin, { invoiceId: waiting.id });
    const before = JSON.stringify(await getInvoice(buyer.ctx, { invoiceId: waiting.id }), replacer);
    await changePlanPrice(market.seller.ctx, { planId: plan.id, kind: 'per_call', callPrice: '19' });
    await draftInvoices(system());
    expect(JSON.stringify(await getInvoice(buyer.ctx, { invoiceId: waiting.id }), replacer)).toBe(before);
  });
});

describe('who may see an invoice', () => {
  it('is its buyer alone: for others it does not exist', async () => {
    const buyer = await makeBuyer(platform);
    const stranger = await makeBuyer(platform);
    await use(buyer, '2026-10-05T00:00:00Z', DOLLAR);
    const { id: invoiceId } = (await draft(buyer))!;
    await expect(getInvoice(stranger.ctx, { invoiceId })).rejects.toMatchObject({ code: 'not_found' });
    expect((await listInvoices(stranger.ctx)).items).toEqual([]);
    expect((await listInvoices(buyer.ctx)).items).toHaveLength(1);
    await expect(reviewInvoice(buyer.ctx, { invoiceId })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(voidInvoice(buyer.ctx, { invoiceId, reason: 'mine', reissue: false })).rejects.toMatchObject(
      { code: 'forbidden' },
    );
    const member: Context = { ...buyer.ctx, actor: { ...buyer.actor, role: 'member' } };
    await expect(saveBillingProfile(member, { name: 'X' })).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('reconciliation', () => {
  it('reads zero, and shows where it does not', async () => {
    const { differenceNanos, months } = await reconcileMonth(admin, { month: '2026-10' });
    expect(differenceNanos).toBe(0n);
    expect(months.length).toBeGreaterThan(20);
    const buyer = await makeBuyer(platform);
    await use(buyer, '2026-10-05T00:00:00Z', DOLLAR);
    await approveInvoice(admin, { invoiceId: (await draft(buyer))!.id });
    // A charge nobody posted, and nobody invoiced.
    await platform.db.execute(sql`
      insert into usage_events (organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id,
        subscription_id, key_id, occurred_at, method, status_code, terminal_state, fault, request_bytes, response_bytes,
        total_ms, charge_nanos, fee_nanos)
      select organization_id, 'req_' || substr(request_id, 5, 10) || repeat('z', 16), seller_organization_id, service_id, plan_id,
        price_version_id, subscription_id, key_id, occurred_at, method, 200, 'complete', 'none', 1, 1, 1, 5, 0
      from usage_events where organization_id = ${buyer.organizationId}`);
    const found = await reconcileMonth(admin, { month: '2026-10' });
    expect(found.differenceNanos).toBe(10n);
    expect(found.months[0]).toMatchObject({ organizationId: buyer.organizationId, differenceNanos: 10n });
    const detail = (await reconcileOrganization(admin, {
      month: '2026-10',
      organizationId: buyer.organizationId,
    }))!;
    expect(detail.days).toEqual([{ day: '2026-10-05', usageNanos: DOLLAR + 5n, ledgerNanos: DOLLAR }]);
    expect(detail.lines).toMatchObject([{ usageNanos: 5n, invoicedNanos: 0n }]);
    await expect(reconcileMonth(buyer.ctx, { month: '2026-10' })).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

/** Lets finalizing fail at the very end, for chosen invoices. */
async function withBrokenFinalizing(invoiceIds: string[], work: () => Promise<void>): Promise<void> {
  const owner = postgres(platform.databaseUrl, { max: 1, onnotice: () => {} });
  await owner.unsafe(`
    create function refuse_forbidden() returns trigger language plpgsql as $$
    begin
      if new.status <> 'draft' and new.id in (${invoiceIds.map((id) => `'${id}'`).join(', ')}) then
        raise exception 'forbidden invoice';
      end if;
      return new;
    end $$;
    create trigger forbid after update on invoices for each row execute function refuse_forbidden();`);
  try {
    await work();
  } finally {
    await owner.unsafe('drop trigger forbid on invoices; drop function refuse_forbidden()');
    await owner.end();
  }
}

const replacer = (_key: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);
