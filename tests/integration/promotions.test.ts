/** Promotional credit: given, redeemed, expired; each once, and the ledger says the same. */
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditEvents, promotionalCredits, redeemCodes, wallets } from '../../db/schema/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { getLedgerBalance } from '../../app/domain/ledger/index.ts';
import {
  createRedeemCodes,
  disableRedeemCode,
  expirePromotionalCredits,
  grantPromotionalCredit,
  listCreditsOf,
  listPromotionalCredits,
  listRedeemCodes,
  listRedemptions,
  redeemCode,
} from '../../app/domain/promotions/index.ts';
import { createMemoryStore } from '../../app/infra/store/memory-store.ts';
import { NANOS_PER_UNIT } from '../../app/lib/money.ts';
import { createTestClock } from '../support/clock.ts';
import { makeAdministrator, makeBuyer, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const clock = createTestClock();
const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(clock.now() + days * DAY_MS);

let platform: TestPlatform;
let system: Context;
let admin: Context;
beforeAll(async () => {
  platform = await createTestPlatform({}, { clock });
  system = platform.createContext({ type: 'system', job: 'test' });
  admin = (await makeAdministrator(platform)).ctx;
});
afterAll(() => platform.close());

const grant = (buyer: Person, amount: bigint, expiresAt: Date | null = null) =>
  grantPromotionalCredit(admin, {
    organizationId: buyer.organizationId,
    amountNanos: amount,
    expiresAt,
    reason: 'Welcome',
  });

async function promoOf({ organizationId }: Person) {
  const [wallet] = await system.db.select().from(wallets).where(eq(wallets.organizationId, organizationId));
  return [wallet?.promoNanos, wallet?.promoHeldNanos];
}

/** `promo + held = ledger account = what is left of the credits`. */
async function expectAgreement(buyer: Person) {
  const { organizationId } = buyer;
  const [promo = 0n, held = 0n] = await promoOf(buyer);
  const booked = await getLedgerBalance(system, { organizationId, purpose: 'promotional_credit' });
  const credits = await system.db
    .select()
    .from(promotionalCredits)
    .where(eq(promotionalCredits.organizationId, organizationId));
  expect(booked).toBe(promo + held);
  expect(credits.reduce((sum, credit) => sum + credit.remainingNanos, 0n)).toBe(booked);
}

/** As a call does that holds promotional credit. */
const holdPromo = ({ organizationId }: Person, amount: bigint) =>
  system.db
    .update(wallets)
    .set({
      promoNanos: sql`promo_nanos - ${amount.toString()}::bigint`,
      promoHeldNanos: sql`promo_held_nanos + ${amount.toString()}::bigint`,
    })
    .where(eq(wallets.organizationId, organizationId));

/** The same person behind a process that has counted nobody's tries. */
const elsewhere = (ctx: Context): Context => ({ ...ctx, store: createMemoryStore(clock) });

describe('promotional credit', () => {
  it('reaches wallet, ledger and the list in one go, and the trail', async () => {
    const buyer = await makeBuyer(platform);
    const credit = await grant(buyer, 5n * NANOS_PER_UNIT, inDays(30));
    expect(await promoOf(buyer)).toEqual([5n * NANOS_PER_UNIT, 0n]);
    await expectAgreement(buyer);
    expect(await listPromotionalCredits(buyer.ctx)).toMatchObject([{ id: credit.id, reason: 'Welcome' }]);
    const [trace] = await system.db.select().from(auditEvents).where(eq(auditEvents.subjectId, credit.id));
    expect(trace).toMatchObject({
      action: 'promotional_credit.granted',
      organizationId: buyer.organizationId,
    });
  });

  it('is listed in the order in which it is spent', async () => {
    const buyer = await makeBuyer(platform);
    await grant(buyer, 3n);
    await grant(buyer, 2n, inDays(9));
    await grant(buyer, 1n, inDays(3));
    expect((await listPromotionalCredits(buyer.ctx)).map(({ amountNanos }) => amountNanos)).toEqual([
      1n,
      2n,
      3n,
    ]);
  });

  it('is given by administrators and jobs only, and seen by its owner only', async () => {
    const buyer = await makeBuyer(platform);
    const stranger = await makeBuyer(platform);
    const input = { organizationId: buyer.organizationId, amountNanos: 1n, reason: 'Mine' };
    await expect(grantPromotionalCredit(buyer.ctx, input)).rejects.toMatchObject({ code: 'forbidden' });
    await grantPromotionalCredit(system, input);
    expect(await listPromotionalCredits(stranger.ctx)).toEqual([]);
    await expect(listCreditsOf(buyer.ctx, buyer)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await listCreditsOf(admin, buyer)).toHaveLength(1);
  });

  it.each([0n, -1n, 100_001n * NANOS_PER_UNIT])('refuses an amount of %s nanos', async (amountNanos) => {
    const { organizationId } = await makeBuyer(platform);
    const input = { organizationId, amountNanos, reason: 'No' };
    await expect(grantPromotionalCredit(admin, input)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('refuses organizations that do not exist and times that are over', async () => {
    const { organizationId } = await makeBuyer(platform);
    const input = { organizationId: 'org_nobody', amountNanos: 1n, reason: 'No' };
    await expect(grantPromotionalCredit(admin, input)).rejects.toMatchObject({ code: 'not_found' });
    await expect(
      grantPromotionalCredit(admin, { ...input, organizationId, expiresAt: inDays(0) }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('expiry', () => {
  it('takes what is left at the moment it is due, once, with two jobs at a time', async () => {
    const buyer = await makeBuyer(platform);
    await grant(buyer, 40n, inDays(1));
    await grant(buyer, 2n, inDays(3));
    clock.advance(DAY_MS - 1);
    await expirePromotionalCredits(system);
    expect(await promoOf(buyer)).toEqual([42n, 0n]);
    clock.advance(1);
    const counts = await Promise.all([expirePromotionalCredits(system), expirePromotionalCredits(system)]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await promoOf(buyer)).toEqual([2n, 0n]);
    await expectAgreement(buyer);
  });

  it('leaves what running calls hold, and takes later what they did not use', async () => {
    const buyer = await makeBuyer(platform);
    const [first, second] = [await grant(buyer, 10n, inDays(1)), await grant(buyer, 10n, inDays(2))];
    await holdPromo(buyer, 13n);
    clock.advance(2 * DAY_MS);
    await expirePromotionalCredits(system);
    expect(await promoOf(buyer)).toEqual([0n, 13n]);
    const left = async () =>
      new Map((await listCreditsOf(admin, buyer)).map(({ id, remainingNanos }) => [id, remainingNanos]));
    expect(await left()).toEqual(
      new Map([
        [first.id, 10n],
        [second.id, 3n],
      ]),
    );
    await expectAgreement(buyer);

    await holdPromo(buyer, -13n);
    expect(await expirePromotionalCredits(system)).toBe(2);
    expect(await promoOf(buyer)).toEqual([0n, 0n]);
    expect(await left()).toEqual(
      new Map([
        [first.id, 0n],
        [second.id, 0n],
      ]),
    );
    await expectAgreement(buyer);
    expect(await expirePromotionalCredits(system)).toBe(0);
  });

  it('is no verb for people', async () => {
    await expect(expirePromotionalCredits(admin)).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('redeem codes', () => {
  const makeCode = async (input: Partial<Parameters<typeof createRedeemCodes>[1]> = {}) =>
    (await createRedeemCodes(admin, { amountNanos: 7n, ...input }))[0]!;

  it('are stored only as hashes', async () => {
    const { id, code } = await makeCode({ note: 'Fair' });
    const [row] = await system.db.select().from(redeemCodes).where(eq(redeemCodes.id, id));
    expect(row?.lastFour).toBe(code.slice(-4));
    const stored = JSON.stringify(await system.db.execute(sql`select * from redeem_codes where id = ${id}`));
    expect(stored).not.toContain(code.slice(0, 11));
    expect(stored).not.toContain(code.replaceAll('-', '').slice(0, 10));
    const trail = JSON.stringify(await system.db.execute(sql`select * from audit_events`));
    expect(trail).not.toContain(code.slice(0, 11));
  });

  it('give credit that lives for the days they say, however they are typed', async () => {
    const buyer = await makeBuyer(platform);
    const { id, code } = await makeCode({ creditDays: 30, note: 'Spring fair' });
    const credit = await redeemCode(buyer.ctx, { code: ` ${code.toLowerCase().replaceAll('-', ' ')}` });
    expect(credit).toMatchObject({ amountNanos: 7n, reason: 'Spring fair', expiresAt: inDays(30) });
    await expectAgreement(buyer);
    expect(await listRedemptions(admin, { redeemCodeId: id })).toMatchObject([
      { organizationId: buyer.organizationId, creditId: credit.id },
    ]);
  });

  it('are redeemed once by each organization, however many requests come at once', async () => {
    const buyer = await makeBuyer(platform);
    const { code } = await makeCode({ maxRedemptions: 100 });
    const tries = await Promise.allSettled(
      Array.from({ length: 50 }, () => redeemCode(elsewhere(buyer.ctx), { code })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of tries) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'already_exists' });
    }
    expect(await promoOf(buyer)).toEqual([7n, 0n]);
    await expectAgreement(buyer);
  });

  it('are never redeemed more often than they allow', async () => {
    const { id, code } = await makeCode({ maxRedemptions: 3 });
    const buyers: Person[] = [];
    for (let i = 0; i < 10; i++) buyers.push(await makeBuyer(platform));
    const tries = await Promise.allSettled(
      buyers.flatMap((buyer) => Array.from({ length: 5 }, () => redeemCode(elsewhere(buyer.ctx), { code }))),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await listRedemptions(admin, { redeemCodeId: id })).toHaveLength(3);
    const balances = await Promise.all(buyers.map(promoOf));
    expect(balances.filter(([promo]) => promo === 7n)).toHaveLength(3);
  }, 30_000);

  it('answer the same whether unknown, over, disabled or used up', async () => {
    const buyer = await makeBuyer(platform);
    const ctx = () => elsewhere(buyer.ctx);
    const over = await makeCode({ expiresAt: inDays(1) });
    const disabled = await makeCode();
    await disableRedeemCode(admin, { redeemCodeId: disabled.id });
    const usedUp = await makeCode();
    await redeemCode((await makeBuyer(platform)).ctx, { code: usedUp.code });
    clock.advance(DAY_MS);
    const codes = [over.code, disabled.code, usedUp.code, '00000-00000-00000-00000', 'nonsense'];
    const answers = await Promise.all(
      codes.map((code) =>
        redeemCode(ctx(), { code }).then(
          () => 'redeemed',
          (error: Error & { code: string; issues: unknown }) => [error.code, error.message, error.issues],
        ),
      ),
    );
    expect(answers[0]).toMatchObject([
      'not_found',
      expect.any(String),
      [{ field: 'code', reason: 'unknown_code' }],
    ]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const states = new Map((await listRedeemCodes(admin)).items.map(({ id, state }) => [id, state]));
    expect([over, disabled, usedUp].map(({ id }) => states.get(id))).toEqual([
      'expired',
      'disabled',
      'used_up',
    ]);
  });

  it('cannot be guessed: tries are counted for the organization and for the address', async () => {
    const buyer = await makeBuyer(platform);
    const { code } = await makeCode();
    const guess = (ctx: Context) =>
      redeemCode(ctx, { code: '00000-00000-00000-00000' }).catch(({ code: why }: { code: string }) => why);
    const answers: unknown[] = [];
    for (let i = 0; i < 12; i++) answers.push(await guess(buyer.ctx));
    expect(answers).toEqual([...Array<string>(10).fill('not_found'), 'rate_limited', 'rate_limited']);
    await expect(redeemCode(buyer.ctx, { code })).rejects.toMatchObject({ code: 'rate_limited' });
    clock.advance(15 * 60_000 + 1_000);
    await redeemCode(buyer.ctx, { code });

    const ipAddress = '198.51.100.7';
    const others: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      const { ctx } = await makeBuyer(platform);
      for (let j = 0; j < 9; j++) others.push(await guess({ ...ctx, ipAddress }));
    }
    expect(others.filter((answer) => answer === 'not_found')).toHaveLength(30);
  });

  it('are for owners, administrators and billing members, and made by administrators of the platform', async () => {
    const buyer = await makeBuyer(platform);
    const { id, code } = await makeCode();
    const member = platform.createContext({ ...buyer.actor, role: 'member' });
    await expect(redeemCode(member, { code })).rejects.toMatchObject({ code: 'forbidden' });
    for (const attempt of [
      () => createRedeemCodes(buyer.ctx, { amountNanos: 1n }),
      () => disableRedeemCode(buyer.ctx, { redeemCodeId: id }),
      () => listRedeemCodes(buyer.ctx),
      () => listRedemptions(buyer.ctx, { redeemCodeId: id }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'forbidden' });
    }
    await redeemCode(platform.createContext({ ...buyer.actor, role: 'billing' }), { code });
  });
});
