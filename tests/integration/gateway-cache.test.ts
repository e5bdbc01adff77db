/** Answers from memory: only where service and caller want it, never across organizations, never charged. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { services, type Service } from '../../db/schema/index.ts';
import { createTestClock } from '../support/clock.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type GatewayFixture,
} from './gateway-fixture.ts';

const WALLET = 1_000_000_000n;
const CHAT = { model: 'small', messages: [{ role: 'user', content: 'Hi' }], temperature: 0 };

let fixture: GatewayFixture;
let upstream: Upstream;
const clock = createTestClock();
/** Answers waiting to be let go. */
const held: (() => void)[] = [];
let hold = false;

beforeAll(async () => {
  fixture = await createGatewayFixture({ platform: { clock }, limits: { breakerFailures: 5 } });
  upstream = await startUpstream((request, response, recorded) => {
    request.on('end', () => {
      const say = (): void => {
        const url = new URL(recorded.url, 'http://upstream');
        const control = url.searchParams.get('control');
        if (control !== null) response.setHeader('cache-control', control);
        if (url.searchParams.has('vary')) response.setHeader('vary', 'accept-language');
        if (url.searchParams.has('cookie')) response.setHeader('set-cookie', 'a=b');
        response.statusCode = Number(url.searchParams.get('status') ?? '200');
        if (recorded.body.includes('"broken"')) response.statusCode = 503;
        if (url.searchParams.has('long')) {
          response.write('x'.repeat(1_100_000));
          held.push(() => response.end());
          return;
        }
        if (recorded.body.includes('"stream":true')) {
          response.setHeader('content-type', 'text/event-stream');
          const choice = {
            index: 0,
            delta: { content: `n${upstream.requests.length}` },
            finish_reason: 'stop',
          };
          response.end(`data: ${JSON.stringify({ choices: [choice] })}\n\ndata: [DONE]\n\n`);
          return;
        }
        response.setHeader('content-type', 'application/json');
        const message = { role: 'assistant', content: `n${upstream.requests.length}` };
        const usage = { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 };
        response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }], usage }));
      };
      if (hold) held.push(say);
      else say();
    });
  });
});

