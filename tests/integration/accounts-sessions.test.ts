/** Sessions and access tokens: born at log-in, dead everywhere when they should be. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createOrganization,
  enableSelling,
  listUserOrganizations,
} from '../../app/domain/organizations/index.ts';
import {
  createSession,
  deleteExpiredSessions,
  findSession,
  listSessions,
  revokeSession,
  revokeUserSessions,
  switchOrganization,
} from '../../app/domain/sessions/index.ts';
import {
  changePassword,
  issueAccessToken,
  listUsers,
  reinstateUser,
  suspendUser,
  updateProfile,
  verifyAccessToken,
  verifyLogin,
} from '../../app/domain/users/index.ts';
import { isAppError, type AppError } from '../../app/lib/app-error.ts';
import { auditEvents, memberships, organizations, sessions, users } from '../../db/schema/index.ts';
import { createTestClock } from '../support/clock.ts';
import { makeAdministrator, makeUser, unique, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;
const clock = createTestClock();
let platform: TestPlatform;
/** Another web process on the same database, with a memory of its own. */
let other: TestPlatform;

beforeAll(async () => {
  platform = await createTestPlatform({}, { clock });
  other = await createTestPlatform(
    { JWT_SECRET: platform.config.secrets.jwt },
    { clock, databaseUrl: platform.databaseUrl },
  );
});
afterAll(async () => {
  await other.close();
  await platform.close();
});

const anonymous = (on: TestPlatform = platform) => on.createContext({ type: 'anonymous' });
const system = () => platform.createContext({ type: 'system', job: 'test' });
const logIn = (person: Person, replacesToken?: string) =>
  createSession(anonymous(), { userId: person.userId, replacesToken, userAgent: 'test' });
const isAlive = async (token: string, on: TestPlatform = platform) =>
  (await findSession(anonymous(on), { token })) !== null;

