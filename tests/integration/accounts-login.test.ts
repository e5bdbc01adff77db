/** Registering and logging in: what is created, what is told, and how often one may try. */
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAdministrator, registerUser, verifyLogin } from '../../app/domain/users/index.ts';
import { isAppError, type AppError } from '../../app/lib/app-error.ts';
import { auditEvents, memberships, organizations, users, wallets } from '../../db/schema/index.ts';
import { createTestClock } from '../support/clock.ts';
import { makeUser, unique } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const clock = createTestClock();
let platform: TestPlatform;
let nextHost = 1;

beforeAll(async () => {
  platform = await createTestPlatform({}, { clock });
});
afterAll(() => platform.close());
afterEach(() => vi.restoreAllMocks());

const from = (ipAddress: string | null) => platform.createContext({ type: 'anonymous' }, { ipAddress });
/** An address that no other test tried from. */
const fresh = () => from(`198.51.100.${nextHost++}`);

async function refusal(work: Promise<unknown>): Promise<AppError> {
  try {
    await work;
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('registerUser', () => {
  it('creates user, organization, ownership, wallet and trace together', async () => {
    const username = unique('Someone');
    const { user, organization } = await registerUser(fresh(), {
      username,
      password: 'four unrelated words here',
      email: `${username}@example.com`,
      role: 'seller',
      timeZone: 'Asia/Taipei',
    });
    expect(user).toMatchObject({
      username,
      isPlatformAdmin: false,
      status: 'active',
      timeZone: 'Asia/Taipei',
    });
    expect(user).not.toHaveProperty('passwordHash');
    expect(organization.slug).toBe(username.toLowerCase());
    expect(organization.sellingEnabledAt).not.toBeNull();
    const [membership] = await platform.db.select().from(memberships).where(eq(memberships.userId, user.id));
    expect(membership).toMatchObject({ organizationId: organization.id, role: 'owner' });
    const [wallet] = await platform.db
      .select()
      .from(wallets)
      .where(eq(wallets.organizationId, organization.id));
    expect(wallet).toMatchObject({ availableNanos: 0n, heldNanos: 0n });
    const [stored] = await platform.db.select().from(users).where(eq(users.id, user.id));
    expect(stored!.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const trail = await platform.db.select().from(auditEvents).where(eq(auditEvents.subjectId, user.id));
    expect(trail.map((event) => event.action)).toEqual(['user.registered']);
  });

  it('lets a buyer buy only, until selling is switched on', async () => {
    const { organization } = await registerUser(fresh(), {
      username: unique('buyer'),
      password: 'four unrelated words here',
    });
    expect(organization.sellingEnabledAt).toBeNull();
  });

  it('gives organizations different slugs when usernames differ only in punctuation', async () => {
    const stem = unique('a').replace('-', '');
    const made = [];
    for (const username of [`${stem}.x`, `${stem}-x`, `${stem}_x`]) {
      made.push(
        (await registerUser(fresh(), { username, password: 'four unrelated words' })).organization.slug,
      );
    }
    expect(new Set(made).size).toBe(3);
    expect(made.every((slug) => /^[a-z0-9-]+$/.test(slug))).toBe(true);
  });

  it('answers a taken username and a known e-mail address with the same words, and creates nothing', async () => {
    const known = unique('known');
    await registerUser(fresh(), {
      username: known,
      email: `${known}@example.com`,
      password: 'four unrelated words here',
    });
    const count = () => platform.db.$count(organizations);
    const before = await count();
    const byName = await refusal(
      registerUser(fresh(), { username: known.toUpperCase(), password: 'four unrelated words here' }),
    );
    const byEmail = await refusal(
      registerUser(fresh(), {
        username: unique('other'),
        email: `${known.toUpperCase()}@EXAMPLE.com`,
        password: 'four unrelated words here',
      }),
    );
    expect(byName.code).toBe('already_exists');
    expect({ ...byEmail, stack: '' }).toEqual({ ...byName, stack: '' });
    expect(byEmail.message).toBe(byName.message);
    expect(await count()).toBe(before);
  });

  it.each([
    [{ username: 'ab' }, 'username', 'too_short'],
    [{ username: 'a'.repeat(40) }, 'username', 'too_long'],
    [{ username: '-dash' }, 'username', 'invalid_username'],
    [{ username: 'a b c' }, 'username', 'invalid_username'],
    [{ username: 'Admin' }, 'username', 'reserved'],
    [{ password: 'short' }, 'password', 'too_short'],
    [{ password: 'x'.repeat(257) }, 'password', 'too_long'],
    [{ password: 'Password1' }, 'password', 'common_password'],
    [{ email: 'nobody' }, 'email', 'invalid_email'],
    [{ timeZone: 'Mars/Olympus' }, 'timeZone', 'invalid_choice'],
    [{ isPlatformAdmin: true }, 'isPlatformAdmin', 'unknown_field'],
  ])('refuses %j', async (fields, field, reason) => {
    const error = await refusal(
      registerUser(fresh(), { username: unique('user'), password: 'four unrelated words', ...fields }),
    );
    expect(error.code).toBe('invalid_request');
    expect(error.issues).toMatchObject([{ field, reason }]);
  });

  it('accepts a password of 64 characters and more', async () => {
    const password = 'p4'.repeat(64);
    const username = unique('long');
    await registerUser(fresh(), { username, password });
    expect((await verifyLogin(fresh(), { login: username, password })).username).toBe(username);
  });
});

describe('createAdministrator', () => {
  it('is for the first run only: nobody can call it', async () => {
    const person = await makeUser(platform);
    const input = { username: unique('boss'), password: 'four unrelated words', mustChangePassword: false };
    expect((await refusal(createAdministrator(person.ctx, input))).code).toBe('forbidden');
  });
});

describe('verifyLogin', () => {
  it('takes the username or the e-mail address, in any case', async () => {
    const username = unique('Case');
    const email = `${username}@Example.com`;
    const password = 'four unrelated words here';
    const { user } = await registerUser(fresh(), { username, email, password });
    for (const login of [username, username.toLowerCase(), email, email.toUpperCase(), `  ${username} `]) {
      expect((await verifyLogin(fresh(), { login, password })).id).toBe(user.id);
    }
  });

  it('answers unknown user, wrong password and unknown address alike, with one hash each', async () => {
    const known = await makeUser(platform);
    const verify = vi.spyOn(platform.passwords, 'verify');
    const errors = [];
    for (const login of [known.username, unique('nobody'), `${unique('nobody')}@example.com`]) {
      errors.push(await refusal(verifyLogin(fresh(), { login, password: 'not the password' })));
    }
    expect(verify).toHaveBeenCalledTimes(3);
    expect(
      new Set(errors.map((error) => JSON.stringify([error.code, error.message, error.issues]))).size,
    ).toBe(1);
    expect(errors[0]!.code).toBe('invalid_credentials');
  });

  it('computes at most ten hashes for a thousand wrong log-ins from one network', async () => {
    const victim = await makeUser(platform);
    const verify = vi.spyOn(platform.passwords, 'verify');
    const network = '2001:db8:7:7';
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        refusal(
          verifyLogin(from(`${network}::${(i + 1).toString(16)}`), {
            login: i % 2 ? victim.username : victim.username.toUpperCase(),
            password: `guess ${i}`,
          }),
        ),
      ),
    );
    expect(verify.mock.calls.length).toBeLessThanOrEqual(10);
    const limited = outcomes.filter((error) => error.code === 'rate_limited');
    expect(limited.length).toBeGreaterThanOrEqual(990);
    expect(limited.every((error) => (error.retryAfterSeconds ?? 0) > 0)).toBe(true);

    // The owner comes from elsewhere, and is let in at once.
    const owner = await verifyLogin(fresh(), { login: victim.username, password: victim.password });
    expect(owner.id).toBe(victim.userId);
  });

  it('counts username and e-mail address of one person as one account', async () => {
    const username = unique('both');
    const email = `${username}@example.com`;
    await registerUser(fresh(), { username, email, password: 'four unrelated words here' });
    const verify = vi.spyOn(platform.passwords, 'verify');
    const ctx = fresh();
    for (let i = 0; i < 20; i++) {
      await refusal(verifyLogin(ctx, { login: i % 2 ? username : email, password: 'wrong guess' }));
    }
    expect(verify.mock.calls.length).toBe(10);
  });

  it('stops one network from trying many accounts', async () => {
    const verify = vi.spyOn(platform.passwords, 'verify');
    const ctx = fresh();
    for (let i = 0; i < 80; i++) {
      await refusal(verifyLogin(ctx, { login: unique('spray'), password: 'Winter2026!' }));
    }
    expect(verify.mock.calls.length).toBe(60);
  });

  it('lets an office of many people log in from one address', async () => {
    const people = await Promise.all(Array.from({ length: 7 }, () => makeUser(platform)));
    const ctx = fresh();
    for (let round = 0; round < 10; round++) {
      for (const person of people) {
        await verifyLogin(ctx, { login: person.username, password: person.password });
      }
    }
  });

  it('forgets failures after a success, and after a quarter of an hour', async () => {
    const person = await makeUser(platform);
    const ctx = fresh();
    const fail = () => refusal(verifyLogin(ctx, { login: person.username, password: 'wrong guess' }));
    for (let i = 0; i < 9; i++) expect((await fail()).code).toBe('invalid_credentials');
    await verifyLogin(ctx, { login: person.username, password: person.password });
    for (let i = 0; i < 10; i++) expect((await fail()).code).toBe('invalid_credentials');
    expect((await fail()).code).toBe('rate_limited');
    clock.advance(16 * 60 * 1000);
    expect((await fail()).code).toBe('invalid_credentials');
  });

  it('tells a suspended user so only with the right password', async () => {
    const person = await makeUser(platform);
    await platform.db.update(users).set({ status: 'suspended' }).where(eq(users.id, person.userId));
    const wrong = await refusal(verifyLogin(fresh(), { login: person.username, password: 'wrong guess' }));
    const right = await refusal(verifyLogin(fresh(), { login: person.username, password: person.password }));
    expect([wrong.code, right.code]).toEqual(['invalid_credentials', 'forbidden']);
  });

  it('renews a hash made with older parameters', async () => {
    const person = await makeUser(platform);
    vi.spyOn(platform.passwords, 'isOutdated').mockReturnValueOnce(true);
    const hashOf = async () =>
      (await platform.db.select().from(users).where(eq(users.id, person.userId)))[0]!.passwordHash;
    const before = await hashOf();
    await verifyLogin(fresh(), { login: person.username, password: person.password });
    expect(await hashOf()).not.toBe(before);
    await verifyLogin(fresh(), { login: person.username, password: person.password });
  });
});