beforeEach(() => {
  hold = false;
  held.length = 0;
  upstream.requests.length = 0;
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

async function addService(set: Partial<Service>, kind: Service['kind'] = 'http'): Promise<AddedPlan> {
  const service = await fixture.addService({
    baseUrl: kind === 'llm' ? `${upstream.url}/v1` : upstream.url,
    kind,
    ...(kind === 'llm' && { upstream: { dialect: 'openai-chat', models: ['small'] } }),
  });
  await fixture.platform.database.db.update(services).set(set).where(eq(services.id, service.id));
  return kind === 'llm'
    ? fixture.addPlan(service, {
        kind: 'per_token',
        prices: { input_token: 2_000_000n, output_token: 10_000_000n },
      })
    : fixture.addPlan(service, { kind: 'per_call', prices: { call: 1_000_000_000n } });
}

const buy = (plan: AddedPlan): Promise<AddedBuyer> => fixture.addBuyer(plan, { walletNanos: WALLET });

function get(
  plan: AddedPlan,
  buyer: AddedBuyer,
  path: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fixture.call(`/proxy/v1/${plan.service.slug}${path}`, buyer.key.secret, { headers });
}

function chat(
  plan: AddedPlan,
  buyer: AddedBuyer,
  body: object = CHAT,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fixture.call(`/llm/${plan.service.slug}/v1/chat/completions`, buyer.key.secret, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

const cacheOf = (answer: Response): string | null => answer.headers.get('x-cache');

describe('answers of plain services', () => {
  const FRESH = '/things?control=max-age%3D60';

  it('come from memory as long as they say, cost nothing and count as a call', async () => {
    const plan = await addService({ cacheMode: 'on' });
    const buyer = await buy(plan);
    const first = await get(plan, buyer, FRESH);
    const second = await get(plan, buyer, FRESH);
    expect([cacheOf(first), cacheOf(second)]).toEqual(['MISS', 'HIT']);
    expect(await second.text()).toBe(await first.text());
    expect(second.headers.get('age')).toBe('0');
    expect(second.headers.get('x-tollgate-cost')).toBe('0.00');
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(second.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
    expect(upstream.requests).toHaveLength(1);
    const events = await fixture.waitForEvents(buyer.organizationId, 2);
    expect(events).toContainEqual(expect.objectContaining({ cache: 'miss', charge_nanos: '1000' }));
    const free = { cache: 'hit', charge_nanos: '0', upstream_id: null, attempts: 0 };
    expect(events).toContainEqual(expect.objectContaining(free));
    clock.advance(61_000);
    expect(cacheOf(await get(plan, buyer, FRESH))).toBe('MISS');
  });

  it('never cross organizations, unless the seller says that they are public', async () => {
    const own = await addService({ cacheMode: 'on' });
    for (const buyer of [await buy(own), await buy(own)])
      expect(cacheOf(await get(own, buyer, FRESH))).toBe('MISS');
    expect(upstream.requests).toHaveLength(2);
    const shared = await addService({ cacheMode: 'on', cachePublic: true });
    const answers = [];
    for (const buyer of [await buy(shared), await buy(shared)])
      answers.push(cacheOf(await get(shared, buyer, FRESH)));
    expect(answers).toEqual(['MISS', 'HIT']);
  });

  it('are for the caller alone, wherever they come from, unless the seller says that they are public', async () => {
    const PUBLIC = '/things?control=public%2C%20s-maxage%3D600%2C%20max-age%3D60';
    const controlOf = async (answer: Promise<Response>): Promise<[string | null, string | null]> => {
      const { headers } = await answer;
      return [headers.get('x-cache'), headers.get('cache-control')];
    };
    const own = await addService({ cacheMode: 'on' });
    const buyer = await buy(own);
    expect(await controlOf(get(own, buyer, PUBLIC))).toEqual(['MISS', 'private, max-age=60']);
    expect(await controlOf(get(own, buyer, PUBLIC))).toEqual(['HIT', 'private, max-age=60']);
    expect(await controlOf(get(own, buyer, '/things'))).toEqual(['MISS', 'private, no-store']);
    const post = (): Promise<Response> =>
      fixture.call(`/proxy/v1/${own.service.slug}${PUBLIC}`, buyer.key.secret, {
        method: 'POST',
        headers: { 'idempotency-key': 'once' },
      });
    expect((await controlOf(post()))[1]).toBe('private, max-age=60');
    const replayed = await post();
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expect(replayed.headers.get('cache-control')).toBe('private, max-age=60');
    const llm = await addService({ cacheMode: 'on' }, 'llm');
    const writer = await buy(llm);
    for (const from of ['MISS', 'HIT'])
      expect(await controlOf(chat(llm, writer))).toEqual([from, 'private, no-store']);
    const shared = await addService({ cacheMode: 'on', cachePublic: true });
    const anybody = await buy(shared);
    for (const from of ['MISS', 'HIT'])
      expect(await controlOf(get(shared, anybody, PUBLIC))).toEqual([
        from,
        'public, s-maxage=600, max-age=60',
      ]);
  });

  it.each([
    ['private', '/things?control=private%2C%20max-age%3D60'],
    ['no-store', '/things?control=no-store'],
    ['nothing about it', '/things'],
    ['a cookie', `${FRESH}&cookie=1`],
    ['an error', `${FRESH}&status=500`],
  ])('are not kept when they say %s', async (_name, path) => {
    const plan = await addService({ cacheMode: 'on' });
    const buyer = await buy(plan);
    await get(plan, buyer, path);
    expect(cacheOf(await get(plan, buyer, path))).toBe('MISS');
    expect(upstream.requests).toHaveLength(2);
  });

  it('are told apart by what they vary with, by path, query and method', async () => {
    const plan = await addService({ cacheMode: 'on' });
    const buyer = await buy(plan);
    const path = `${FRESH}&vary=1`;
    expect(cacheOf(await get(plan, buyer, path, { 'accept-language': 'de' }))).toBe('MISS');
    expect(cacheOf(await get(plan, buyer, path, { 'accept-language': 'de' }))).toBe('HIT');
    expect(cacheOf(await get(plan, buyer, path, { 'accept-language': 'fr' }))).toBe('MISS');
    expect(cacheOf(await get(plan, buyer, `${path}&b=1`, { 'accept-language': 'fr' }))).toBe('MISS');
    expect(cacheOf(await get(plan, buyer, path, { 'accept-language': 'fr', range: 'bytes=0-1' }))).toBe(
      'BYPASS',
    );
    const posted = await fixture.call(`/proxy/v1/${plan.service.slug}${path}`, buyer.key.secret, {
      method: 'POST',
    });
    expect(cacheOf(posted)).toBe('BYPASS');
  });

  it('come from memory only when service and caller agree', async () => {
    const off = await addService({ cacheMode: 'off' });
    const offBuyer = await buy(off);
    for (const said of ['on', 'max-age=60'])
      expect(cacheOf(await get(off, offBuyer, FRESH, { 'x-tollgate-cache': said }))).toBeNull();
    expect(upstream.requests).toHaveLength(2);

    const optIn = await addService({ cacheMode: 'opt_in' });
    const buyer = await buy(optIn);
    const said = (value?: string) =>
      get(optIn, buyer, FRESH, value === undefined ? {} : { 'x-tollgate-cache': value }).then(cacheOf);
    expect([await said(), await said('on'), await said('on'), await said('off')]).toEqual([
      'BYPASS',
      'MISS',
      'HIT',
      'BYPASS',
    ]);
    expect(await said('max-age=60')).toBe('HIT');
    const wrong = await get(optIn, buyer, FRESH, { 'x-tollgate-cache': 'perhaps' });
    expect(wrong.status).toBe(400);
  });

  it('are still limited', async () => {
    const plan = await addService({ cacheMode: 'on' });
    const limited = await fixture.addPlan(plan.service, { kind: 'free', requestsPerMinute: 2 });
    const buyer = await fixture.addBuyer(limited);
    for (const status of [200, 200, 429]) expect((await get(plan, buyer, FRESH)).status).toBe(status);
  });
});

describe('answers of LLMs', () => {
  it('match the whole request, whatever the order of its members, and cost nothing', async () => {
    const plan = await addService({ cacheMode: 'on', cacheTtlSeconds: 10 }, 'llm');
    const buyer = await buy(plan);
    const first = await chat(plan, buyer);
    const text = await first.text();
    const { available } = await fixture.wallet(buyer.organizationId);
    const same = await chat(plan, buyer, { temperature: 0, messages: CHAT.messages, model: 'small' });
    expect([cacheOf(first), cacheOf(same)]).toEqual(['MISS', 'HIT']);
    expect(await same.text()).toBe(text);
    expect(cacheOf(await chat(plan, buyer, { ...CHAT, temperature: 1 }))).toBe('MISS');
    expect(cacheOf(await chat(plan, buyer, { ...CHAT, max_tokens: 5 }))).toBe('MISS');
    expect(cacheOf(await chat(plan, await buy(plan)))).toBe('MISS');
    const events = await fixture.waitForEvents(buyer.organizationId, 4);
    expect(events.filter(({ charge_nanos }) => charge_nanos === '0')).toHaveLength(1);
    expect(available).toBe(WALLET - 68n);
    clock.advance(5_000);
    const later = await chat(plan, buyer);
    expect([cacheOf(later), later.headers.get('age')]).toEqual(['HIT', '5']);
    expect(cacheOf(await chat(plan, buyer, CHAT, { 'x-tollgate-cache': 'max-age=4' }))).toBe('MISS');
    clock.advance(11_000);
    expect(cacheOf(await chat(plan, buyer))).toBe('MISS');
  });

  it('come as streams when they were streams', async () => {
    const plan = await addService({ cacheMode: 'on' }, 'llm');
    const buyer = await buy(plan);
    const first = await chat(plan, buyer, { ...CHAT, stream: true });
    const text = (await first.text()).replace(/^: .*\n\n/gm, '');
    const second = await chat(plan, buyer, { ...CHAT, stream: true });
    expect(cacheOf(second)).toBe('HIT');
    expect(second.headers.get('content-type')).toBe('text/event-stream');
    expect(await second.text()).toBe(text);
    expect(cacheOf(await chat(plan, buyer))).toBe('MISS');
  });
});

describe('what a fallback answered', () => {
  it('is not kept as the answer of the model that failed, nor for everybody', async () => {
    const own = await addService({ cacheMode: 'off' }, 'llm');
    const shared = await fixture.addService({
      baseUrl: `${upstream.url}/v1`,
      kind: 'llm',
      upstream: { dialect: 'openai-chat', models: ['broken'] },
      options: { cacheMode: 'on', cachePublic: true, coalesce: true },
    });
    const plan = await fixture.addPlan(shared, { kind: 'free' });
    const one = await buy(own);
    await fixture.subscribe(one.organizationId, plan);
    const other = await fixture.addBuyer(plan);
    const asked = { ...CHAT, model: 'broken' };
    const fallback = { 'x-tollgate-fallbacks': `${own.service.slug}/small` };
    const answer = await chat(plan, one, asked, fallback);
    expect([answer.status, answer.headers.get('x-tollgate-service')]).toEqual([200, own.service.slug]);
    await answer.text();
    expect((await chat(plan, other, asked)).status).toBe(503);
    expect((await chat(plan, one, asked)).status).toBe(503);
  });
});

describe('equal calls at the same time', () => {
  async function callsHeld(
    plan: AddedPlan,
    buyer: AddedBuyer,
    path: string,
    count: number,
  ): Promise<Promise<Response>[]> {
    hold = true;
    const leader = get(plan, buyer, path);
    await until('the first to arrive', () => held.length === 1);
    const others = Array.from({ length: count - 1 }, () => get(plan, buyer, path));
    await until('the others to wait', () => fixture.gateway.activeCalls === count);
    return [leader, ...others];
  }

  it('share one upstream call, and one pays', async () => {
    const plan = await addService({ coalesce: true });
    const buyer = await buy(plan);
    const calls = await callsHeld(plan, buyer, '/slow', 10);
    held[0]!();
    const answers = await Promise.all(calls);
    const texts = new Set(await Promise.all(answers.map((answer) => answer.text())));
    expect(texts.size).toBe(1);
    expect(upstream.requests).toHaveLength(1);
    expect(answers.map(cacheOf).filter((cache) => cache === 'HIT')).toHaveLength(9);
    const events = await fixture.waitForEvents(buyer.organizationId, 10);
    expect(events.filter(({ charge_nanos }) => charge_nanos === '1000')).toHaveLength(1);
  });

  it('go on by themselves when the first fails or leaves', async () => {
    const plan = await addService({ coalesce: true });
    const buyer = await buy(plan);
    const failing = await callsHeld(plan, buyer, '/failing?status=500', 3);
    hold = false;
    held[0]!();
    expect((await Promise.all(failing)).map(({ status }) => status)).toEqual([500, 500, 500]);
    expect(upstream.requests).toHaveLength(3);

    hold = true;
    held.length = 0;
    const leaving = new AbortController();
    const url = `/proxy/v1/${plan.service.slug}/leaving`;
    const first = fixture.call(url, buyer.key.secret, { signal: leaving.signal });
    await until('the first to arrive', () => held.length === 1);
    const second = get(plan, buyer, '/leaving');
    await until('the second to wait', () => fixture.gateway.activeCalls === 2);
    hold = false;
    leaving.abort();
    await expect(first).rejects.toThrow();
    expect((await second).status).toBe(200);
  });

  it('wait no longer for an answer that has become too long to share', async () => {
    const plan = await addService({ coalesce: true });
    const buyer = await buy(plan);
    const [first, second] = await callsHeld(plan, buyer, '/scroll?long', 2);
    hold = false;
    held.shift()!();
    const read = first!.then((answer) => answer.text());
    await until('the second to ask for itself', () => upstream.requests.length === 2);
    await until('both to be under way', () => held.length === 2);
    for (const end of held) end();
    expect((await read).length).toBe(1_100_000);
    expect((await second!).status).toBe(200);
  });

  it('do not flood an upstream that fails: its breaker opens before all have asked', async () => {
    const plan = await addService({ coalesce: true });
    const buyer = await buy(plan);
    const failing = await callsHeld(plan, buyer, '/flood?status=500', 40);
    hold = false;
    held[0]!();
    const statuses = (await Promise.all(failing)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(30);
    expect(upstream.requests.length).toBeLessThanOrEqual(8);
  });

  it('are strangers to each other across organizations', async () => {
    const plan = await addService({ coalesce: true });
    const [one, other] = [await buy(plan), await buy(plan)];
    hold = true;
    const calls = [get(plan, one, '/apart'), get(plan, other, '/apart')];
    await until('both to arrive', () => held.length === 2);
    for (const say of held) say();
    await Promise.all(calls);
  });
});
