import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../app/domain/context.ts';
import { getEarnings, releaseEarnings } from '../../app/domain/earnings/index.ts';
import { getLedgerBalance, verifyLedger } from '../../app/domain/ledger/index.ts';
import { listRefunds, refundCall } from '../../app/domain/refunds/index.ts';
import { getWallet } from '../../app/domain/wallets/index.ts';
import { newId } from '../../app/lib/ids.ts';
import { platformSettings } from '../../db/schema/index.ts';
import { bookUsage } from '../support/book-usage.ts';
import { makeBuyer, makeSeller } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

let platform: TestPlatform;
let second: TestPlatform;
let system: Context;
beforeAll(async () => {
  platform = await createTestPlatform();
  second = await createTestPlatform({}, { databaseUrl: platform.databaseUrl });
  system = platform.createContext({ type: 'system', job: 'test' });
});
afterAll(async () => {
  await second.close();
  await platform.close();
});

const balance = (organizationId: string | null, purpose: Parameters<typeof getLedgerBalance>[1]['purpose']) =>
  getLedgerBalance(system, { organizationId, purpose });
const refund = (organizationId: string, requestId: string, amountNanos?: bigint) =>
  refundCall(system, { organizationId, requestId, amountNanos, reason: 'test', createdBy: 'system:test' });

describe('refunding a call', () => {
  it('gives the charge back to the wallet, from the pending earnings of the seller and the fee', async () => {
    const seller = await makeSeller(platform);
    const buyer = await makeBuyer(platform, { balance: '10' });
    const requestId = await bookUsage(platform, { buyer, seller, chargeNanos: 1_000n });
    expect(await balance(seller.organizationId, 'seller_pending')).toBe(900n);
    const fees = await balance(null, 'platform_fee');
    const made = await refund(buyer.organizationId, requestId);
    expect(made).toMatchObject({ kind: 'call', amountNanos: 1_000n, feeNanos: 100n, destination: 'source' });
    expect((await getWallet(buyer.ctx)).availableNanos).toBe(10_000_000_000n);
    expect(await balance(seller.organizationId, 'seller_pending')).toBe(0n);
    expect(await balance(null, 'platform_fee')).toBe(fees - 100n);
    expect(await verifyLedger(system)).toMatchObject({ ok: true });
  });

  it('happens once, also when it is asked for ten times at once by two processes', async () => {
    const seller = await makeSeller(platform);
    const buyer = await makeBuyer(platform, { balance: '1' });
    const requestId = await bookUsage(platform, { buyer, seller, chargeNanos: 5_000n });
    const other = second.createContext({ type: 'system', job: 'test' });
    const refundsMade = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        refundCall(i % 2 ? system : other, {
          organizationId: buyer.organizationId,
          requestId,
          reason: 'race',
          createdBy: 'system:test',
        }),
      ),
    );
    expect(new Set(refundsMade.map(({ id }) => id)).size).toBe(1);
    expect((await getWallet(buyer.ctx)).availableNanos).toBe(1_000_000_000n);
  });

  it('takes a part back in proportion of the fee, and never more than the charge', async () => {
    const seller = await makeSeller(platform);
    const buyer = await makeBuyer(platform, { balance: '1' });
    const requestId = await bookUsage(platform, { buyer, seller, chargeNanos: 1_001n });
    await expect(refund(buyer.organizationId, requestId, 1_002n)).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await expect(refund(buyer.organizationId, requestId, 0n)).rejects.toMatchObject({
      code: 'invalid_request',
    });
    expect(await refund(buyer.organizationId, requestId, 500n)).toMatchObject({
      amountNanos: 500n,
      feeNanos: 49n,
    });
    expect(await verifyLedger(system)).toMatchObject({ ok: true });
  });

  it('is refused for calls that are free, unknown or of another organization', async () => {
    const seller = await makeSeller(platform);
    const buyer = await makeBuyer(platform, { balance: '1' });
    const stranger = await makeBuyer(platform, { balance: '1' });
    const charged = await bookUsage(platform, { buyer, seller, chargeNanos: 7n });
    const free = await bookUsage(platform, { buyer, seller, chargeNanos: 0n });
    for (const [organizationId, requestId] of [
      [stranger.organizationId, charged],
      [seller.organizationId, charged],
      [buyer.organizationId, free],
      [buyer.organizationId, newId('request')],
    ] as const) {
      await expect(refund(organizationId, requestId)).rejects.toMatchObject({ code: 'not_found' });
    }
    await expect(
      refundCall(buyer.ctx, {
        organizationId: buyer.organizationId,
        requestId: charged,
        reason: 'mine',
        createdBy: buyer.userId,
      }),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('comes out of what is available once the earning was released, which may fall below zero', async () => {
    const seller = await makeSeller(platform);
    const buyer = await makeBuyer(platform, { balance: '1' });
    const early = await bookUsage(platform, { buyer, seller, chargeNanos: 1_000n });
    await platform.db.update(platformSettings).set({ payoutHoldDays: 0 }).where(eq(platformSettings.id, 1));
    await releaseEarnings(system);
    await platform.db.update(platformSettings).set({ payoutHoldDays: 7 }).where(eq(platformSettings.id, 1));
    const late = await bookUsage(platform, { buyer, seller, chargeNanos: 2_000n });
    expect(await getEarnings(seller.ctx, range())).toMatchObject({
      pendingNanos: 1_800n,
      availableNanos: 900n,
    });
    await refund(buyer.organizationId, late);
    expect(await getEarnings(seller.ctx, range())).toMatchObject({ pendingNanos: 0n, availableNanos: 900n });
    await refund(buyer.organizationId, early);
    expect(await getEarnings(seller.ctx, range())).toMatchObject({ pendingNanos: 0n, availableNanos: 0n });
    expect(await verifyLedger(system)).toMatchObject({ ok: true });
  });

  it('is seen by the buyer and by the seller, and by nobody else', async () => {
    const seller = await makeSeller(platform);
    const buyer = await makeBuyer(platform, { balance: '1' });
    const stranger = await makeSeller(platform);
    const requestId = await bookUsage(platform, { buyer, seller, chargeNanos: 1_000n });
    await refund(buyer.organizationId, requestId);
    expect(await listRefunds(buyer.ctx, { perspective: 'buyer' })).toMatchObject([
      { reference: requestId, amountNanos: 1_000n, feeNanos: 0n },
    ]);
    expect(await listRefunds(seller.ctx, { perspective: 'seller' })).toMatchObject([
      { reference: requestId, amountNanos: 1_000n, feeNanos: 100n },
    ]);
    expect(await listRefunds(stranger.ctx, { perspective: 'seller' })).toEqual([]);
    expect(await listRefunds(stranger.ctx, { perspective: 'buyer' })).toEqual([]);
    expect(await listRefunds(seller.ctx, { perspective: 'buyer' })).toEqual([]);
  });
});

const range = () => ({
  from: new Date(Date.now() - 86_400_000),
  to: new Date(Date.now() + 86_400_000),
  timeZone: 'UTC',
});
