/** Balances that change outside of hold and settle. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wallets } from '../../db/schema/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { creditWallet, moveWallet } from '../../app/domain/wallets/index.ts';
import { makeBuyer, unique } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

let platform: TestPlatform;
let system: Context;
beforeAll(async () => {
  platform = await createTestPlatform();
  system = platform.createContext({ type: 'system', job: 'test' });
});
afterAll(() => platform.close());

async function balancesOf(organizationId: string) {
  const [wallet] = await system.db.select().from(wallets).where(eq(wallets.organizationId, organizationId));
  return wallet && [wallet.availableNanos, wallet.promoNanos, wallet.creditUsedNanos];
}

describe('moving balances', () => {
  it('makes the wallet that is missing and adds signed amounts', async () => {
    const { organizationId } = await makeBuyer(platform);
    await moveWallet(system, { organizationId, availableNanos: 5n, promoNanos: 3n, creditUsedNanos: 2n });
    await moveWallet(system, { organizationId, availableNanos: -5n, promoNanos: -1n });
    expect(await balancesOf(organizationId)).toEqual([0n, 2n, 2n]);
  });

  it.each(['availableNanos', 'promoNanos', 'creditUsedNanos'] as const)(
    'refuses to take more than there is and changes nothing: %s',
    async (part) => {
      const { organizationId } = await makeBuyer(platform);
      await moveWallet(system, { organizationId, availableNanos: 7n, promoNanos: 7n, creditUsedNanos: 7n });
      const move = { organizationId, availableNanos: 1n, promoNanos: 1n, creditUsedNanos: 1n, [part]: -8n };
      await expect(moveWallet(system, move)).rejects.toMatchObject({ code: 'insufficient_balance' });
      expect(await balancesOf(organizationId)).toEqual([7n, 7n, 7n]);
    },
  );

  it('loses no move among many at once', async () => {
    const { organizationId } = await makeBuyer(platform);
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        moveWallet(system, { organizationId, availableNanos: BigInt(index + 1) }),
      ),
    );
    expect(await balancesOf(organizationId)).toEqual([820n, 0n, 0n]);
  });

  it('lets exactly as many take as there is money for', async () => {
    const { organizationId } = await makeBuyer(platform);
    await moveWallet(system, { organizationId, availableNanos: 10n });
    const taken = await Promise.allSettled(
      Array.from({ length: 20 }, () => moveWallet(system, { organizationId, availableNanos: -3n })),
    );
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await balancesOf(organizationId)).toEqual([1n, 0n, 0n]);
  });

  it('is not for people', async () => {
    const buyer = await makeBuyer(platform);
    const move = { organizationId: buyer.organizationId, availableNanos: 1n };
    await expect(moveWallet(buyer.ctx, move)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await balancesOf(buyer.organizationId)).toEqual([0n, 0n, 0n]);
  });

  it('credits one reference once, however many try', async () => {
    const { organizationId } = await makeBuyer(platform);
    const reference = unique('once');
    const credit = { organizationId, amountNanos: 9n, kind: 'adjustment' as const, reference };
    const credited = await Promise.all(Array.from({ length: 10 }, () => creditWallet(system, credit)));
    expect(credited.filter(Boolean)).toHaveLength(1);
    expect(await balancesOf(organizationId)).toEqual([9n, 0n, 0n]);
  });
});
