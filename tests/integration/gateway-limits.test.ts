/** Limits over HTTP: of tokens, per day, per model, of calls at once; and what callers are told of them. */
import { request } from 'node:http';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keys, organizations, plans, type Key, type Organization, type Plan } from '../../db/schema/index.ts';
import { createTestClock } from '../support/clock.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let fixture: GatewayFixture;
let upstream: Upstream;
let service: AddedService;
const clock = createTestClock();
const held: (() => void)[] = [];
let hold = false;
let usage: object | null;

beforeAll(async () => {
  fixture = await createGatewayFixture({ platform: { clock } });
  upstream = await startUpstream((request, response) => {
    request.on('end', () => {
      const say = (): void => {
        if (usage === null) {
          response.statusCode = 500;
          response.end('{}');
          return;
        }
        response.setHeader('content-type', 'application/json');
        const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }];
        response.end(JSON.stringify({ choices, usage }));
      };
      if (hold) held.push(say);
      else say();
    });
  });
  service = await fixture.addService({
    baseUrl: `${upstream.url}/v1`,
    slug: 'writer',
    kind: 'llm',
    upstream: { dialect: 'openai-chat', maxRetries: 0 },
  });
});

beforeEach(() => {
  hold = false;
  held.length = 0;
  usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  // Windows of the test before are over.
  clock.advance(2 * DAY);
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

interface Ceilings {
  plan?: Partial<Plan>;
  key?: Partial<Key>;
  organization?: Partial<Organization>;
}

async function buy({ plan, key, organization }: Ceilings): Promise<AddedBuyer> {
  const { db } = fixture.platform.database;
  const added = await fixture.addPlan(service, { kind: 'free' });
  if (plan) await db.update(plans).set(plan).where(eq(plans.id, added.id));
  const buyer = await fixture.addBuyer(added);
  if (key) await db.update(keys).set(key).where(eq(keys.id, buyer.key.id));
  if (organization) {
    await db.update(organizations).set(organization).where(eq(organizations.id, buyer.organizationId));
  }
  // The snapshot of the service is from before the plan.
  await until('the plan to be known', async () => (await chat(buyer, { method: 'GET' })).status !== 403);
  return buyer;
}

function chat(
  { key }: AddedBuyer,
  { model = 'small', maxTokens = 4, method = 'POST' } = {},
): Promise<Response> {
  if (method === 'GET') return fixture.call('/llm/writer/v1/models', key.secret);
  return fixture.call('/llm/writer/v1/chat/completions', key.secret, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: maxTokens, messages: [{ role: 'user', content: 'Hi' }] }),
  });
}

const remaining = (answer: Response, units: 'requests' | 'tokens'): number =>
  Number(answer.headers.get(`x-ratelimit-remaining-${units}`));

describe('tokens', () => {
  it('are taken by estimate and corrected by what the upstream says', async () => {
    const buyer = await buy({ plan: { tokensPerMinute: 100 } });
    usage = { prompt_tokens: 60, completion_tokens: 30, total_tokens: 90 };
    const first = await chat(buyer);
    expect(first.status).toBe(200);
    expect(remaining(first, 'tokens')).toBeGreaterThan(80);
    const second = await until('the use to be counted', async () => {
      const answer = await chat(buyer);
      return remaining(answer, 'tokens') < 10 && answer;
    });
    expect(second.headers.get('ratelimit-policy')).toContain('"plan-tokens";q=100;w=60');
    expect(second.headers.get('ratelimit')).toMatch(/"plan-tokens";r=\d+;t=\d+/);
    const refused = await until('the limit to be reached', async () => {
      const answer = await chat(buyer);
      return answer.status === 429 && answer;
    });
    expect(await refused.json()).toMatchObject({
      error: { code: 'rate_limited', message: expect.stringContaining('at most 100 per minute') as string },
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    clock.advance(MINUTE + 1_000);
    expect((await chat(buyer)).status).toBe(200);
  });

  it.each([
    ['pictures', 'images/generations', { prompt: 'a cat', quality: 'low', n: 2 }, 2_048],
    ['spoken words', 'audio/speech', { input: 'Hi', voice: 'alloy' }, 256],
    ['vectors', 'embeddings', { input: 'Hi' }, 0],
  ])('are taken for the output of %s too', async (_what, path, body, output) => {
    const buyer = await buy({ plan: { tokensPerMinute: 100_000 } });
    const answer = await fixture.call(`/llm/writer/v1/${path}`, buyer.key.secret, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'small', ...body }),
    });
    const taken = 100_000 - remaining(answer, 'tokens');
    expect(taken).toBeGreaterThanOrEqual(output);
    expect(taken).toBeLessThan(output + 20);
  });

  it('of calls that failed are given back', async () => {
    const buyer = await buy({ key: { tokensPerMinute: 1_000 } });
    usage = null;
    for (let call = 0; call < 5; call += 1) expect((await chat(buyer, { maxTokens: 200 })).status).toBe(500);
    usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
    const answer = await chat(buyer, { maxTokens: 4 });
    expect(remaining(answer, 'tokens')).toBeGreaterThan(980);
  });

  it('per day and of an organization over all its keys', async () => {
    const buyer = await buy({ organization: { tokensPerDay: 50 } });
    const second = { ...buyer, key: await fixture.addKey(buyer.organizationId) };
    usage = { prompt_tokens: 40, completion_tokens: 30, total_tokens: 70 };
    expect((await chat(buyer)).status).toBe(200);
    const refused = await until('the limit to hold', async () => {
      const answer = await chat(second);
      return answer.status === 429 && answer;
    });
    expect(await refused.text()).toContain('per day');
    clock.advance(MINUTE + 1_000);
    expect((await chat(second)).status).toBe(429);
    clock.advance(DAY);
    expect((await chat(second)).status).toBe(200);
  });
});

