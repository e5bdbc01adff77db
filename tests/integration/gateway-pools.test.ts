import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestClock, type TestClock } from '../support/clock.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

type Behaviour = (response: ServerResponse) => void;

/** What two processes have in common. */
const environment = {
  KEY_PEPPER: randomBytes(32).toString('hex'),
  ENCRYPTION_KEY: `k1:${randomBytes(32).toString('base64')}`,
};
let clock: TestClock;
let fixture: GatewayFixture;
let upstream: Upstream;
/** What the upstream answers to each secret; others get 200. */
let answers: Record<string, Behaviour>;

beforeAll(async () => {
  clock = createTestClock();
  fixture = await createGatewayFixture({
    environment,
    platform: { clock },
    limits: { breakerFailures: 5, breakerOpenMs: 30_000 },
  });
  upstream = await startUpstream((request, response) => {
    const secret = request.headers.authorization?.replace('Bearer ', '') ?? '';
    request.resume();
    request.on('end', () => (answers[secret] ?? ok)(response));
  });
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

beforeEach(() => {
  answers = {};
  clock.set(Date.now());
});

const ok: Behaviour = (response) => void response.end('fine');
const say =
  (status: number, headers: Record<string, string> = {}, body = 'no'): Behaviour =>
  (response) =>
    void response.writeHead(status, headers).end(body);
const reset: Behaviour = (response) => void response.socket!.destroy();

interface Pool {
  service: AddedService;
  plan: AddedPlan;
  buyer: AddedBuyer;
  /** Ids by secret. */
  ids: Record<string, string>;
  get(path?: string, init?: RequestInit, buyer?: AddedBuyer): Promise<Response>;
}

/** A service whose one upstream has these secrets. */
async function pool(
  secrets: readonly string[],
  {
    maxRetries = 2,
    ...values
  }: { maxRetries?: number; maxConcurrency?: number; firstByteTimeoutMs?: number } = {},
): Promise<Pool> {
  const service = await fixture.addService({ baseUrl: upstream.url, upstream: { maxRetries, ...values } });
  const ids: Record<string, string> = {};
  for (const secret of secrets)
    ids[secret] = await fixture.addCredential(service, service.upstreamId, secret);
  const plan = await fixture.addPlan(service, { kind: 'free' });
  const buyer = await fixture.addBuyer(plan);
  return {
    service,
    plan,
    buyer,
    ids,
    get: (path = '/x', init = {}, caller = buyer) =>
      fixture.call(`/proxy/v1/${service.slug}${path}`, caller.key.secret, init),
  };
}

async function credential(id: string) {
  const [row] = await fixture.platform.database.sql`select status, disabled_reason, refusals, last_failure,
    extract(epoch from cooling_until - now()) as cooling_seconds from credentials where id = ${id}`;
  return row as unknown as {
    status: string;
    disabled_reason: string | null;
    refusals: number;
    last_failure: string | null;
    cooling_seconds: string | null;
  };
}

/** Calls until the pool has tried this secret. */
async function callUntilTried(one: Pool, secret: string, buyer = one.buyer): Promise<Response> {
  for (let i = 0; i < 40; i++) {
    const before = upstream.requests.length;
    const answer = await one.get('/x', {}, buyer);
    const tried = upstream.requests
      .slice(before)
      .some(({ headers }) => headers.authorization === `Bearer ${secret}`);
    if (tried) return answer;
    await answer.arrayBuffer();
  }
  throw new Error(`${secret} was never tried`);
}

const nextMidnight = (): number => 86_400 - ((Date.now() / 1_000) % 86_400);

describe('an answer that says something about one of two credentials', () => {
  it.each([401, 403, 407])(
    '%i: the buyer gets the other’s answer; the second one disables it',
    async (status) => {
      const one = await pool(['sk-bad', 'sk-good']);
      answers['sk-bad'] = say(status);
      const first = await callUntilTried(one, 'sk-bad');
      expect([first.status, first.headers.get('x-tollgate-attempts')]).toEqual([200, '2']);
      await until(
        'the refusal is written',
        async () => (await credential(one.ids['sk-bad']!)).refusals === 1,
      );
      const other = await fixture.addBuyer(one.plan);
      expect((await callUntilTried(one, 'sk-bad', other)).status).toBe(200);
      await until('it is disabled', async () => (await credential(one.ids['sk-bad']!)).status === 'disabled');
      expect(await credential(one.ids['sk-bad']!)).toMatchObject({
        disabled_reason: 'refused',
        last_failure: `${status}`,
      });
      await expect(callUntilTried(one, 'sk-bad')).rejects.toThrow('never tried');
      expect((await credential(one.ids['sk-good']!)).refusals).toBe(0);
    },
  );

  it.each([
    ['Retry-After in seconds', () => ({ 'retry-after': '7' }), '', () => 7],
    [
      'Retry-After as a date',
      () => ({ 'retry-after': new Date(Date.now() + 90_000).toUTCString() }),
      '',
      () => 90,
    ],
    [
      'the reset of the limit that is used up',
      () => ({
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '1m30s',
        'x-ratelimit-remaining-tokens': '900',
        'x-ratelimit-reset-tokens': '1h0m0s',
      }),
      '',
      () => 90,
    ],
    ['a quota that is gone for today', () => ({}), '{"error":{"code":"insufficient_quota"}}', nextMidnight],
    ['nothing at all', () => ({}), '', () => 5],
  ] as [string, () => Record<string, string>, string, () => number][])(
    '429 with %s: it rests exactly until then',
    async (_name, headers, body, seconds) => {
      const one = await pool(['sk-busy', 'sk-free']);
      answers['sk-busy'] = say(429, headers(), body);
      expect((await callUntilTried(one, 'sk-busy')).status).toBe(200);
      const cooling = await until('it rests', async () => {
        const { cooling_seconds: left } = await credential(one.ids['sk-busy']!);
        return left !== null && Math.abs(Number(left) - seconds()) < 3 ? left : null;
      });
      expect(Number(cooling)).toBeGreaterThan(0);
      expect(await credential(one.ids['sk-busy']!)).toMatchObject({ status: 'active', last_failure: '429' });
      await expect(callUntilTried(one, 'sk-busy')).rejects.toThrow('never tried');
    },
  );

  it.each([500, 502, 503, 529])('%i: the other is tried, and neither is marked', async (status) => {
    const one = await pool(['sk-ill', 'sk-well']);
    answers['sk-ill'] = say(status);
    expect((await callUntilTried(one, 'sk-ill')).status).toBe(200);
    expect(await credential(one.ids['sk-ill']!)).toMatchObject({
      status: 'active',
      refusals: 0,
      cooling_seconds: null,
    });
  });

  it('a reset of the connection: the other is tried for what may be repeated', async () => {
    const one = await pool(['sk-ill', 'sk-well']);
    answers['sk-ill'] = reset;
    expect((await callUntilTried(one, 'sk-ill')).status).toBe(200);
  });

  it.each([400, 404, 409, 422])(
    '%i is the caller’s affair: it passes, and nothing counts',
    async (status) => {
      const one = await pool(['sk-a', 'sk-b']);
      answers = { 'sk-a': say(status), 'sk-b': say(status) };
      for (let i = 0; i < 8; i++) {
        const answer = await one.get();
        expect([answer.status, answer.headers.get('x-tollgate-attempts')]).toEqual([status, '1']);
      }
      for (const id of Object.values(one.ids))
        expect(await credential(id)).toMatchObject({ refusals: 0, last_failure: null });
    },
  );

  it('of one buyer’s calls alone never disables it: any path may refuse a caller', async () => {
    const one = await pool(['sk-only'], { maxRetries: 0 });
    answers['sk-only'] = say(403);
    for (let i = 0; i < 5; i++) expect((await one.get('/login')).status).toBe(502);
    await until(
      'the refusals are written',
      async () => (await credential(one.ids['sk-only']!)).refusals === 1,
    );
    expect(await credential(one.ids['sk-only']!)).toMatchObject({ status: 'active', last_failure: '403' });
    answers = {};
    expect((await one.get()).status).toBe(200);
  });

  it('of one buyer’s calls is written once, however many there are', async () => {
    const one = await pool(['sk-shut'], { maxRetries: 0 });
    answers['sk-shut'] = say(403);
    const version = async (): Promise<string> => {
      const [row] = await fixture.platform.database
        .sql`select xmin::text as version from credentials where id = ${one.ids['sk-shut']!}`;
      return row!['version'] as string;
    };
    await one.get('/forbidden');
    await until('the refusal is written', async () => (await credential(one.ids['sk-shut']!)).refusals === 1);
    const written = await version();
    await Promise.all(Array.from({ length: 20 }, () => one.get('/forbidden')));
    await fixture.waitForEvents(one.buyer.organizationId, 21);
    expect(await version()).toBe(written);
    const other = await fixture.addBuyer(one.plan);
    await one.get('/forbidden', {}, other);
    await until('it is disabled', async () => (await credential(one.ids['sk-shut']!)).status === 'disabled');
  });

  it('of an LLM: a 403 may be about what one buyer asked for, a 401 never is', async () => {
    const service = await fixture.addService({
      baseUrl: `${upstream.url}/v1`,
      kind: 'llm',
      upstream: { dialect: 'openai-chat', models: ['small'] },
    });
    const id = await fixture.addCredential(service, service.upstreamId, 'sk-llm');
    const plan = await fixture.addPlan(service, { kind: 'free' });
    const ask = async (buyer: AddedBuyer): Promise<number> => {
      const answer = await fixture.call(`/llm/${service.slug}/v1/chat/completions`, buyer.key.secret, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'small', messages: [{ role: 'user', content: 'Hi' }] }),
      });
      await answer.text();
      return answer.status;
    };
    const one = await fixture.addBuyer(plan);
    answers['sk-llm'] = say(403, {}, '{"error":{"message":"no permission to access the file"}}');
    for (let i = 0; i < 4; i++) expect(await ask(one)).toBe(502);
    await until('the refusals are written', async () => (await credential(id)).refusals === 1);
    expect((await credential(id)).status).toBe('active');
    answers['sk-llm'] = say(401);
    expect(await ask(one)).toBe(502);
    await until('it is disabled', async () => (await credential(id)).status === 'disabled');
  });

  it.each([
    [402, '{"error":{"message":"Insufficient Balance"}}'],
    [400, '{"error":{"message":"Your credit balance is too low to access the Anthropic API."}}'],
    [403, '{"error":{"code":"insufficient_user_quota"}}'],
  ])('of an LLM: a seller’s account without money is no matter of the buyer’s (%i)', async (status, body) => {
    const service = await fixture.addService({
      baseUrl: `${upstream.url}/v1`,
      kind: 'llm',
      upstream: { dialect: 'openai-chat', models: ['small'], maxRetries: 2 },
    });
    const id = await fixture.addCredential(service, service.upstreamId, 'sk-poor');
    const { key } = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
    const ask = (): Promise<Response> =>
      fixture.call(`/llm/${service.slug}/v1/chat/completions`, key.secret, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'small', messages: [{ role: 'user', content: 'Hi' }] }),
      });
    answers['sk-poor'] = say(status, {}, body);
    const alone = await ask();
    expect([alone.status, await alone.json()]).toMatchObject([
      502,
      { error: { code: 'upstream_auth_failed' } },
    ]);
    await until('it rests', async () => (await credential(id)).cooling_seconds !== null);
    expect(Number((await credential(id)).cooling_seconds)).toBeCloseTo(nextMidnight(), -2);
    expect((await ask()).status).toBe(503);
    await fixture.platform.database.sql`update credentials set cooling_until = null where id = ${id}`;
    await fixture.addCredential(service, service.upstreamId, 'sk-rich');
    answers['sk-rich'] = say(200, { 'content-type': 'application/json' }, '{"choices":[]}');
    await until('one of the two is tried', async () => (await ask()).status === 200);
    for (let i = 0; i < 10; i++) expect((await ask()).status).toBe(200);
    expect((await credential(id)).status).toBe('active');
  });

  it('of a REST service: a path that wants to be paid says so', async () => {
    const one = await pool(['sk-unpaid']);
    answers['sk-unpaid'] = say(402, {}, 'pay for this');
    for (let i = 0; i < 2; i++) {
      const answer = await one.get();
      expect([answer.status, await answer.text()]).toEqual([402, 'pay for this']);
    }
  });

  it('of an OAuth token: one caller who asks for what is forbidden keeps nobody away', async () => {
    const one = await pool([]);
    const id = await fixture.addCredential(one.service, one.service.upstreamId, 'token', { kind: 'oauth' });
    const other = await fixture.addBuyer(one.plan);
    let refusal = 403;
    answers['token'] = (response) =>
      response.req.url!.includes('forbidden') ? say(refusal)(response) : ok(response);
    expect((await one.get('/forbidden')).status).toBe(502);
    expect((await one.get('/x', {}, other)).status).toBe(200);
    refusal = 401;
    expect((await one.get('/forbidden')).status).toBe(502);
    // It may have ended: it rests until there should be another.
    expect((await one.get('/x', {}, other)).status).toBe(503);
    await until('the rest to be over', async () => Number((await credential(id)).cooling_seconds) < 0);
    clock.advance(10_000);
    expect((await one.get('/x', {}, other)).status).toBe(200);
    expect((await one.get('/forbidden')).status).toBe(502);
    expect((await one.get('/x', {}, other)).status).toBe(200);
  });

  it('a success between two refusals ends the streak', async () => {
    const one = await pool(['sk-moody']);
    answers['sk-moody'] = say(401);
    expect((await one.get()).status).toBe(502);
    await until('one refusal', async () => (await credential(one.ids['sk-moody']!)).refusals === 1);
    answers = {};
    expect((await one.get()).status).toBe(200);
    await until('the streak is over', async () => (await credential(one.ids['sk-moody']!)).refusals === 0);
    answers['sk-moody'] = say(401);
    clock.advance(60_001);
    expect((await one.get()).status).toBe(502);
    await until('one refusal', async () => (await credential(one.ids['sk-moody']!)).refusals === 1);
    expect((await credential(one.ids['sk-moody']!)).status).toBe('active');
  });

  it('of many buyers’ calls disables no only credential that works for others', async () => {
    const one = await pool(['sk-sole']);
    answers['sk-sole'] = (response) => (response.req.url === '/admin' ? say(403) : ok)(response);
    expect((await one.get()).status).toBe(200);
    for (let i = 0; i < 3; i += 1) {
      const attacker = await fixture.addBuyer(one.plan);
      expect((await one.get('/admin', {}, attacker)).status).toBe(502);
    }
    expect((await one.get()).status).toBe(200);
    expect(await credential(one.ids['sk-sole']!)).toMatchObject({ status: 'active', refusals: 0 });
    // Where nothing has worked for a minute it may be the credential after all.
    clock.advance(60_001);
    answers['sk-sole'] = say(403);
    for (let i = 0; i < 2; i += 1) {
      expect((await one.get('/x', {}, await fixture.addBuyer(one.plan))).status).toBe(502);
      await until('the refusal is written', async () => (await credential(one.ids['sk-sole']!)).refusals > i);
    }
    expect((await credential(one.ids['sk-sole']!)).status).toBe('disabled');
  });

  it('the explanation names every attempt, and the failed one costs nothing', async () => {
    const one = await pool(['sk-ill', 'sk-well']);
    answers['sk-ill'] = say(500);
    const id = (await callUntilTried(one, 'sk-ill')).headers.get('x-request-id')!;
    const row = await until('the event', async () => {
      const [found] = await fixture.platform.database
        .sql`select attempts, upstream_id, credential_id, trace, charge_nanos from usage_events where request_id = ${id}`;
      return found;
    });
    expect(row).toMatchObject({
      attempts: 2,
      charge_nanos: '0',
      upstream_id: one.service.upstreamId,
      credential_id: one.ids['sk-well'],
    });
    expect(row['trace'].attempts).toMatchObject([
      { credentialId: one.ids['sk-ill'], status: 500 },
      { credentialId: one.ids['sk-well'], status: 200 },
    ]);
  });
});

