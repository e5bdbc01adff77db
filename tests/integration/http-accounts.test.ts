/** Accounts through their routes: pages with forms and cookies, and the same over the API. */
import type { ActionFunctionArgs, AppLoadContext, LoaderFunctionArgs } from '@remix-run/node';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiLoader } from '../../app/http/api.ts';
import { requireAdmin, requireSeller, requireUser } from '../../app/http/require-user.ts';
import type { FormFailure } from '../../app/http/run-action.ts';
import { newId } from '../../app/lib/ids.ts';
import * as profile from '../../app/routes/account/profile.tsx';
import * as security from '../../app/routes/account/security.tsx';
import * as adminUsers from '../../app/routes/admin/users.tsx';
import * as apiLogin from '../../app/routes/api/auth-login.ts';
import * as apiRegister from '../../app/routes/api/auth-register.ts';
import * as apiNotFound from '../../app/routes/api/not-found.ts';
import * as login from '../../app/routes/auth/login.tsx';
import * as logout from '../../app/routes/auth/logout.ts';
import * as register from '../../app/routes/auth/register.tsx';
import * as organization from '../../app/routes/resources/organization.ts';
import { memberships, organizations, users } from '../../db/schema/index.ts';
import { makeAdministrator, makeSeller, makeUser, unique } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

type Args = LoaderFunctionArgs & ActionFunctionArgs;

interface Visit {
  path?: string;
  cookie?: string | undefined;
  ip?: string;
  form?: Record<string, string>;
  json?: unknown;
  method?: string;
  bearer?: string;
  headers?: Record<string, string>;
}

let platform: TestPlatform;
let secure: TestPlatform;
let nextHost = 1;

beforeAll(async () => {
  platform = await createTestPlatform();
  secure = await createTestPlatform({ PUBLIC_URL: 'https://market.example' });
});
afterAll(async () => {
  await platform.close();
  await secure.close();
});

function visit(options: Visit = {}, on: TestPlatform = platform): Args {
  const { path = '/', cookie, form, json, bearer, ip = `203.0.113.${nextHost++ % 250}` } = options;
  const headers = new Headers(options.headers);
  if (cookie) headers.set('cookie', cookie);
  if (bearer) headers.set('authorization', `Bearer ${bearer}`);
  if (json !== undefined) headers.set('content-type', 'application/json');
  const body = form ? new URLSearchParams(form) : json === undefined ? null : JSON.stringify(json);
  const request = new Request(on.publicUrl + path, {
    method: options.method ?? (body ? 'POST' : 'GET'),
    headers,
    body,
  });
  const context = {
    platform: on,
    requestId: newId('request'),
    cspNonce: '',
    clientIp: ip,
  } satisfies AppLoadContext;
  return { request, params: {}, context };
}

/** What a route gives back or throws, whichever shape it has. */
async function outcome(work: Promise<unknown>): Promise<{ status: number; headers: Headers; data: unknown }> {
  let result: unknown;
  try {
    result = await work;
  } catch (thrown) {
    result = thrown;
  }
  if (result instanceof Response) {
    const text = await result.text();
    return { status: result.status, headers: result.headers, data: text ? JSON.parse(text) : null };
  }
  const { data, init } = result as { data: unknown; init?: { status?: number; headers?: HeadersInit } };
  if (init) return { status: init.status ?? 200, headers: new Headers(init.headers), data };
  return { status: 200, headers: new Headers(), data: result };
}

const failureIn = (data: unknown) => data as FormFailure;
const sessionCookieIn = (headers: Headers) =>
  headers
    .getSetCookie()
    .find((cookie) => /^(__Host-)?tollgate=/.test(cookie))
    ?.split(';')[0];

async function logInAs(person: { username: string; password: string }, cookie?: string): Promise<string> {
  const form = { login: person.username, password: person.password };
  const { headers } = await outcome(login.action(visit({ path: '/login', form, cookie })));
  return sessionCookieIn(headers)!;
}

