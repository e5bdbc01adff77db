import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../app/domain/context.ts';
import {
  getEarnings,
  getSellerStatement,
  listPendingReleases,
  releaseEarnings,
} from '../../app/domain/earnings/index.ts';
import { getLedgerBalance, verifyLedger } from '../../app/domain/ledger/index.ts';
import { getPayoutSettings, updatePayoutSettings } from '../../app/domain/payouts/index.ts';
import {
  getFeeBasisPoints,
  listPlatformFees,
  schedulePlatformFee,
} from '../../app/domain/platform-fees/index.ts';
import { refundCall } from '../../app/domain/refunds/index.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';
import { platformFees, platformSettings } from '../../db/schema/index.ts';
import { bookUsage } from '../support/book-usage.ts';
import { makeAdministrator, makeBuyer, makeSeller } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const DAY_MS = 86_400_000;

let platform: TestPlatform;
let second: TestPlatform;
let clock: TestClock;
let system: Context;
beforeAll(async () => {
  clock = createTestClock();
  platform = await createTestPlatform({}, { clock });
  second = await createTestPlatform({}, { clock, databaseUrl: platform.databaseUrl });
  system = platform.createContext({ type: 'system', job: 'test' });
});
afterAll(async () => {
  await second.close();
  await platform.close();
});

const month = () => new Date().toISOString().slice(0, 7);
const balances = async (organizationId: string) => ({
  pending: await getLedgerBalance(system, { organizationId, purpose: 'seller_pending' }),
  available: await getLedgerBalance(system, { organizationId, purpose: 'seller_available' }),
});

describe('earnings', () => {
  it('become available after the hold period, not before, once, whoever releases them', async () => {
    const seller = await makeSeller(platform);
    const buyer = await makeBuyer(platform, { balance: '1' });
    await bookUsage(platform, { buyer, seller, chargeNanos: 1_000n });
    const start = clock.now();
    clock.set(start + 7 * DAY_MS - 60_000);
    await releaseEarnings(system);
    expect(await balances(seller.organizationId)).toEqual({ pending: 900n, available: 0n });
    clock.set(start + 7 * DAY_MS + 60_000);
    const other = second.createContext({ type: 'system', job: 'test' });
    await Promise.all([system, other, system, other].map((ctx) => releaseEarnings(ctx)));
    expect(await balances(seller.organizationId)).toEqual({ pending: 0n, available: 900n });
    clock.set(start + 30 * DAY_MS);
    await releaseEarnings(system);
    expect(await balances(seller.organizationId)).toEqual({ pending: 0n, available: 900n });
    expect(await verifyLedger(system)).toMatchObject({ ok: true });
    clock.set(start);
  });

  it('that were refunded within the hold period are not released', async () => {
    const seller = await makeSeller(platform);
    const buyer = await makeBuyer(platform, { balance: '1' });
    const refunded = await bookUsage(platform, { buyer, seller, chargeNanos: 1_000n });
    await bookUsage(platform, { buyer, seller, chargeNanos: 2_000n });
    await refundCall(system, {
      organizationId: buyer.organizationId,
      requestId: refunded,
      reason: 'test',
      createdBy: 'system:test',
    });
    expect(await listPendingReleases(seller.ctx, { timeZone: 'UTC' })).toMatchObject([
      { amountNanos: 1_800n },
    ]);
    const start = clock.now();
    clock.set(start + 8 * DAY_MS);
    await releaseEarnings(system);
    expect(await balances(seller.organizationId)).toEqual({ pending: 0n, available: 1_800n });
    clock.set(start);
  });

  it('are stated by month so that opening, movements and closing add up to the ledger', async () => {
    const seller = await makeSeller(platform);
    const stranger = await makeSeller(platform);
    const buyer = await makeBuyer(platform, { balance: '1' });
    const refunded = await bookUsage(platform, { buyer, seller, chargeNanos: 1_000n });
    await bookUsage(platform, { buyer, seller, chargeNanos: 3_000n });
    await refundCall(system, {
      organizationId: buyer.organizationId,
      requestId: refunded,
      reason: 'test',
      createdBy: 'system:test',
    });
    const statement = await getSellerStatement(seller.ctx, { month: month(), timeZone: 'UTC' });
    expect(statement).toMatchObject({ openingNanos: 0n, closingNanos: 2_700n });
    expect(Object.fromEntries(statement.lines.map((line) => [line.kind, line.amountNanos]))).toEqual({
      usage: 4_000n,
      refund: -1_000n,
      platform_fee: -300n,
    });
    const next = new Date(Date.now() + 40 * DAY_MS).toISOString().slice(0, 7);
    expect(await getSellerStatement(seller.ctx, { month: next, timeZone: 'UTC' })).toMatchObject({
      openingNanos: 2_700n,
      lines: [],
      closingNanos: 2_700n,
    });
    expect(await getSellerStatement(stranger.ctx, { month: month(), timeZone: 'UTC' })).toMatchObject({
      openingNanos: 0n,
      lines: [],
      closingNanos: 0n,
    });
    for (const bad of ['2026-13', '1999-01', '2026-1', "2026-01'; --"]) {
      await expect(getSellerStatement(seller.ctx, { month: bad, timeZone: 'UTC' })).rejects.toMatchObject({
        code: 'invalid_request',
      });
    }
  });
});