describe('when no credential is left', () => {
  it('the last answer passes: 429 with its Retry-After, then 503 until it is over', async () => {
    const one = await pool(['sk-only']);
    answers['sk-only'] = say(429, { 'retry-after': '60' });
    const passed = await one.get();
    expect([passed.status, passed.headers.get('retry-after')]).toEqual([429, '60']);
    expect(passed.headers.get('x-error-source')).toBe('upstream');
    const refused = await one.get();
    expect([refused.status, refused.headers.get('x-error-source')]).toEqual([503, 'gateway']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  });

  it('a reset by the seller is heard within a second', async () => {
    const one = await pool(['sk-only']);
    answers['sk-only'] = say(429, { 'retry-after': '600' });
    await (await one.get()).arrayBuffer();
    await until('it rests', async () => (await credential(one.ids['sk-only']!)).cooling_seconds !== null);
    expect((await one.get()).status).toBe(503);
    answers = {};
    await fixture.platform.database
      .sql`update credentials set cooling_until = null, refusals = 0 where id = ${one.ids['sk-only']!}`;
    await until('it works again', async () => (await one.get()).status === 200, 1_000);
  });

  it('a pool whose credentials are all disabled sends nothing rather than none', async () => {
    const one = await pool(['sk-only']);
    await fixture.platform.database
      .sql`update credentials set status = 'disabled' where id = ${one.ids['sk-only']!}`;
    const before = upstream.requests.length;
    expect((await one.get()).status).toBe(503);
    expect(upstream.requests.length).toBe(before);
  });
});

describe('a 429 of a service for models', () => {
  const LIMIT = '{"error":{"code":"rate_limit_exceeded"}}';
  const json = { 'content-type': 'application/json' };
  const isFor = (model: string): boolean =>
    (JSON.parse(upstream.requests.at(-1)!.body) as { model: string }).model === model;

  async function models(...secrets: string[]) {
    const service = await fixture.addService({
      baseUrl: `${upstream.url}/v1`,
      kind: 'llm',
      upstream: { dialect: 'openai-chat', models: ['small', 'large'], maxRetries: 2 },
    });
    const ids: string[] = [];
    for (const secret of secrets) ids.push(await fixture.addCredential(service, service.upstreamId, secret));
    const { key } = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
    const ask = (model: string, by: GatewayFixture = fixture): Promise<Response> =>
      by.call(`/llm/${service.slug}/v1/chat/completions`, key.secret, {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
      });
    const restingModels = async (id: string): Promise<string[]> => {
      const [row] = await fixture.platform.database
        .sql`select cooling_models from credentials where id = ${id}`;
      return Object.keys(row!['cooling_models'] as object).sort();
    };
    return { ids, ask, restingModels };
  }

  it('rests the credential for that model, in every process, and not for the others', async () => {
    const { ids, ask, restingModels } = await models('sk-by-model');
    answers['sk-by-model'] = (response) =>
      isFor('small')
        ? say(429, { ...json, 'retry-after': '60' }, LIMIT)(response)
        : say(200, json, '{"choices":[]}')(response);
    expect((await ask('small')).status).toBe(429);
    const sent = upstream.requests.length;
    const refused = await ask('small');
    expect([refused.status, upstream.requests.length]).toEqual([503, sent]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect((await ask('large')).status).toBe(200);
    await until('it is written', async () => (await restingModels(ids[0]!)).length > 0);
    expect(await restingModels(ids[0]!)).toEqual(['small']);
    expect(await credential(ids[0]!)).toMatchObject({ cooling_seconds: null, last_failure: '429' });

    const other = await createGatewayFixture({
      platform: { databaseUrl: fixture.platform.databaseUrl },
      environment,
    });
    try {
      other.platform.egress.allow(upstream.hostAndPort);
      const before = upstream.requests.length;
      expect([(await ask('small', other)).status, upstream.requests.length]).toEqual([503, before]);
      expect((await ask('large', other)).status).toBe(200);
    } finally {
      await other.close();
    }
  });

  it('sends that model to another credential', async () => {
    const { ask } = await models('sk-tired', 'sk-fresh');
    answers['sk-tired'] = say(429, { ...json, 'retry-after': '60' }, LIMIT);
    answers['sk-fresh'] = say(200, json, '{"choices":[]}');
    for (let i = 0; i < 20; i++) expect((await ask('small')).status).toBe(200);
    const tired = upstream.requests.filter(({ headers }) => headers.authorization === 'Bearer sk-tired');
    expect(tired).toHaveLength(1);
  });

  it('is forgotten when it is over, and when the seller resets it', async () => {
    const { ids, ask, restingModels } = await models('sk-forgets');
    answers['sk-forgets'] = say(429, { ...json, 'retry-after': '1' }, LIMIT);
    expect((await ask('small')).status).toBe(429);
    await until('it is written', async () => (await restingModels(ids[0]!)).length > 0);
    await until('that is over', async () => {
      const [row] = await fixture.platform.database.sql`
        select (cooling_models ->> 'small')::float8 < extract(epoch from now()) * 1000 as over
        from credentials where id = ${ids[0]!}`;
      return row!['over'] as boolean;
    });
    clock.set(Date.now());
    answers['sk-forgets'] = say(429, { ...json, 'retry-after': '600' }, LIMIT);
    expect((await ask('large')).status).toBe(429);
    await until('the other is written', async () => (await restingModels(ids[0]!)).includes('large'));
    expect(await restingModels(ids[0]!)).toEqual(['large']);
    answers['sk-forgets'] = say(200, json, '{"choices":[]}');
    await fixture.platform.database.sql`update credentials set cooling_models = '{}' where id = ${ids[0]!}`;
    await until('it works again', async () => (await ask('large')).status === 200, 1_000);
  });

  it('of many models rests it altogether, so that names that are made up reach nobody', async () => {
    const service = await fixture.addService({
      baseUrl: `${upstream.url}/v1`,
      kind: 'llm',
      upstream: { dialect: 'openai-chat', models: [] },
    });
    const id = await fixture.addCredential(service, service.upstreamId, 'sk-guessed');
    const { key } = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
    answers['sk-guessed'] = say(429, { ...json, 'retry-after': '60' }, LIMIT);
    const before = upstream.requests.length;
    for (let i = 0; i < 30; i++) {
      const answer = await fixture.call(`/llm/${service.slug}/v1/chat/completions`, key.secret, {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ model: `made-up-${i}`, messages: [{ role: 'user', content: 'Hi' }] }),
      });
      expect(answer.status).toBe(i <= 16 ? 429 : 503);
    }
    expect(upstream.requests.length - before).toBe(17);
    await until('it rests', async () => (await credential(id)).cooling_seconds !== null);
  });

  it('about the account’s money rests it for all of them', async () => {
    const { ids, ask, restingModels } = await models('sk-broke');
    answers['sk-broke'] = say(429, json, '{"error":{"code":"insufficient_quota"}}');
    expect((await ask('small')).status).toBe(429);
    await until('it rests', async () => (await credential(ids[0]!)).cooling_seconds !== null);
    expect((await ask('large')).status).toBe(503);
    expect((await restingModels(ids[0]!)).every((model) => model === 'small')).toBe(true);
  });
});

