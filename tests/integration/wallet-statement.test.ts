/** The statement is the ledger: opening and movements are closing, in any zone, over any turn of the clock. */
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ledgerEntries,
  ledgerTransactions,
  organizations,
  type LEDGER_TRANSACTION_KINDS,
  type LedgerPurpose,
} from '../../db/schema/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { getLedgerBalance } from '../../app/domain/ledger/index.ts';
import { getWalletStatement, type WalletStatement } from '../../app/domain/wallets/index.ts';
import { newId } from '../../app/lib/ids.ts';
import { addDays } from '../../app/lib/time.ts';
import { createTestClock } from '../support/clock.ts';
import { makeBuyer, makeSeller, makeService, unique, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { insertUsageEvent } from '../support/usage-events.ts';

const clock = createTestClock();
let platform: TestPlatform;
let system: Context;
beforeAll(async () => {
  platform = await createTestPlatform({}, { clock });
  system = platform.createContext({ type: 'system', job: 'test' });
});
afterAll(() => platform.close());

type Kind = (typeof LEDGER_TRANSACTION_KINDS)[number];

/** What the three accounts of a buyer get, posted at a moment of the past against the platform's pocket. */
async function post(
  buyer: Person,
  at: string | number,
  kind: Kind,
  amounts: Partial<Record<'buyer_wallet' | 'promotional_credit' | 'buyer_receivable', bigint>>,
  reference = unique('ref'),
) {
  const createdAt = new Date(at);
  const id = newId('ledgerTransaction');
  const entries = Object.entries(amounts) as [LedgerPurpose, bigint][];
  const sum = entries.reduce((total, [, amount]) => total + amount, 0n);
  await system.db.transaction(async (tx) => {
    await tx.insert(ledgerTransactions).values({ id, kind, reference, createdAt });
    for (const [owner, purpose, amountNanos] of [
      ...entries.map(([purpose, amount]) => [buyer.organizationId, purpose, amount] as const),
      [null, 'platform_loss', -sum] as const,
    ]) {
      const [account] = await tx.execute<{ id: string }>(
        sql`select ledger_account(${owner}, ${purpose}, 'USD') as id`,
      );
      await tx
        .insert(ledgerEntries)
        .values({ transactionId: id, accountId: account!.id, amountNanos, createdAt });
    }
  });
}

async function makeBuyerIn(timeZone: string): Promise<Person> {
  const buyer = await makeBuyer(platform);
  await system.db.update(organizations).set({ timeZone }).where(eq(organizations.id, buyer.organizationId));
  return buyer;
}

const PARTS = ['walletNanos', 'promoNanos', 'owedNanos', 'totalNanos'] as const;

function expectToAddUp({ opening, movements, moved, closing }: WalletStatement) {
  for (const part of PARTS) {
    const sum = movements.reduce((total, one) => total + one[part], 0n);
    expect(moved[part]).toBe(sum);
    expect(opening[part] + sum).toBe(closing[part]);
  }
  let balance = opening.totalNanos;
  for (const one of movements) expect(one.balanceNanos).toBe((balance += one.totalNanos));
}

describe('the statement', () => {
  it('shows every account of the buyer, and closes at what the ledger says', async () => {
    const buyer = await makeBuyerIn('UTC');
    await post(buyer, '2027-01-31T23:59:59Z', 'wallet_top_up', { buyer_wallet: 1_000n });
    await post(buyer, '2027-02-01T00:00:00Z', 'promotional_credit', { promotional_credit: 50n });
    await post(buyer, '2027-02-03T10:00:00Z', 'usage', {
      buyer_wallet: -30n,
      promotional_credit: -20n,
      buyer_receivable: -7n,
    });
    await post(buyer, '2027-02-04T10:00:00Z', 'invoice_payment', { buyer_receivable: 7n });
    await post(buyer, '2027-02-05T10:00:00Z', 'refund', { buyer_wallet: 3n });
    await post(buyer, '2027-02-06T10:00:00Z', 'chargeback', { buyer_wallet: -100n });
    await post(buyer, '2027-02-28T23:59:59Z', 'promotional_expiry', { promotional_credit: -30n });
    await post(buyer, '2027-03-01T00:00:00Z', 'wallet_top_up', { buyer_wallet: 1n });
    const statement = await getWalletStatement(buyer.ctx, { from: '2027-02-01', to: '2027-02-28' });
    expectToAddUp(statement);
    expect(statement.opening.walletNanos).toBe(1_000n);
    expect(statement.movements.map(({ kind, totalNanos }) => [kind, totalNanos])).toEqual([
      ['promotional_credit', 50n],
      ['usage', -57n],
      ['invoice_payment', 7n],
      ['refund', 3n],
      ['chargeback', -100n],
      ['promotional_expiry', -30n],
    ]);
    const all = await getWalletStatement(buyer.ctx, { from: '2027-01-01', to: '2027-12-31' });
    expectToAddUp(all);
    const { organizationId } = buyer;
    for (const [part, purpose] of [
      ['walletNanos', 'buyer_wallet'],
      ['promoNanos', 'promotional_credit'],
      ['owedNanos', 'buyer_receivable'],
    ] as const) {
      expect(all.closing[part]).toBe(await getLedgerBalance(system, { organizationId, purpose }));
    }
  });

  it('has one line for each day and service that was used', async () => {
    const [buyer, seller] = [await makeBuyerIn('UTC'), await makeSeller(platform)];
    const [one, two] = [await makeService(seller), await makeService(seller)];
    const { organizationId } = buyer;
    for (const [at, service, charge] of [
      ['2027-02-01T01:00:00Z', one, 5n],
      ['2027-02-01T02:00:00Z', two, 7n],
      ['2027-02-01T03:00:00Z', one, 11n],
      ['2027-02-02T00:00:00Z', one, 13n],
    ] as const) {
      const reference = await insertUsageEvent(system.db, {
        organizationId,
        serviceId: service.service.id,
        chargeNanos: charge,
        occurredAt: clock.date(),
      });
      await post(buyer, at, 'usage', { buyer_wallet: -charge }, reference);
    }
    const statement = await getWalletStatement(buyer.ctx, { from: '2027-02-01', to: '2027-02-02' });
    expectToAddUp(statement);
    expect(
      statement.movements.map(({ day, service, walletNanos }) => [day, service?.name, walletNanos]),
    ).toEqual([
      ['2027-02-01', two.service.name, -7n],
      ['2027-02-01', one.service.name, -16n],
      ['2027-02-02', one.service.name, -13n],
    ]);
  });

  it.each([
    ['Europe/Berlin', '2027-03-25', '2027-03-31'],
    ['Europe/Berlin', '2027-10-28', '2027-11-03'],
    ['Asia/Kolkata', '2028-02-26', '2028-03-02'],
    ['Pacific/Chatham', '2027-09-24', '2027-09-30'],
    ['America/Santiago', '2027-09-03', '2027-09-08'],
    ['UTC', '2028-02-27', '2028-03-01'],
  ])(
    '%s: single days add up to the range %s to %s',
    async (timeZone, from, to) => {
      const buyer = await makeBuyerIn(timeZone);
      const start = Date.parse(`${addDays(from, -1)}T00:00:00Z`);
      const end = Date.parse(`${addDays(to, 2)}T00:00:00Z`);
      // A prime number of minutes apart, so that they fall on both sides of every midnight.
      let amount = 1n;
      for (let at = start; at < end; at += 97 * 60_000) {
        await post(buyer, at, 'wallet_top_up', { buyer_wallet: amount });
        amount += 1n;
      }
      const whole = await getWalletStatement(buyer.ctx, { from, to });
      expectToAddUp(whole);
      expect(whole.timeZone).toBe(timeZone);
      let { totalNanos } = whole.opening;
      let lines = 0;
      for (let day = from; day <= to; day = addDays(day, 1)) {
        const single = await getWalletStatement(buyer.ctx, { from: day, to: day });
        expectToAddUp(single);
        expect(single.opening.totalNanos).toBe(totalNanos);
        expect(new Set(single.movements.map((one) => one.day))).toEqual(new Set([day]));
        totalNanos = single.closing.totalNanos;
        lines += single.movements.length;
      }
      expect(totalNanos).toBe(whole.closing.totalNanos);
      expect(lines).toBe(whole.movements.length);
      expect(lines).toBeGreaterThan(50);
    },
    30_000,
  );

  it('is this month so far when no day is named, in the organization’s zone', async () => {
    const before = clock.now();
    clock.set(Date.parse('2027-06-30T18:30:00Z'));
    const buyer = await makeBuyerIn('Asia/Kolkata');
    expect(await getWalletStatement(buyer.ctx)).toMatchObject({ from: '2027-07-01', to: '2027-07-01' });
    clock.set(before);
  });

  it('shows nothing of another organization', async () => {
    const [buyer, stranger] = [await makeBuyerIn('UTC'), await makeBuyerIn('UTC')];
    await post(buyer, '2027-02-01T00:00:00Z', 'wallet_top_up', { buyer_wallet: 5n });
    const theirs = await getWalletStatement(stranger.ctx, { from: '2027-01-01', to: '2027-12-31' });
    expect(theirs.movements).toEqual([]);
    expect(theirs.closing.totalNanos).toBe(0n);
  });

  it.each([
    { from: '2027-02-30' },
    { from: '2027-03-02', to: '2027-03-01' },
    { from: '2025-01-01', to: '2027-03-01' },
    { from: 'yesterday' },
    { to: '0001-01-01' },
  ])('refuses %o', async (range) => {
    const buyer = await makeBuyerIn('UTC');
    await expect(getWalletStatement(buyer.ctx, range)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