describe('registering on the page', () => {
  const fields = () => ({ username: unique('page'), password: 'four unrelated words', role: 'seller' });

  it('logs in and leads on, to the page one came from', async () => {
    const form = { ...fields(), next: '/services/weather/subscribe', timeZone: 'Asia/Tokyo' };
    const { status, headers } = await outcome(register.action(visit({ path: '/register', form })));
    expect(status).toBe(302);
    expect(headers.get('location')).toBe('/services/weather/subscribe');
    const cookie = sessionCookieIn(headers)!;
    const viewer = await requireUser(visit({ cookie }));
    expect(viewer.user).toMatchObject({ username: form.username, timeZone: 'Asia/Tokyo' });
    expect(viewer.organization.isSeller).toBe(true);
  });

  it('speaks the visitor’s language from then on', async () => {
    const form = fields();
    const args = visit({ path: '/register', form, headers: { 'accept-language': 'zh-HK,zh;q=0.9' } });
    await outcome(register.action(args));
    const [user] = await platform.db.select().from(users).where(eq(users.username, form.username));
    expect(user!.locale).toBe('zh-TW');
  });

  it('never leaves the site', async () => {
    for (const next of ['https://evil.example', '//evil.example', '/\\evil.example']) {
      const { headers } = await outcome(
        register.action(visit({ path: '/register', form: { ...fields(), next } })),
      );
      expect(headers.get('location')).toBe('/seller');
    }
  });

  it('shows what is wrong next to what was typed, but never the password', async () => {
    const form = { ...fields(), password: 'short', email: 'nobody' };
    const { status, data } = await outcome(register.action(visit({ path: '/register', form })));
    expect(status).toBe(400);
    expect(failureIn(data).issues.map((issue) => [issue.field, issue.reason])).toEqual([
      ['password', 'too_short'],
      ['email', 'invalid_email'],
    ]);
    expect(failureIn(data).values).toMatchObject({ username: form.username, email: 'nobody' });
    expect(failureIn(data).values).not.toHaveProperty('password');
  });

  it('cannot make anyone an administrator', async () => {
    const form = { ...fields(), isPlatformAdmin: 'true' };
    const { status } = await outcome(register.action(visit({ path: '/register', form })));
    expect(status).toBe(400);
  });
});

describe('logging in on the page', () => {
  it('sets a session cookie and leads home or back', async () => {
    const seller = await makeSeller(platform);
    const form = { login: seller.username, password: seller.password };
    const { status, headers } = await outcome(login.action(visit({ path: '/login', form })));
    expect([status, headers.get('location')]).toEqual([302, '/seller']);
    const back = await outcome(
      login.action(visit({ path: '/login', form: { ...form, next: '/buyer/keys?a=b' } })),
    );
    expect(back.headers.get('location')).toBe('/buyer/keys?a=b');
  });

  it('uses a __Host- cookie over https', async () => {
    const person = await makeUser(secure);
    const form = { login: person.username, password: person.password };
    const { headers } = await outcome(login.action(visit({ path: '/login', form }, secure)));
    const cookie = headers.getSetCookie()[0]!;
    expect(cookie).toMatch(
      /^__Host-tollgate=[\w-]{43}; Path=\/; Max-Age=\d+; SameSite=Lax; HttpOnly; Secure$/,
    );
  });

  it('answers unknown users and wrong passwords with the same bytes', async () => {
    const person = await makeUser(platform);
    const answers = [];
    for (const name of [person.username, unique('nobody')]) {
      const args = visit({ path: '/login', form: { login: name, password: 'wrong guess' } });
      const { status, data } = await outcome(login.action(args));
      const text = JSON.stringify(data).replaceAll(name, '').replaceAll(args.context.requestId, '');
      answers.push([status, text]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]![0]).toBe(401);
  });

  it('says how long to wait when there were too many attempts', async () => {
    const person = await makeUser(platform);
    const attempt = () =>
      outcome(
        login.action(
          visit({
            path: '/login',
            ip: '192.0.2.44',
            form: { login: person.username, password: 'wrong guess' },
          }),
        ),
      );
    for (let i = 0; i < 10; i++) expect((await attempt()).status).toBe(401);
    const { status, headers, data } = await attempt();
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(failureIn(data).error?.retryAfterSeconds).toBeGreaterThan(0);
  });

  it('rotates the session: the old cookie is dead', async () => {
    const person = await makeUser(platform);
    const first = await logInAs(person);
    const second = await logInAs(person, first);
    expect(second).not.toBe(first);
    expect((await outcome(requireUser(visit({ cookie: first })))).status).toBe(302);
    expect((await requireUser(visit({ cookie: second }))).user.id).toBe(person.userId);
  });

  it('ends at log-out, and a mere link does not log out', async () => {
    const cookie = await logInAs(await makeUser(platform));
    expect(logout.loader().headers.get('set-cookie')).toBeNull();
    await requireUser(visit({ cookie }));
    const { headers } = await outcome(logout.action(visit({ path: '/logout', cookie, method: 'POST' })));
    expect(headers.getSetCookie().join()).toContain('tollgate=; Path=/; Max-Age=0');
    expect((await outcome(requireUser(visit({ cookie })))).status).toBe(302);
  });
});