describe('ceilings', () => {
  it('of requests per minute move calls to the other credential', async () => {
    const one = await pool([]);
    await fixture.addCredential(one.service, one.service.upstreamId, 'sk-small', { requestsPerMinute: 2 });
    await fixture.addCredential(one.service, one.service.upstreamId, 'sk-large');
    const before = upstream.requests.length;
    for (let i = 0; i < 20; i++) expect((await one.get()).status).toBe(200);
    const used = upstream.requests
      .slice(before)
      .filter(({ headers }) => headers.authorization === 'Bearer sk-small');
    expect(used.length).toBeLessThanOrEqual(2);
  });

  it('of calls at once refuse what is more, and free slots are used again', async () => {
    const one = await pool(['sk-a'], { maxConcurrency: 2 });
    const waiting: ServerResponse[] = [];
    answers['sk-a'] = (response) => void waiting.push(response);
    const running = [one.get(), one.get()];
    await until('both run', () => waiting.length === 2);
    expect((await one.get()).status).toBe(503);
    for (const response of waiting) response.end('done');
    await Promise.all(running);
    answers = {};
    expect((await one.get()).status).toBe(200);
  });
});

describe('the breaker', () => {
  it('opens for everybody after failures of two buyers, lets one probe through, and closes again', async () => {
    const one = await pool(['sk-a'], { maxRetries: 0 });
    const second = await fixture.addBuyer(one.plan);
    answers['sk-a'] = say(500);
    for (let i = 0; i < 5; i++)
      expect((await one.get('/x', {}, i % 2 ? one.buyer : second)).status).toBe(500);
    const before = upstream.requests.length;
    const refused = await one.get();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(30);
    expect((await one.get('/x', {}, second)).status).toBe(503);
    expect(upstream.requests.length).toBe(before);

    clock.advance(30_001);
    const waiting: ServerResponse[] = [];
    answers['sk-a'] = (response) => void waiting.push(response);
    const probe = one.get();
    await until('the probe', () => waiting.length === 1);
    expect((await one.get('/x', {}, second)).status).toBe(503);
    waiting[0]!.end('well again');
    expect((await probe).status).toBe(200);
    answers = {};
    expect((await one.get('/x', {}, second)).status).toBe(200);
  });

  it('stays closed for others when one buyer’s calls alone make the upstream fail', async () => {
    const one = await pool(['sk-a'], { maxRetries: 0 });
    const other = await fixture.addBuyer(one.plan);
    answers['sk-a'] = say(500);
    for (let i = 0; i < 5; i++) await (await one.get()).arrayBuffer();
    expect((await one.get()).status).toBe(503);
    answers = {};
    expect((await one.get('/x', {}, other)).status).toBe(200);
    expect((await one.get()).status).toBe(200);
  });

  it('counts streams that break in the middle', async () => {
    const one = await pool(['sk-a'], { maxRetries: 0 });
    const second = await fixture.addBuyer(one.plan);
    answers['sk-a'] = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: a\n\n', () => response.destroy());
    };
    for (let i = 0; i < 5; i++) await (await one.get('/x', {}, i % 2 ? one.buyer : second)).text();
    expect((await one.get()).status).toBe(503);
  });

  it('never counts callers who leave', async () => {
    const one = await pool(['sk-a'], { maxRetries: 0 });
    const second = await fixture.addBuyer(one.plan);
    let arrived = 0;
    answers['sk-a'] = () => void arrived++;
    for (let i = 0; i < 8; i++) {
      const leave = new AbortController();
      const answer = one.get('/x', { signal: leave.signal }, i % 2 ? one.buyer : second).catch(() => null);
      await until('the call', () => arrived === i + 1);
      leave.abort();
      await answer;
    }
    await until('all are over', () => upstream.running() === 0);
    answers = {};
    expect((await one.get()).status).toBe(200);
  });
});