describe('requests', () => {
  it('per day, by the key’s own ceiling', async () => {
    const buyer = await buy({ key: { requestsPerDay: 2 } });
    clock.advance(DAY);
    for (const status of [200, 200, 429]) expect((await chat(buyer)).status).toBe(status);
    clock.advance(2 * MINUTE);
    expect((await chat(buyer)).status).toBe(429);
  });

  it('per plan, all keys of a buyer together', async () => {
    const buyer = await buy({ plan: { requestsPerDay: 3 } });
    clock.advance(2 * DAY);
    const second = { ...buyer, key: await fixture.addKey(buyer.organizationId) };
    expect((await chat(buyer)).status).toBe(200);
    expect((await chat(second)).status).toBe(200);
    const other = { ...buyer, key: await fixture.addKey(buyer.organizationId) };
    expect([(await chat(other)).status, (await chat(other)).status]).toEqual([200, 429]);
  });

  it('per model of a plan, patterns together', async () => {
    const buyer = await buy({ plan: { modelLimits: [{ model: 'large-*', requestsPerMinute: 2 }] } });
    expect((await chat(buyer, { model: 'large-1' })).status).toBe(200);
    expect((await chat(buyer, { model: 'large-2' })).status).toBe(200);
    const refused = await chat(buyer, { model: 'large-3' });
    expect(refused.status).toBe(429);
    expect(await refused.text()).toContain('(model)');
    expect((await chat(buyer, { model: 'small' })).status).toBe(200);
  });

  it('says what is left in the words of Anthropic to who speaks them', async () => {
    const buyer = await buy({ plan: { requestsPerMinute: 10, tokensPerMinute: 5_000 } });
    const answer = await fixture.call('/llm/writer/v1/messages', buyer.key.secret, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({ model: 'small', max_tokens: 4, messages: [{ role: 'user', content: 'Hi' }] }),
    });
    expect(answer.headers.get('anthropic-ratelimit-requests-limit')).toBe('10');
    expect(answer.headers.get('anthropic-ratelimit-tokens-limit')).toBe('5000');
    expect(answer.headers.get('anthropic-ratelimit-requests-reset')).toMatch(/^\d{4}-.*Z$/);
  });
});