describe('guards', () => {
  it('send visitors to log in, and back', async () => {
    const { status, headers } = await outcome(
      requireUser(visit({ path: '/buyer/keys.data?tab=a&_routes=x' })),
    );
    expect(status).toBe(302);
    expect(headers.get('location')).toBe(`/login?next=${encodeURIComponent('/buyer/keys?tab=a')}`);
  });

  it('send buyers to where selling is switched on', async () => {
    const cookie = await logInAs(await makeUser(platform));
    const { headers } = await outcome(requireSeller(visit({ path: '/seller', cookie })));
    expect(headers.get('location')).toBe('/account?enable=selling');
  });

  it('hide the administrators’ pages from everyone else', async () => {
    const cookie = await logInAs(await makeSeller(platform));
    expect((await outcome(requireAdmin(visit({ path: '/admin', cookie })))).status).toBe(404);
    expect((await outcome(adminUsers.loader(visit({ path: '/admin/users', cookie })))).status).toBe(404);
    const form = { intent: 'suspend', userId: 'usr_1' };
    expect((await outcome(adminUsers.action(visit({ path: '/admin/users', cookie, form })))).status).toBe(
      404,
    );
    const admin = await logInAs(await makeAdministrator(platform));
    expect((await requireAdmin(visit({ path: '/admin', cookie: admin }))).user.isPlatformAdmin).toBe(true);
  });

  it('hold a user with a generated password at the page where it is changed', async () => {
    const person = await makeUser(platform);
    const cookie = await logInAs(person);
    await platform.db.update(users).set({ mustChangePassword: true }).where(eq(users.id, person.userId));
    const fresh = await logInAs(person, cookie);
    const { headers } = await outcome(requireUser(visit({ path: '/buyer', cookie: fresh })));
    expect(headers.get('location')).toBe('/account/security');
    const form = {
      intent: 'password',
      currentPassword: person.password,
      newPassword: 'four unrelated words',
    };
    const changed = await outcome(security.action(visit({ path: '/account/security', cookie: fresh, form })));
    expect([changed.status, changed.headers.get('location')]).toEqual([302, '/buyer']);
    const next = sessionCookieIn(changed.headers)!;
    expect((await requireUser(visit({ path: '/buyer', cookie: next }))).user.mustChangePassword).toBe(false);
    expect((await outcome(requireUser(visit({ path: '/buyer', cookie: fresh })))).status).toBe(302);
  });
});