describe('repeating', () => {
  it('never sends a POST again that the upstream may have done', async () => {
    const one = await pool(['sk-a', 'sk-b']);
    answers = { 'sk-a': reset, 'sk-b': reset };
    const before = upstream.requests.length;
    expect((await one.get('/x', { method: 'POST', body: 'order' })).status).toBe(502);
    expect(upstream.requests.length).toBe(before + 1);
  });

  it('sends a POST without a body again when it was refused', async () => {
    const one = await pool(['sk-busy', 'sk-free']);
    answers['sk-busy'] = say(429, { 'retry-after': '1' });
    for (let i = 0; i < 6; i++) expect((await one.get('/x', { method: 'POST' })).status).toBe(200);
  });

  it('goes on to the next upstream when the first cannot be reached, body and all', async () => {
    const one = await pool(['sk-a']);
    const [row] = await fixture.platform.database
      .sql`select base_url from upstreams where id = ${one.service.upstreamId}`;
    await fixture.platform.database
      .sql`update upstreams set base_url = 'http://127.0.0.1:9', priority = 0 where id = ${one.service.upstreamId}`;
    fixture.platform.egress.allow('127.0.0.1:9');
    await fixture.addUpstream(one.service, { baseUrl: row!['base_url'], priority: 1 });
    const body = 'x'.repeat(300_000);
    const before = upstream.requests.length;
    const answer = await one.get('/x', { method: 'POST', body });
    expect(answer.status).toBe(200);
    expect(upstream.requests[before]!.body).toBe(body);
  });

  it('adds no more than a fifth to the traffic of an upstream that fails, and nobody else’s goes short', async () => {
    const names = ['sk-a', 'sk-b', 'sk-c', 'sk-d'];
    const [one, other] = [await pool(names), await pool(['sk-bad', 'sk-good'])];
    let count = 0;
    const flaky: Behaviour = (response) => (count++ % 2 ? ok(response) : reset(response));
    answers = Object.fromEntries(names.map((secret) => [secret, flaky]));
    const before = upstream.requests.length;
    const calls = 200;
    for (let wave = 0; wave < 4; wave++) {
      const asked = Array.from({ length: calls / 4 }, () => one.get());
      await Promise.all(asked.map(async (answer) => (await answer).arrayBuffer()));
    }
    expect(upstream.requests.length - before).toBeLessThanOrEqual(calls * 1.2 + 3);
    answers['sk-bad'] = reset;
    for (let i = 0; i < 10; i++) expect((await other.get()).status).toBe(200);
  });
});
