/** Credit limits and the administrators' view of wallets. */
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditEvents } from '../../db/schema/index.ts';
import type { Context } from '../../app/domain/context.ts';
import {
  getWallet,
  getWalletOf,
  listWallets,
  moveWallet,
  setCreditLimit,
} from '../../app/domain/wallets/index.ts';
import { makeAdministrator, makeBuyer } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

let platform: TestPlatform;
let system: Context;
let admin: Context;
beforeAll(async () => {
  platform = await createTestPlatform();
  system = platform.createContext({ type: 'system', job: 'test' });
  admin = (await makeAdministrator(platform)).ctx;
});
afterAll(() => platform.close());

describe('credit limits', () => {
  it('are set with a reason in the trail, and make more spendable', async () => {
    const { organizationId, ctx } = await makeBuyer(platform);
    await setCreditLimit(admin, { organizationId, creditLimitNanos: 500n, reason: 'Contract 12' });
    await moveWallet(system, { organizationId, availableNanos: 10n, promoNanos: 5n, creditUsedNanos: 200n });
    expect(await getWallet(ctx)).toMatchObject({ creditLimitNanos: 500n, spendableNanos: 315n });
    const [trace] = await system.db
      .select()
      .from(auditEvents)
      .where(and(eq(auditEvents.action, 'credit_limit.set'), eq(auditEvents.subjectId, organizationId)));
    expect(trace).toMatchObject({
      before: { creditLimitNanos: '0' },
      after: { creditLimitNanos: '500', reason: 'Contract 12' },
    });
  });

  it('may fall below what is owed, which makes nothing spendable and nothing less owed', async () => {
    const { organizationId, ctx } = await makeBuyer(platform);
    await setCreditLimit(admin, { organizationId, creditLimitNanos: 500n, reason: 'Up' });
    await moveWallet(system, { organizationId, creditUsedNanos: 400n });
    await setCreditLimit(admin, { organizationId, creditLimitNanos: 100n, reason: 'Down' });
    expect(await getWallet(ctx)).toMatchObject({ creditUsedNanos: 400n, spendableNanos: 0n });
  });

  it('are for platform administrators, and for organizations that exist', async () => {
    const { organizationId, ctx } = await makeBuyer(platform);
    const input = { organizationId, creditLimitNanos: 1n, reason: 'Mine' };
    await expect(setCreditLimit(ctx, input)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(setCreditLimit(admin, { ...input, organizationId: 'org_nobody' })).rejects.toMatchObject({
      code: 'not_found',
    });
    for (const creditLimitNanos of [-1n, 2_000_000_000n * 10n ** 9n]) {
      await expect(setCreditLimit(admin, { ...input, creditLimitNanos })).rejects.toMatchObject({
        code: 'invalid_request',
      });
    }
    expect((await getWallet(ctx)).creditLimitNanos).toBe(0n);
  });
});

describe('wallets for administrators', () => {
  it('are found by name and by a member, with wildcards taken as letters', async () => {
    const buyer = await makeBuyer(platform);
    const found = await listWallets(admin, { query: buyer.username });
    expect(found.items.map(({ organizationId }) => organizationId)).toEqual([buyer.organizationId]);
    expect((await listWallets(admin, { query: '%' })).items).toEqual([]);
    expect((await listWallets(admin)).total).toBeGreaterThan(2);
    expect(await getWalletOf(admin, buyer)).toMatchObject({ organizationId: buyer.organizationId });
  });

  it('are not for buyers', async () => {
    const { ctx, organizationId } = await makeBuyer(platform);
    await expect(listWallets(ctx)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(getWalletOf(ctx, { organizationId })).rejects.toMatchObject({ code: 'forbidden' });
  });
});