describe('the personal centre', () => {
  it('saves profile and organization, and switches selling on', async () => {
    const person = await makeUser(platform);
    const cookie = await logInAs(person);
    const save = (form: Record<string, string>) =>
      outcome(profile.action(visit({ path: '/account', cookie, form })));
    const saved = await save({
      intent: 'profile',
      displayName: 'Ada',
      email: `${person.username}@example.com`,
      locale: 'ja',
      theme: 'dark',
      timeZone: 'Asia/Tokyo',
    });
    expect(saved.status).toBe(302);
    expect(saved.headers.getSetCookie().join()).toMatch(/tollgate_locale=ja.*tollgate_theme=dark/);
    await save({ intent: 'organization', name: 'Analytical Engines', timeZone: 'Europe/London' });
    await save({ intent: 'enable-selling' });
    const viewer = await requireSeller(visit({ path: '/seller', cookie }));
    expect(viewer.user).toMatchObject({ displayName: 'Ada', locale: 'ja', theme: 'dark' });
    expect(viewer.organization).toMatchObject({ name: 'Analytical Engines', timeZone: 'Europe/London' });

    await save({
      intent: 'profile',
      displayName: 'Ada',
      email: '',
      locale: 'ja',
      theme: 'dark',
      timeZone: 'UTC',
    });
    expect((await requireUser(visit({ cookie }))).user.email).toBeNull();
  });

  it('does not say whose e-mail address one wanted', async () => {
    const [person, other] = [await makeUser(platform), await makeUser(platform)];
    const email = `${other.username}@example.com`;
    await platform.db.update(users).set({ email }).where(eq(users.id, other.userId));
    const cookie = await logInAs(person);
    const form = { intent: 'profile', displayName: 'Ada', email: email.toUpperCase() };
    const { status, data } = await outcome(profile.action(visit({ path: '/account', cookie, form })));
    expect(status).toBe(409);
    expect(failureIn(data).issues).toEqual([{ field: 'email', reason: 'email_unavailable' }]);
  });

  it('does not end sessions of others, nor switch to organizations of others', async () => {
    const [person, other] = [await makeUser(platform), await makeUser(platform)];
    const [cookie, foreign] = [await logInAs(person), await logInAs(other)];
    const { sessionId } = await requireUser(visit({ cookie: foreign }));
    const revoked = await outcome(
      security.action(visit({ path: '/account/security', cookie, form: { intent: 'revoke', sessionId } })),
    );
    expect(revoked.status).toBe(404);
    await requireUser(visit({ cookie: foreign }));
    const switched = await outcome(
      organization.action(
        visit({ path: '/resources/organization', cookie, form: { organizationId: other.organizationId } }),
      ),
    );
    expect(switched.status).toBe(404);
    expect((await requireUser(visit({ cookie }))).organization.id).toBe(person.organizationId);
  });

  it('lets nobody but administrators of the organization change it', async () => {
    const person = await makeUser(platform);
    const cookie = await logInAs(person);
    await platform.db
      .update(memberships)
      .set({ role: 'member' })
      .where(eq(memberships.userId, person.userId));
    const fresh = await logInAs(person, cookie);
    const form = { intent: 'organization', name: 'Mine now' };
    const { status } = await outcome(profile.action(visit({ path: '/account', cookie: fresh, form })));
    expect(status).toBe(403);
    const [row] = await platform.db
      .select()
      .from(organizations)
      .where(eq(organizations.id, person.organizationId));
    expect(row!.name).not.toBe('Mine now');
  });
});

