import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../app/domain/context.ts';
import { releaseEarnings } from '../../app/domain/earnings/index.ts';
import { getLedgerBalance, verifyLedger } from '../../app/domain/ledger/index.ts';
import {
  advancePayout,
  listAllPayouts,
  listPayouts,
  recoverPayouts,
  requestPayout,
  schedulePayouts,
} from '../../app/domain/payouts/index.ts';
import { refundCall } from '../../app/domain/refunds/index.ts';
import { verifyStripe } from '../../app/domain/verdicts/index.ts';
import { parseDecimal } from '../../app/lib/money.ts';
import { payouts, platformSettings } from '../../db/schema/index.ts';
import { bookUsage } from '../support/book-usage.ts';
import {
  createFakeConnect,
  INSUFFICIENT,
  openPayoutAccount,
  UNAVAILABLE,
  type FakeConnect,
} from '../support/connect.ts';
import { makeAdministrator, makeBuyer, makeSeller, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

let platform: TestPlatform;
let fake: FakeConnect;
let system: Context;
beforeAll(async () => {
  platform = await createTestPlatform();
  fake = createFakeConnect(platform);
  system = { ...platform.createContext({ type: 'system', job: 'test' }), payments: fake.payments };
  await platform.db
    .update(platformSettings)
    .set({ payoutHoldDays: 0, payoutMinimumNanos: parseDecimal('10')! })
    .where(eq(platformSettings.id, 1));
});
beforeEach(() => {
  fake.refuse = {};
  fake.payoutStatus = 'paid';
  fake.calls.length = 0;
});
afterAll(() => platform.close());

const write = (locale: string) => ({ subject: `mail ${locale}`, text: 'text' });
const advance = (payoutId: string) => advancePayout(system, { payoutId, write, writeReversal: write });
const available = (seller: Person) =>
  getLedgerBalance(system, { organizationId: seller.organizationId, purpose: 'seller_available' });
const inTransit = (seller: Person) =>
  getLedgerBalance(system, { organizationId: seller.organizationId, purpose: 'payout_in_transit' });
const nanos = (text: string) => parseDecimal(text)!;

/** A seller with released earnings of `net`, and the call they come from. */
async function earned(net: string): Promise<{ seller: Person; buyer: Person; requestId: string }> {
  const seller = await makeSeller(platform);
  const buyer = await makeBuyer(platform, { balance: '1000' });
  await openPayoutAccount(platform, seller.organizationId);
  const requestId = await bookUsage(platform, { buyer, seller, chargeNanos: (nanos(net) * 10n) / 9n });
  await releaseEarnings(system);
  return { seller, buyer, requestId };
}

describe('a payout', () => {
  it('takes what is available in whole cents, is sent once, and is settled when the bank has it', async () => {
    const { seller } = await earned('18.005');
    const payout = await requestPayout(seller.ctx);
    expect(payout).toMatchObject({ status: 'pending', amountNanos: nanos('18') });
    expect(await available(seller)).toBe(nanos('0.005'));
    fake.payoutStatus = 'in_transit';
    await Promise.all([advance(payout.id), advance(payout.id)]);
    expect(await listPayouts(seller.ctx)).toMatchObject([{ status: 'in_transit' }]);
    expect(new Set(fake.calls).size).toBe(2);
    expect(await inTransit(seller)).toBe(nanos('18'));
    fake.payoutStatus = 'paid';
    await Promise.all([advance(payout.id), advance(payout.id)]);
    await advance(payout.id);
    expect(await listPayouts(seller.ctx)).toMatchObject([{ status: 'paid' }]);
    expect(await inTransit(seller)).toBe(0n);
    expect(await verifyLedger(system)).toMatchObject({ ok: true });
    expect(await verifyStripe(system)).toEqual([]);
  });

  it('is made once when it is asked for ten times at once, and not below the minimum', async () => {
    const { seller } = await earned('27');
    const asked = await Promise.allSettled(Array.from({ length: 10 }, () => requestPayout(seller.ctx)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of asked) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'conflict' });
    }
    const { seller: poor } = await earned('9.99');
    await expect(requestPayout(poor.ctx)).rejects.toMatchObject({
      code: 'conflict',
      details: { reason: 'below_minimum' },
    });
  });

  it('needs an account that can be paid, and a role that may', async () => {
    const seller = await makeSeller(platform);
    await expect(requestPayout(seller.ctx)).rejects.toMatchObject({
      code: 'conflict',
      details: { reason: 'account_not_ready' },
    });
    const member = platform.createContext({ ...seller.actor, role: 'member' });
    await expect(requestPayout(member)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is seen by its seller and administrators only', async () => {
    const { seller } = await earned('18');
    const stranger = await makeSeller(platform);
    const { id } = await requestPayout(seller.ctx);
    expect(await listPayouts(stranger.ctx)).toEqual([]);
    await expect(listAllPayouts(stranger.ctx)).rejects.toMatchObject({ code: 'forbidden' });
    const admin = await makeAdministrator(platform);
    expect((await listAllPayouts(admin.ctx)).map((payout) => payout.id)).toContain(id);
  });

  it('waits while Stripe does not answer, and goes on with the same key', async () => {
    const { seller } = await earned('18');
    const { id } = await requestPayout(seller.ctx);
    fake.refuse = { transfer: UNAVAILABLE };
    await expect(advance(id)).rejects.toMatchObject({ code: 'payment_unavailable' });
    expect(await listPayouts(seller.ctx)).toMatchObject([{ status: 'pending' }]);
    fake.refuse = { payout: UNAVAILABLE };
    await expect(advance(id)).rejects.toMatchObject({ code: 'payment_unavailable' });
    fake.refuse = {};
    await advance(id);
    expect(await listPayouts(seller.ctx)).toMatchObject([{ status: 'paid' }]);
    expect(new Set(fake.calls.filter((call) => call.startsWith('transfer'))).size).toBe(1);
  });

  it.each(['transfer', 'payout'] as const)(
    'is not given back when nobody knows what became of its %s',
    async (step) => {
      const { seller } = await earned('18');
      const { id } = await requestPayout(seller.ctx);
      // Rotated keys, for one: an earlier try may have come through.
      fake.refuse = { [step]: { type: 'StripeAuthenticationError', code: 'api_key_expired' } };
      await expect(advance(id)).rejects.toThrow();
      expect(await available(seller)).toBe(0n);
      fake.refuse = {};
      await advance(id);
      expect(await listPayouts(seller.ctx)).toMatchObject([{ status: 'paid' }]);
      expect(await available(seller)).toBe(0n);
      expect(await verifyLedger(system)).toMatchObject({ ok: true });
    },
  );

  it('that Stripe refuses is given back, and the next one is another', async () => {
    const { seller } = await earned('18');
    const { id } = await requestPayout(seller.ctx);
    fake.refuse = { transfer: INSUFFICIENT };
    await advance(id);
    await advance(id);
    expect(await listPayouts(seller.ctx)).toMatchObject([
      { status: 'failed', failure: 'balance_insufficient' },
    ]);
    expect(await available(seller)).toBe(nanos('18'));
    fake.refuse = {};
    const next = await requestPayout(seller.ctx);
    await advance(next.id);
    expect((await listPayouts(seller.ctx)).map(({ status }) => status)).toEqual(['paid', 'failed']);
    expect(await verifyLedger(system)).toMatchObject({ ok: true });
  });

  it.each(['in_transit', 'paid'] as const)(
    'that the bank sends back from %s is called back and given back once',
    async (before) => {
      const { seller } = await earned('18');
      const { id } = await requestPayout(seller.ctx);
      fake.payoutStatus = before;
      await advance(id);
      fake.payoutStatus = 'failed';
      await Promise.all([advance(id), advance(id)]);
      await advance(id);
      expect(await listPayouts(seller.ctx)).toMatchObject([{ status: 'failed', failure: 'account_closed' }]);
      expect(await available(seller)).toBe(nanos('18'));
      expect(await inTransit(seller)).toBe(0n);
      const told = await platform.db.execute(
        sql`select 1 from audit_events where action = 'payout.failed' and subject_id = ${id}`,
      );
      expect(told).toHaveLength(1);
      expect(await verifyLedger(system)).toMatchObject({ ok: true });
      expect(await verifyStripe(system)).toEqual([]);
    },
  );
});