async function refusal(work: Promise<unknown>): Promise<AppError> {
  try {
    await work;
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('sessions', () => {
  it('know who acts, for which organization, and keep only a hash of the token', async () => {
    const person = await makeUser(platform, { role: 'seller' });
    const { token } = await logIn(person);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const view = await findSession(anonymous(), { token });
    expect(view).toMatchObject({
      user: { id: person.userId, username: person.username, isPlatformAdmin: false },
      organization: { id: person.organizationId, isSeller: true },
      role: 'owner',
      organizations: [{ id: person.organizationId, role: 'owner' }],
    });
    const rows = await platform.db.select().from(sessions).where(eq(sessions.userId, person.userId));
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(rows[0]!.tokenHash.length).toBe(32);
  });

  it('do not exist for tokens that nobody was given', async () => {
    for (const token of ['', 'x', 'A'.repeat(43), "' or 1=1 --".padEnd(43, 'x'), 'A'.repeat(100_000)]) {
      expect(await isAlive(token)).toBe(false);
    }
  });

  it('end when the same browser logs in again: a planted token is worthless', async () => {
    const [victim, attacker] = [await makeUser(platform), await makeUser(platform)];
    const planted = (await logIn(attacker)).token;
    const { token } = await logIn(victim, planted);
    expect(token).not.toBe(planted);
    expect(await isAlive(planted)).toBe(false);
    expect(await isAlive(token)).toBe(true);
  });

  it('end at log-out, at once here and within a second in other processes', async () => {
    const { token } = await logIn(await makeUser(platform));
    expect(await isAlive(token)).toBe(true);
    expect(await isAlive(token, other)).toBe(true);
    await revokeSession(anonymous(), { token });
    expect(await isAlive(token)).toBe(false);
    clock.advance(SECOND);
    expect(await isAlive(token, other)).toBe(false);
  });

  it('end after thirty days, used or not, and after seven days without use', async () => {
    const person = await makeUser(platform);
    const { token } = await logIn(person);
    const { token: idle } = await logIn(person);
    for (let day = 0; day < 5; day++) {
      clock.advance(5 * DAY);
      expect(await isAlive(token)).toBe(true);
    }
    expect(await isAlive(idle)).toBe(false);
    clock.advance(5 * DAY);
    expect(await isAlive(token)).toBe(false);
    expect(await deleteExpiredSessions(system())).toBeGreaterThanOrEqual(2);
    const rows = await platform.db.select().from(sessions).where(eq(sessions.userId, person.userId));
    expect(rows).toHaveLength(0);
  });

  it('write down their last use at most once a minute', async () => {
    const person = await makeUser(platform);
    const { token } = await logIn(person);
    const lastSeen = async () => {
      const [row] = await platform.db.select().from(sessions).where(eq(sessions.userId, person.userId));
      return row!.lastSeenAt.getTime();
    };
    const start = await lastSeen();
    clock.advance(59 * SECOND);
    await isAlive(token);
    expect(await lastSeen()).toBe(start);
    clock.advance(2 * SECOND);
    await isAlive(token);
    expect(await lastSeen()).toBe(clock.now());
  });

  it('are listed for their user only, who can end one or all others', async () => {
    const [person, stranger] = [await makeUser(platform), await makeUser(platform)];
    const made = [await logIn(person), await logIn(person), await logIn(person)];
    const listed = await listSessions(person.ctx);
    expect(listed.map((session) => session.id).sort()).toEqual(made.map(({ session }) => session.id).sort());
    expect(await listSessions(stranger.ctx)).toEqual([]);

    const foreign = await refusal(revokeSession(stranger.ctx, { sessionId: made[0]!.session.id }));
    expect(foreign.code).toBe('not_found');
    expect((await refusal(revokeUserSessions(stranger.ctx, { userId: person.userId }))).code).toBe(
      'forbidden',
    );
    expect(await isAlive(made[0]!.token)).toBe(true);

    await revokeSession(person.ctx, { sessionId: made[0]!.session.id });
    expect(await isAlive(made[0]!.token)).toBe(false);
    await revokeUserSessions(person.ctx, { userId: person.userId, exceptSessionId: made[1]!.session.id });
    expect(await isAlive(made[1]!.token)).toBe(true);
    expect(await isAlive(made[2]!.token)).toBe(false);
  });

  it('show a changed profile on the next page', async () => {
    const person = await makeUser(platform);
    const { token } = await logIn(person);
    await isAlive(token);
    await updateProfile(person.ctx, { displayName: 'New name', locale: 'ja', timeZone: 'Asia/Tokyo' });
    expect((await findSession(anonymous(), { token }))!.user).toMatchObject({
      displayName: 'New name',
      locale: 'ja',
      timeZone: 'Asia/Tokyo',
    });
    await enableSelling(person.ctx);
    expect((await findSession(anonymous(), { token }))!.organization.isSeller).toBe(true);
  });
});

describe('organizations', () => {
  it('can be switched to by members and by nobody else', async () => {
    const [person, stranger] = [await makeUser(platform), await makeUser(platform)];
    const second = await createOrganization(person.ctx, {
      name: 'Second',
      slugFrom: unique('second'),
      ownerId: person.userId,
    });
    const { token } = await logIn(person);
    await switchOrganization(person.ctx, { token, organizationId: second.id });
    const view = await findSession(anonymous(), { token });
    expect(view).toMatchObject({ organization: { id: second.id }, role: 'owner' });
    expect(view!.organizations).toHaveLength(2);
    expect(await listUserOrganizations(person.ctx)).toHaveLength(2);

    const foreign = { token, organizationId: stranger.organizationId };
    expect((await refusal(switchOrganization(person.ctx, foreign))).code).toBe('not_found');
    const stolen = { token, organizationId: stranger.organizationId };
    expect((await refusal(switchOrganization(stranger.ctx, stolen))).code).toBe('not_found');
    expect((await findSession(anonymous(), { token }))!.organization.id).toBe(second.id);
  });

  it('cannot be created for someone else', async () => {
    const [person, stranger] = [await makeUser(platform), await makeUser(platform)];
    const input = { name: 'Trap', slugFrom: 'trap', ownerId: stranger.userId };
    expect((await refusal(createOrganization(person.ctx, input))).code).toBe('forbidden');
  });

  it('end the sessions of members who were removed', async () => {
    const person = await makeUser(platform);
    const second = await createOrganization(person.ctx, {
      name: 'Second',
      slugFrom: unique('second'),
      ownerId: person.userId,
    });
    const { token } = await logIn(person);
    await switchOrganization(person.ctx, { token, organizationId: second.id });
    await platform.db.delete(memberships).where(eq(memberships.organizationId, second.id));
    clock.advance(SECOND);
    expect(await isAlive(token)).toBe(false);
  });

  it('let only owners and admins switch selling on', async () => {
    const person = await makeUser(platform);
    for (const role of ['member', 'billing'] as const) {
      const ctx = platform.createContext({ ...person.actor, role });
      expect((await refusal(enableSelling(ctx))).code).toBe('forbidden');
    }
    await enableSelling(platform.createContext({ ...person.actor, role: 'admin' }));
  });
});

describe('changePassword', () => {
  it('ends every session and every access token, in every process', async () => {
    const person = await makeUser(platform);
    const tokens = [(await logIn(person)).token, (await logIn(person)).token];
    const { token: jwt } = await issueAccessToken(anonymous(), { userId: person.userId });
    await verifyAccessToken(anonymous(other), { token: jwt });
    for (const token of tokens) expect(await isAlive(token, other)).toBe(true);

    const newPassword = 'quite another set of words';
    await changePassword(person.ctx, { currentPassword: person.password, newPassword });

    for (const token of tokens) expect(await isAlive(token)).toBe(false);
    clock.advance(SECOND);
    for (const token of tokens) expect(await isAlive(token, other)).toBe(false);
    for (const on of [platform, other]) {
      expect((await refusal(verifyAccessToken(anonymous(on), { token: jwt }))).code).toBe('unauthenticated');
    }
    const old = { login: person.username, password: person.password };
    expect((await refusal(verifyLogin(anonymous(), old))).code).toBe('invalid_credentials');
    await verifyLogin(anonymous(), { login: person.username, password: newPassword });
  });

  it('asks for the current password, and throttles guesses at it', async () => {
    const person = await makeUser(platform);
    const guess = () =>
      refusal(
        changePassword(person.ctx, { currentPassword: 'a guess', newPassword: 'four unrelated words' }),
      );
    for (let i = 0; i < 10; i++) {
      expect((await guess()).issues).toEqual([{ field: 'currentPassword', reason: 'wrong_password' }]);
    }
    expect((await guess()).code).toBe('rate_limited');
  });

  it('refuses the same and common passwords and keeps the sessions then', async () => {
    const person = await makeUser(platform);
    const { token } = await logIn(person);
    const change = (newPassword: string) =>
      refusal(changePassword(person.ctx, { currentPassword: person.password, newPassword }));
    expect((await change(person.password)).issues).toEqual([
      { field: 'newPassword', reason: 'same_password' },
    ]);
    expect((await change('qwertyuiop')).issues).toEqual([
      { field: 'newPassword', reason: 'common_password' },
    ]);
    expect(await isAlive(token)).toBe(true);
  });

  it('frees a user from having to change it', async () => {
    const person = await makeUser(platform);
    await platform.db.update(users).set({ mustChangePassword: true }).where(eq(users.id, person.userId));
    const { token } = await issueAccessToken(anonymous(), { userId: person.userId });
    expect((await refusal(verifyAccessToken(anonymous(), { token }))).code).toBe('password_change_required');
    const newPassword = 'four unrelated words';
    await changePassword(person.ctx, { currentPassword: person.password, newPassword });
    const { token: next } = await issueAccessToken(anonymous(), { userId: person.userId });
    expect(await verifyAccessToken(anonymous(), { token: next })).toMatchObject({ userId: person.userId });
  });
});

describe('access tokens', () => {
  it('end after their lifetime', async () => {
    const person = await makeUser(platform);
    const { token, expiresAt } = await issueAccessToken(anonymous(), { userId: person.userId });
    clock.set(expiresAt.getTime() + 59 * SECOND);
    await verifyAccessToken(anonymous(), { token });
    clock.set(expiresAt.getTime() + 61 * SECOND);
    expect((await refusal(verifyAccessToken(anonymous(), { token }))).code).toBe('unauthenticated');
  });

  it('end with the membership they were given for', async () => {
    const person = await makeUser(platform);
    const { token } = await issueAccessToken(anonymous(), { userId: person.userId });
    await platform.db.delete(memberships).where(eq(memberships.userId, person.userId));
    expect((await refusal(verifyAccessToken(anonymous(), { token }))).code).toBe('unauthenticated');
  });
});

describe('suspending a user', () => {
  it('ends sessions, tokens and the organizations that only they own, and is undone by reinstating', async () => {
    const { ctx: admin } = await makeAdministrator(platform);
    const person = await makeUser(platform);
    const { token } = await logIn(person);
    const { token: jwt } = await issueAccessToken(anonymous(), { userId: person.userId });
    const statusOf = async () =>
      (await platform.db.select().from(organizations).where(eq(organizations.id, person.organizationId)))[0]!
        .status;

    await suspendUser(admin, { userId: person.userId, reason: 'spam' });
    expect(await isAlive(token)).toBe(false);
    expect((await refusal(verifyAccessToken(anonymous(), { token: jwt }))).code).toBe('unauthenticated');
    expect(await statusOf()).toBe('suspended');
    expect((await refusal(suspendUser(admin, { userId: person.userId }))).code).toBe('not_found');

    await reinstateUser(admin, { userId: person.userId });
    expect(await statusOf()).toBe('active');
    await verifyLogin(anonymous(), { login: person.username, password: person.password });
    const trail = await platform.db
      .select()
      .from(auditEvents)
      .where(eq(auditEvents.subjectId, person.userId))
      .orderBy(auditEvents.id);
    expect(trail.map((event) => event.action)).toEqual([
      'user.registered',
      'user.suspended',
      'user.reinstated',
    ]);
    expect(trail[1]!.after).toMatchObject({ status: 'suspended', reason: 'spam' });
  });

  it('leaves an organization that has another active owner alone', async () => {
    const { ctx: admin } = await makeAdministrator(platform);
    const [person, partner] = [await makeUser(platform), await makeUser(platform)];
    await platform.db.insert(memberships).values({
      organizationId: person.organizationId,
      userId: partner.userId,
      role: 'owner',
    });
    await suspendUser(admin, { userId: person.userId });
    const [shared] = await platform.db
      .select()
      .from(organizations)
      .where(eq(organizations.id, person.organizationId));
    expect(shared!.status).toBe('active');
  });

  it('is for administrators, and never for oneself', async () => {
    const { ctx: admin } = await makeAdministrator(platform);
    const [person, stranger] = [await makeUser(platform), await makeUser(platform)];
    expect((await refusal(suspendUser(person.ctx, { userId: stranger.userId }))).code).toBe('forbidden');
    expect((await refusal(reinstateUser(person.ctx, { userId: stranger.userId }))).code).toBe('forbidden');
    expect((await refusal(listUsers(person.ctx))).code).toBe('forbidden');
    const own = admin.actor.type === 'user' ? admin.actor.userId : '';
    expect((await refusal(suspendUser(admin, { userId: own }))).code).toBe('conflict');
  });
});

describe('listUsers', () => {
  it('finds parts of names and takes wildcards for letters', async () => {
    const { ctx: admin } = await makeAdministrator(platform);
    const person = await makeUser(platform, { username: unique('odd_one') });
    const part = person.username.slice(2).toUpperCase();
    expect((await listUsers(admin, { query: part })).items.map((user) => user.id)).toEqual([person.userId]);
    expect((await listUsers(admin, { query: '%' })).total).toBe(0);
    expect((await listUsers(admin, { query: person.username.replace('_', '?') })).total).toBe(0);
    const all = await listUsers(admin, { page: 1 });
    expect(all.items.length).toBeLessThanOrEqual(25);
    expect(all.total).toBeGreaterThan(1);
    expect(JSON.stringify(all)).not.toContain('argon2');
  });
});