describe('the API', () => {
  const whoami = apiLoader(async ({ ctx }) => ({ actor: ctx.actor }));

  it('registers and logs in, in snake_case, with a token that works', async () => {
    const json = {
      username: unique('api'),
      password: 'four unrelated words',
      email: `${unique('api')}@example.com`,
      role: 'seller',
      display_name: 'Api Person',
    };
    const made = await outcome(apiRegister.action(visit({ path: '/api/v1/auth/register', json })));
    expect(made.status).toBe(201);
    expect(made.headers.get('cache-control')).toBe('no-store');
    expect(made.data).toMatchObject({
      user: {
        username: json.username,
        email: json.email,
        display_name: 'Api Person',
        is_platform_admin: false,
      },
      organization: { is_seller: true },
      token_type: 'Bearer',
      expires_in: 72 * 3600,
    });
    expect(JSON.stringify(made.data)).not.toMatch(/argon2|password_hash|passwordHash/);
    for (const credentials of [
      { username: json.username },
      { email: json.email },
      { login: json.username },
    ]) {
      const { status, data } = await outcome(
        apiLogin.action(
          visit({ path: '/api/v1/auth/login', json: { ...credentials, password: json.password } }),
        ),
      );
      expect(status).toBe(200);
      const { token, user } = data as { token: string; user: { id: string } };
      const me = await outcome(whoami(visit({ path: '/api/v1/x', bearer: token })));
      expect(me.data).toMatchObject({ actor: { type: 'user', userId: user.id, role: 'owner' } });
    }
  });

  it('names unknown fields and where the fault is, as the caller wrote it', async () => {
    const json = { username: unique('api'), password: 'four unrelated words', is_platform_admin: true };
    const unknown = await outcome(apiRegister.action(visit({ path: '/api/v1/auth/register', json })));
    expect(unknown.status).toBe(400);
    expect(unknown.data).toMatchObject({
      error: { type: 'invalid_request_error', code: 'invalid_request', param: 'is_platform_admin' },
    });
    const long = { username: unique('api'), password: 'four unrelated words', display_name: 'x'.repeat(100) };
    const tooLong = await outcome(apiRegister.action(visit({ path: '/api/v1/auth/register', json: long })));
    expect(tooLong.data).toMatchObject({ error: { param: 'display_name' } });
  });

  it('answers wrong credentials with one 401 for all', async () => {
    const person = await makeUser(platform);
    const answers = [];
    for (const username of [person.username, unique('nobody')]) {
      const args = visit({ path: '/api/v1/auth/login', json: { username, password: 'wrong guess' } });
      const { status, data } = await outcome(apiLogin.action(args));
      answers.push([status, JSON.stringify(data).replaceAll(args.context.requestId, '')]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]![1]).toContain('"code":"invalid_credentials"');
  });

  it('takes tokens only: a session cookie opens nothing', async () => {
    const cookie = await logInAs(await makeUser(platform));
    const { status, headers, data } = await outcome(whoami(visit({ path: '/api/v1/x', cookie })));
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain('Bearer');
    expect(data).toMatchObject({ error: { code: 'unauthenticated', type: 'authentication_error' } });
    const junk = await outcome(whoami(visit({ path: '/api/v1/x', bearer: 'a.b.c' })));
    expect(junk.status).toBe(401);
  });

  it('answers methods and addresses that do not exist in JSON', async () => {
    const get = await outcome(apiLogin.loader(visit({ path: '/api/v1/auth/login' })));
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    const put = await outcome(
      apiLogin.action(visit({ path: '/api/v1/auth/login', method: 'PUT', json: {} })),
    );
    expect(put.status).toBe(405);
    const nowhere = await outcome(apiNotFound.loader(visit({ path: '/api/v1/nowhere' })));
    expect(nowhere.status).toBe(404);
    expect(nowhere.data).toMatchObject({ error: { code: 'not_found', type: 'not_found_error' } });
  });

  it('hides what went wrong inside, and gives the id that finds it', async () => {
    const broken = apiLoader(
      async () => {
        throw new Error('relation "secret_table" does not exist');
      },
      { authenticate: 'none' },
    );
    const args = visit({ path: '/api/v1/x' });
    const { status, data } = await outcome(broken(args));
    expect(status).toBe(500);
    expect(JSON.stringify(data)).not.toContain('secret_table');
    expect(data).toMatchObject({ error: { code: 'internal', request_id: args.context.requestId } });
  });

  it('refuses text that the database cannot store as the caller’s fault', async () => {
    const json = { login: 'a\0b', password: 'four unrelated words' };
    const { status, data } = await outcome(apiLogin.action(visit({ path: '/api/v1/auth/login', json })));
    expect(status).toBe(400);
    expect(data).toMatchObject({ error: { code: 'invalid_request' } });
    const form = { ...json, next: '/' };
    const page = await outcome(login.action(visit({ path: '/login', form })));
    expect(page.status).toBe(400);
  });

  it('says 503 when the database does not answer', async () => {
    const down = apiLoader(
      async () => {
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      },
      { authenticate: 'none' },
    );
    const { status, headers, data } = await outcome(down(visit({ path: '/api/v1/x' })));
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
    expect(data).toMatchObject({ error: { code: 'storage_unavailable' } });
  });
});