describe('the schedule', () => {
  it('pays once in its window, whoever runs it, and nobody who has too little', async () => {
    const { seller } = await earned('45');
    const { seller: poor } = await earned('5');
    await Promise.all([schedulePayouts(system), schedulePayouts(system)]);
    expect(await listPayouts(seller.ctx)).toHaveLength(1);
    expect(await listPayouts(poor.ctx)).toEqual([]);
    const buyer = await makeBuyer(platform, { balance: '100' });
    await bookUsage(platform, { buyer, seller, chargeNanos: nanos('50') });
    await releaseEarnings(system);
    await schedulePayouts(system);
    expect(await listPayouts(seller.ctx)).toHaveLength(1);
    expect(await verifyLedger(system)).toMatchObject({ ok: true });
  });
});

describe('a refund after the payout', () => {
  async function paidOut(net: string) {
    const made = await earned(net);
    const { id } = await requestPayout(made.seller.ctx);
    fake.payoutStatus = 'paid';
    await advance(id);
    return { ...made, payoutId: id };
  }
  const refund = ({ buyer, requestId }: { buyer: Person; requestId: string }) =>
    refundCall(system, {
      organizationId: buyer.organizationId,
      requestId,
      reason: 'test',
      createdBy: 'system:test',
    });
  const recover = (seller: Person) =>
    recoverPayouts(system, { organizationId: seller.organizationId, write });

  it('makes the balance negative and calls that much of the transfer back, once', async () => {
    const made = await paidOut('18');
    await refund(made);
    expect(await available(made.seller)).toBe(nanos('-18'));
    await Promise.all([recover(made.seller), recover(made.seller)]);
    await recover(made.seller);
    expect(await available(made.seller)).toBe(0n);
    expect(await listPayouts(made.seller.ctx)).toMatchObject([
      { status: 'reversed', reversedNanos: nanos('18') },
    ]);
    expect(await verifyLedger(system)).toMatchObject({ ok: true });
    expect(await verifyStripe(system)).toEqual([]);
  });

  it('that cannot be called back is owed, told to administrators once, and taken off the next payout', async () => {
    const made = await paidOut('18');
    await refund(made);
    fake.refuse = { reversal: INSUFFICIENT };
    await recover(made.seller);
    await recover(made.seller);
    const alerts = await platform.db.execute<{ after: { missingNanos: string } }>(sql`
      select after from audit_events where action = 'payout.reversal_failed'
        and organization_id = ${made.seller.organizationId}`);
    expect(alerts.map(({ after }) => after)).toMatchObject([
      { reason: 'balance_insufficient', missingNanos: nanos('18').toString() },
    ]);
    expect(await available(made.seller)).toBe(nanos('-18'));
    const buyer = await makeBuyer(platform, { balance: '100' });
    await bookUsage(platform, { buyer, seller: made.seller, chargeNanos: nanos('50') });
    await releaseEarnings(system);
    expect(await available(made.seller)).toBe(nanos('27'));
    expect(await requestPayout(made.seller.ctx)).toMatchObject({ amountNanos: nanos('27') });
    expect(await verifyLedger(system)).toMatchObject({ ok: true });
  });

  it('asks for the recovery by itself', async () => {
    const made = await paidOut('18');
    await refund(made);
    const jobs = await platform.db.execute(sql`
      select 1 from graphile_worker.jobs where key = ${`recover_payouts:${made.seller.organizationId}`}`);
    expect(jobs).toHaveLength(1);
  });
});

describe('the books', () => {
  it('show a payout whose amount was changed behind the ledger, and one that Stripe knows otherwise', async () => {
    const { seller } = await earned('18');
    const { id } = await requestPayout(seller.ctx);
    await advance(id);
    const [sent] = await listPayouts(seller.ctx);
    fake.transfers.get(sent!.stripeTransferId!)!.amount = 1;
    expect(await verifyStripe(system)).toMatchObject([{ subject: id, actualNanos: nanos('0.01') }]);
    await platform.db
      .update(payouts)
      .set({ amountNanos: nanos('19') })
      .where(eq(payouts.id, id));
    const { ok, problems } = await verifyLedger(system);
    expect(ok).toBe(false);
    expect(problems).toMatchObject([{ subject: id, expectedNanos: nanos('19'), actualNanos: nanos('18') }]);
  });
});