describe('before anything is read or looked up', () => {
  /** The head of a request whose body never comes. */
  function begin(path: string, { key }: AddedBuyer): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${key.secret}`, 'content-length': '500' };
      const begun = request(fixture.url + path, { method: 'POST', headers }, (answer) => {
        let body = '';
        answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
        answer.on('end', () => {
          resolve({ status: answer.statusCode!, body });
          begun.destroy();
        });
      });
      begun.on('error', reject);
      begun.flushHeaders();
    });
  }

  it.each([
    ['/v1/chat/completions', { error: { code: 'rate_limited' } }],
    ['/v1/messages', { type: 'error', error: { type: 'rate_limit_error' } }],
    ['/llm/writer/v1/messages', { type: 'error', error: { type: 'rate_limit_error' } }],
    ['/proxy/v1/writer/v1/messages', { type: 'error', error: { type: 'rate_limit_error' } }],
  ])('a key that has no call left is told so at %s, in its own words', async (path, body) => {
    const buyer = await buy({ key: { requestsPerMinute: 1 } });
    clock.advance(2 * MINUTE);
    expect((await chat(buyer)).status).toBe(200);
    const refused = await begin(path, buyer);
    expect(refused.status).toBe(429);
    expect(JSON.parse(refused.body)).toMatchObject(body);
  });

  it.each(['/v1/models', '/v1/usage', '/v1/requests/req_01jzzzzzzzzzzzzzzzzzzzzzzz', '/v1/conversations'])(
    'what we answer ourselves counts too: %s',
    async (path) => {
      const buyer = await buy({ key: { requestsPerMinute: 2 } });
      clock.advance(2 * MINUTE);
      const answers = [1, 2, 3].map(async () => (await fixture.call(path, buyer.key.secret)).status);
      expect((await Promise.all(answers)).filter((status) => status === 429)).toHaveLength(1);
    },
  );

  it('what the plan refuses is no call of the key', async () => {
    const buyer = await buy({ plan: { requestsPerMinute: 1 }, key: { requestsPerMinute: 3 } });
    clock.advance(2 * MINUTE);
    const ask = () =>
      fixture.call('/v1/chat/completions', buyer.key.secret, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'writer/small', messages: [{ role: 'user', content: 'Hi' }] }),
      });
    const first = await ask();
    expect([first.status, remaining(first, 'requests')]).toEqual([200, 0]);
    expect(first.headers.get('ratelimit-policy')).toContain('"plan";q=1;w=60');
    for (let again = 0; again < 5; again += 1) expect(await (await ask()).text()).toContain('(plan)');
    expect(remaining(await fixture.call('/v1/models', buyer.key.secret), 'requests')).toBe(1);
  });

  it('a plan’s new ceiling holds from its next call on', async () => {
    const buyer = await buy({ plan: { requestsPerMinute: 100 } });
    expect((await chat(buyer)).headers.get('ratelimit-policy')).toContain('"plan";q=100');
    const { db } = fixture.platform.database;
    await db.update(plans).set({ requestsPerMinute: 50 }).where(eq(plans.serviceId, service.id));
    // The clock stands still: nothing is read anew because it is old.
    await until('the new ceiling', async () =>
      (await chat(buyer)).headers.get('ratelimit-policy')?.includes('"plan";q=50'),
    );
  });
});

describe('calls at once', () => {
  it.each<[string, Ceilings]>([
    ['key', { key: { maxConcurrency: 2 } }],
    ['org', { organization: { maxConcurrency: 2 } }],
    ['plan', { plan: { maxConcurrency: 2 } }],
  ])('are held to the ceiling of the %s, and slots come back', async (name, ceilings) => {
    const buyer = await buy(ceilings);
    hold = true;
    const running = [chat(buyer), chat(buyer)];
    await until('both to arrive', () => held.length === 2);
    const refused = await chat(buyer);
    expect(refused.status).toBe(429);
    expect(await refused.text()).toContain(`at most 2 may run (${name})`);
    expect(refused.headers.get('retry-after')).toBe('1');
    hold = false;
    for (const say of held) say();
    for (const answer of await Promise.all(running)) expect(answer.status).toBe(200);
    expect(await until('a slot', async () => (await chat(buyer)).status === 200)).toBe(true);
  });

  it('of a caller who leaves are over', async () => {
    const buyer = await buy({ key: { maxConcurrency: 1 } });
    hold = true;
    const leaving = new AbortController();
    const first = fixture.call('/llm/writer/v1/chat/completions', buyer.key.secret, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'small', messages: [{ role: 'user', content: 'Hi' }] }),
      signal: leaving.signal,
    });
    await until('the call to arrive', () => held.length === 1);
    hold = false;
    leaving.abort();
    await expect(first).rejects.toThrow();
    expect(await until('a slot', async () => (await chat(buyer)).status === 200)).toBe(true);
  });
});
