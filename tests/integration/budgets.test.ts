/** Budgets: who may set them, where their windows begin, and that each threshold is told about once. */
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  auditEvents,
  budgetWindows,
  mails,
  memberships,
  organizations,
  users,
  type MemberRole,
} from '../../db/schema/index.ts';
import {
  createBudget,
  deleteBudget,
  getBudget,
  listBudgets,
  updateBudget,
  type BudgetView,
} from '../../app/domain/budgets/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { createKey } from '../../app/domain/keys/index.ts';
import { updateOrganization } from '../../app/domain/organizations/index.ts';
import { alertBudgets } from '../../worker/tasks/alert-budgets.ts';
import { createTestClock } from '../support/clock.ts';
import { makeBuyer, unique, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { insertUsageEvent } from '../support/usage-events.ts';

const clock = createTestClock();
let platform: TestPlatform;
let second: TestPlatform;
let system: Context;
beforeAll(async () => {
  platform = await createTestPlatform({}, { clock });
  second = await createTestPlatform({}, { clock, databaseUrl: platform.databaseUrl });
  system = platform.createContext({ type: 'system', job: 'test' });
});
afterAll(async () => {
  await second.close();
  await platform.close();
});

const MONTHLY = { scope: 'organization', period: 'month', amountNanos: 1_000n } as const;

async function setZone({ organizationId }: Person, timeZone: string) {
  await system.db.update(organizations).set({ timeZone }).where(eq(organizations.id, organizationId));
}

/** Somebody else in the same organization. */
async function join({ organizationId }: Person, role: MemberRole, locale = 'en') {
  const person = await makeBuyer(platform);
  const email = `${unique('mail')}@example.com`;
  await system.db.insert(memberships).values({ organizationId, userId: person.userId, role });
  await system.db.update(users).set({ email, locale }).where(eq(users.id, person.userId));
  return { ...person, email, ctx: platform.createContext({ ...person.actor, organizationId, role }) };
}

/** As settled calls do. */
async function spend(budget: BudgetView, spentNanos: bigint) {
  await system.db
    .insert(budgetWindows)
    .values({
      budgetId: budget.id,
      windowStart: budget.windowStart,
      organizationId: budget.organizationId,
      spentNanos,
    })
    .onConflictDoUpdate({
      target: [budgetWindows.budgetId, budgetWindows.windowStart],
      set: { spentNanos: sql`${budgetWindows.spentNanos} + excluded.spent_nanos` },
    });
}

describe('budgets', () => {
  it('are made, changed and deleted with a trace', async () => {
    const buyer = await makeBuyer(platform);
    const made = await createBudget(buyer.ctx, { ...MONTHLY, thresholds: [100, 50, 50] });
    expect(made).toMatchObject({ enforcement: 'hard', thresholds: [50, 100], remainingNanos: 1_000n });
    const changed = await updateBudget(buyer.ctx, {
      budgetId: made.id,
      amountNanos: 2_000n,
      enforcement: 'soft',
    });
    expect(changed).toMatchObject({ amountNanos: 2_000n, enforcement: 'soft', thresholds: [50, 100] });
    await deleteBudget(buyer.ctx, { budgetId: made.id });
    expect(await listBudgets(buyer.ctx)).toEqual([]);
    const trail = await system.db.select().from(auditEvents).where(eq(auditEvents.subjectId, made.id));
    expect(trail.map(({ action }) => action).sort()).toEqual([
      'budget.created',
      'budget.deleted',
      'budget.updated',
    ]);
  });

  it('exist once for each subject and period', async () => {
    const buyer = await makeBuyer(platform);
    await createBudget(buyer.ctx, MONTHLY);
    await expect(createBudget(buyer.ctx, MONTHLY)).rejects.toMatchObject({ code: 'already_exists' });
    await createBudget(buyer.ctx, { ...MONTHLY, period: 'day' });
    await createBudget(buyer.ctx, { ...MONTHLY, scope: 'member', subjectId: buyer.userId });
    expect(await listBudgets(buyer.ctx)).toHaveLength(3);
  });

  it('are for keys and members of the own organization only', async () => {
    const [buyer, stranger] = [await makeBuyer(platform), await makeBuyer(platform)];
    const { key } = await createKey(stranger.ctx, { name: 'Theirs' });
    for (const [scope, subjectId] of [
      ['key', key.id],
      ['member', stranger.userId],
    ] as const) {
      const attempt = createBudget(buyer.ctx, { ...MONTHLY, scope, subjectId });
      await expect(attempt).rejects.toMatchObject({ code: 'not_found' });
    }
    const made = await createBudget(stranger.ctx, { ...MONTHLY, scope: 'key', subjectId: key.id });
    const budgetId = made.id;
    for (const attempt of [
      () => getBudget(buyer.ctx, { budgetId }),
      () => updateBudget(buyer.ctx, { budgetId, amountNanos: 1n }),
      () => deleteBudget(buyer.ctx, { budgetId }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await listBudgets(buyer.ctx)).toEqual([]);
    expect(await getBudget(stranger.ctx, { budgetId })).toMatchObject({ amountNanos: 1_000n });
  });

  it('are managed by owners, administrators and billing; members see what concerns them', async () => {
    const buyer = await makeBuyer(platform);
    const member = await join(buyer, 'member');
    const other = await join(buyer, 'member');
    const billing = await join(buyer, 'billing');
    const { key } = await createKey(member.ctx, { name: 'Of the member' });
    const all = [
      await createBudget(billing.ctx, MONTHLY),
      await createBudget(buyer.ctx, { ...MONTHLY, scope: 'member', subjectId: member.userId }),
      await createBudget(buyer.ctx, { ...MONTHLY, scope: 'key', subjectId: key.id }),
    ];
    expect((await listBudgets(member.ctx)).map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    expect((await listBudgets(other.ctx)).map(({ scope }) => scope)).toEqual(['organization']);
    expect(await listBudgets(billing.ctx)).toHaveLength(3);
    const budgetId = all[0]!.id;
    for (const attempt of [
      () => createBudget(member.ctx, { ...MONTHLY, period: 'day' }),
      () => updateBudget(member.ctx, { budgetId, amountNanos: 5n }),
      () => deleteBudget(member.ctx, { budgetId }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'forbidden' });
    }
    await expect(getBudget(other.ctx, { budgetId: all[2]!.id })).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each([0n, -1n, 1_000_000_001n * 10n ** 9n])('refuse an amount of %s nanos', async (amountNanos) => {
    const buyer = await makeBuyer(platform);
    await expect(createBudget(buyer.ctx, { ...MONTHLY, amountNanos })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('tell held from spent and never a remainder below zero', async () => {
    const buyer = await makeBuyer(platform);
    const budget = await createBudget(buyer.ctx, MONTHLY);
    await spend(budget, 300n);
    await system.db
      .update(budgetWindows)
      .set({ heldNanos: 200n })
      .where(eq(budgetWindows.budgetId, budget.id));
    const read = () => getBudget(buyer.ctx, { budgetId: budget.id });
    expect(await read()).toMatchObject({ spentNanos: 300n, heldNanos: 200n, remainingNanos: 500n });
    await spend(budget, 900n);
    expect(await read()).toMatchObject({ spentNanos: 1_200n, remainingNanos: 0n, spentPercent: 120 });
  });
});

describe('windows', () => {
  it.each([
    ['UTC', 'month', '2028-02-29T23:59:59.999Z', '2028-02-01T00:00Z', '2028-03-01T00:00Z'],
    ['UTC', 'day', '2028-02-29T12:00Z', '2028-02-29T00:00Z', '2028-03-01T00:00Z'],
    ['UTC', 'month', '2027-02-28T23:59Z', '2027-02-01T00:00Z', '2027-03-01T00:00Z'],
    ['UTC', 'week', '2026-12-31T12:00Z', '2026-12-28T00:00Z', '2027-01-04T00:00Z'],
    // The day on which clocks go forward has 23 hours, the one on which they go back 25.
    ['Europe/Berlin', 'day', '2027-03-28T12:00Z', '2027-03-27T23:00Z', '2027-03-28T22:00Z'],
    ['Europe/Berlin', 'day', '2027-10-31T12:00Z', '2027-10-30T22:00Z', '2027-10-31T23:00Z'],
    ['Europe/Berlin', 'month', '2027-03-28T12:00Z', '2027-02-28T23:00Z', '2027-03-31T22:00Z'],
    ['Europe/Berlin', 'week', '2027-03-28T12:00Z', '2027-03-21T23:00Z', '2027-03-28T22:00Z'],
    ['Asia/Kolkata', 'day', '2027-06-30T18:29:59Z', '2027-06-29T18:30Z', '2027-06-30T18:30Z'],
    ['Asia/Kolkata', 'month', '2027-06-30T18:30Z', '2027-06-30T18:30Z', '2027-07-31T18:30Z'],
    ['Pacific/Chatham', 'day', '2027-07-01T11:14Z', '2027-06-30T11:15Z', '2027-07-01T11:15Z'],
    // Midnight does not exist there on that day.
    ['America/Santiago', 'day', '2027-09-05T12:00Z', '2027-09-05T04:00Z', '2027-09-06T03:00Z'],
  ] as const)('in %s, the %s of %s', async (timeZone, period, at, start, end) => {
    const before = clock.now();
    const buyer = await makeBuyer(platform);
    await setZone(buyer, timeZone);
    clock.set(Date.parse(at));
    const budget = await createBudget(buyer.ctx, { ...MONTHLY, period });
    expect([budget.windowStart, budget.windowEnd]).toEqual([new Date(start), new Date(end)]);
    clock.set(before);
  });

  it('begin anew exactly once, with nobody there at the turn, and leave the last one as it was', async () => {
    const before = clock.now();
    const buyer = await makeBuyer(platform);
    await setZone(buyer, 'Europe/Berlin');
    clock.set(Date.parse('2028-02-29T22:59:59.999Z'));
    const february = await createBudget(buyer.ctx, MONTHLY);
    await spend(february, 700n);
    expect((await getBudget(buyer.ctx, { budgetId: february.id })).spentNanos).toBe(700n);
    clock.advance(1);
    const march = await getBudget(buyer.ctx, { budgetId: february.id });
    expect(march).toMatchObject({ spentNanos: 0n, windowStart: february.windowEnd });
    await spend(march, 5n);
    clock.advance(3 * 86_400_000);
    expect((await getBudget(buyer.ctx, { budgetId: february.id })).spentNanos).toBe(5n);
    const rows = await system.db.select().from(budgetWindows).where(eq(budgetWindows.budgetId, february.id));
    expect(rows.map(({ spentNanos }) => spentNanos).sort()).toEqual([5n, 700n]);
    clock.set(before);
  });

  it('count from the first call of the period, also when the budget is younger', async () => {
    const buyer = await makeBuyer(platform);
    const mine = await createKey(buyer.ctx, { name: 'Mine' });
    const member = await join(buyer, 'member');
    const theirs = await createKey(member.ctx, { name: 'Theirs' });
    const start = (await createBudget(buyer.ctx, MONTHLY)).windowStart.getTime();
    await deleteBudget(buyer.ctx, { budgetId: (await listBudgets(buyer.ctx))[0]!.id });
    const { organizationId } = buyer;
    for (const [at, keyId, chargeNanos] of [
      [start - 1, mine.key.id, 1_000n],
      [start, mine.key.id, 100n],
      [clock.now() - 1, theirs.key.id, 20n],
    ] as const) {
      await insertUsageEvent(system.db, { organizationId, keyId, chargeNanos, occurredAt: new Date(at) });
    }
    const stranger = await makeBuyer(platform);
    await insertUsageEvent(system.db, {
      organizationId: stranger.organizationId,
      chargeNanos: 5_000n,
      occurredAt: clock.date(),
    });
    const spent = async (scope: 'organization' | 'key' | 'member', subjectId = '') =>
      (await createBudget(buyer.ctx, { ...MONTHLY, scope, subjectId })).spentNanos;
    expect(await spent('organization')).toBe(120n);
    expect(await spent('key', mine.key.id)).toBe(100n);
    expect(await spent('member', member.userId)).toBe(20n);
  });
});

describe('another time zone', () => {
  it('moves the windows and forgets nothing that was spent in them', async () => {
    const before = clock.now();
    const buyer = await makeBuyer(platform);
    clock.set(Date.parse('2027-06-16T12:00:00Z'));
    const daily = await createBudget(buyer.ctx, { ...MONTHLY, period: 'day' });
    const { organizationId } = buyer;
    for (const [at, chargeNanos] of [
      ['2027-06-15T18:29:00Z', 1n],
      ['2027-06-15T18:31:00Z', 20n],
      ['2027-06-16T01:00:00Z', 300n],
    ] as const) {
      await insertUsageEvent(system.db, { organizationId, chargeNanos, occurredAt: new Date(at) });
    }
    await updateOrganization(buyer.ctx, { timeZone: 'Asia/Kolkata' });
    const moved = await getBudget(buyer.ctx, { budgetId: daily.id });
    expect(moved).toMatchObject({ windowStart: new Date('2027-06-15T18:30:00Z'), spentNanos: 320n });
    clock.set(before);
  });
});

describe('alerts', () => {
  const told = (email: string) =>
    system.db
      .select()
      .from(mails)
      .where(and(eq(mails.toAddress, email)))
      .orderBy(mails.id);

  it('tell once of each threshold, in each window, with two jobs at a time', async () => {
    const buyer = await makeBuyer(platform);
    const owner = await join(buyer, 'owner');
    const jobs = () =>
      Promise.all(
        [platform, second, platform, second].map((one) =>
          alertBudgets(one.createContext({ type: 'system', job: 'alert_budgets' })),
        ),
      );
    const budget = await createBudget(buyer.ctx, { ...MONTHLY, period: 'day' });
    const counts: number[] = [];
    for (const spent of [499n, 1n, 200n, 100n, 199n, 1n, 500n]) {
      await spend(budget, spent);
      await jobs();
      await jobs();
      counts.push((await told(owner.email)).length);
    }
    expect(counts).toEqual([0, 1, 1, 2, 2, 3, 3]);
    clock.set(budget.windowEnd.getTime());
    const next = await getBudget(buyer.ctx, { budgetId: budget.id });
    await spend(next, 1_000n);
    await jobs();
    expect(await told(owner.email)).toHaveLength(4);
    expect((await told(owner.email)).map(({ subject }) => subject.slice(0, 5))).toEqual([
      '50% o',
      '80% o',
      '100% ',
      '100% ',
    ]);
  });

  it('still tell of a window that ended before the job ran', async () => {
    const buyer = await makeBuyer(platform);
    const owner = await join(buyer, 'owner');
    const budget = await createBudget(buyer.ctx, { ...MONTHLY, period: 'day' });
    await spend(budget, 900n);
    clock.set(budget.windowEnd.getTime() + 60_000);
    await alertBudgets(system);
    expect(await told(owner.email)).toHaveLength(1);
  });

  it('reach owners, billing and whose budget it is, in their languages, and nobody else', async () => {
    const buyer = await makeBuyer(platform);
    const [owner, billing, member, other] = [
      await join(buyer, 'owner', 'ja'),
      await join(buyer, 'billing', 'zh-TW'),
      await join(buyer, 'member', 'zh-CN'),
      await join(buyer, 'member'),
    ];
    const { key } = await createKey(member.ctx, { name: 'Night run' });
    const budget = await createBudget(buyer.ctx, { ...MONTHLY, scope: 'key', subjectId: key.id });
    await spend(budget, 1_000n);
    await alertBudgets(system);
    const [japanese] = await told(owner.email);
    expect(japanese?.subject).toContain('予算の 100% に達しました');
    expect(japanese?.textBody).toContain('有料の呼び出しは拒否されます');
    expect((await told(billing.email))[0]?.textBody).toContain('付費呼叫會被拒絕');
    expect((await told(member.email))[0]?.textBody).toContain('付费调用会被拒绝');
    expect((await told(member.email))[0]?.subject).toContain('Night run');
    expect(await told(other.email)).toEqual([]);
  });

  it('say of a soft budget that calls go on', async () => {
    const buyer = await makeBuyer(platform);
    const owner = await join(buyer, 'owner');
    const budget = await createBudget(buyer.ctx, { ...MONTHLY, enforcement: 'soft' });
    await spend(budget, 1_500n);
    await alertBudgets(system);
    expect((await told(owner.email))[0]?.textBody).toContain('It only alerts: calls go on.');
  });

  it('are no verb for people', async () => {
    const buyer = await makeBuyer(platform);
    await expect(alertBudgets(buyer.ctx)).rejects.toMatchObject({ code: 'forbidden' });
  });
});