describe("the platform's fee", () => {
  it('changes at its moment for what is booked from then on, and never for what was booked', async () => {
    const admin = await makeAdministrator(platform);
    const seller = await makeSeller(platform);
    const buyer = await makeBuyer(platform, { balance: '1' });
    await bookUsage(platform, { buyer, seller, chargeNanos: 10_000n });
    await schedulePlatformFee(admin.ctx, {
      percent: '12.5',
      effectiveFrom: new Date(clock.now() + 3_600_000),
    });
    expect(await getFeeBasisPoints(system)).toBe(1_000);
    expect((await listPlatformFees(admin.ctx))[0]).toMatchObject({ basisPoints: 1_250, state: 'future' });
    // A fee that begins now, as time would have brought it.
    await platform.db.insert(platformFees).values({ effectiveFrom: sql`now()`, basisPoints: 2_000 });
    await bookUsage(platform, { buyer, seller, chargeNanos: 10_000n });
    const range = { from: new Date(Date.now() - DAY_MS), to: new Date(Date.now() + DAY_MS), timeZone: 'UTC' };
    expect(await getEarnings(seller.ctx, range)).toMatchObject({
      totals: { grossNanos: 20_000n, feeNanos: 3_000n, netNanos: 17_000n },
    });
    expect(await verifyLedger(system)).toMatchObject({ ok: true });
  });

  it('is set by administrators only, for the future, once for a moment, within 0 and 100 per cent', async () => {
    const admin = await makeAdministrator(platform);
    const seller = await makeSeller(platform);
    const effectiveFrom = new Date(clock.now() + 2 * DAY_MS);
    await expect(schedulePlatformFee(seller.ctx, { percent: '0', effectiveFrom })).rejects.toMatchObject({
      code: 'forbidden',
    });
    for (const percent of ['-1', '100.01', '1e2', '12.345', 'NaN', '', '0x1', '١٢']) {
      await expect(schedulePlatformFee(admin.ctx, { percent, effectiveFrom })).rejects.toMatchObject({
        code: 'invalid_request',
      });
    }
    for (const moment of [new Date(clock.now() - 1), new Date(clock.now() + 10 * 366 * DAY_MS)]) {
      await expect(
        schedulePlatformFee(admin.ctx, { percent: '5', effectiveFrom: moment }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
    }
    await schedulePlatformFee(admin.ctx, { percent: '5', effectiveFrom });
    await expect(schedulePlatformFee(admin.ctx, { percent: '6', effectiveFrom })).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

describe('payout settings', () => {
  it('are changed by administrators only, within bounds', async () => {
    const admin = await makeAdministrator(platform);
    const seller = await makeSeller(platform);
    const wanted = { holdDays: 14, minimumNanos: 5_000_000_000n, interval: 'monthly' } as const;
    await expect(updatePayoutSettings(seller.ctx, wanted)).rejects.toMatchObject({ code: 'forbidden' });
    for (const holdDays of [-1, 91, 1.5, Number.NaN]) {
      await expect(updatePayoutSettings(admin.ctx, { ...wanted, holdDays })).rejects.toMatchObject({
        code: 'invalid_request',
      });
    }
    await updatePayoutSettings(admin.ctx, wanted);
    expect(await getPayoutSettings(system)).toEqual(wanted);
    await platform.db.update(platformSettings).set({ payoutHoldDays: 7 }).where(eq(platformSettings.id, 1));
  });
});
