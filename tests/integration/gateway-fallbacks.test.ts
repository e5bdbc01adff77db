import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eq } from 'drizzle-orm';
import { plans } from '../../db/schema/index.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

/** 1 nano a token here, 10 there. */
const CHEAP = { input_token: 1_000_000n, output_token: 1_000_000n };
const DEAR = { input_token: 10_000_000n, output_token: 10_000_000n };
const WALLET = 10_000_000n;

let fixture: GatewayFixture;
let upstream: Upstream;
let failing: Set<string>;
/** Answers wait for it. */
let late: Promise<void> | null;
let first: AddedService;
let second: AddedService;
let firstPlan: AddedPlan;
let secondPlan: AddedPlan;
let buyer: AddedBuyer;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream((request, response, recorded) => {
    request.on('end', async () => {
      const { model } = JSON.parse(recorded.body) as { model: string };
      response.setHeader('content-type', 'application/json');
      if (failing.has(model)) {
        response.statusCode = 503;
        response.end('{"error":{"message":"overloaded"}}');
        return;
      }
      await late;
      const message = { role: 'assistant', content: 'hello' };
      const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };
      response.end(JSON.stringify({ model, choices: [{ index: 0, message, finish_reason: 'stop' }], usage }));
    });
  });
  const common = { baseUrl: `${upstream.url}/v1`, kind: 'llm' as const };
  first = await fixture.addService({
    ...common,
    slug: 'first',
    upstream: { dialect: 'openai-chat', models: ['one', 'two'] },
    options: { fallbacks: ['two'] },
  });
  second = await fixture.addService({
    ...common,
    slug: 'second',
    upstream: { dialect: 'openai-chat', models: ['three'] },
  });
  firstPlan = await fixture.addPlan(first, { kind: 'per_token', prices: CHEAP });
  secondPlan = await fixture.addPlan(second, { kind: 'per_token', prices: DEAR });
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

beforeEach(async () => {
  failing = new Set();
  late = null;
  buyer = await fixture.addBuyer(firstPlan, { walletNanos: WALLET });
});

const chat = (body: object = {}, headers: Record<string, string> = {}) =>
  fixture.call('/v1/chat/completions', buyer.key.secret, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model: 'first/one',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'hi' }],
      ...body,
    }),
  });

const spent = async () => WALLET - (await fixture.wallet(buyer.organizationId)).available;

describe('when no upstream can answer', () => {
  it('the service’s own fallback answers, and says so', async () => {
    failing.add('one');
    const answer = await chat();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-tollgate-model')).toBe('first/two');
    expect(answer.headers.get('x-tollgate-attempts')).toBe('2');
    expect(await answer.json()).toMatchObject({ model: 'two' });
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({ model: 'two', charge_nanos: '7' });
  });

  it('the caller’s fallback to another service costs that one’s price, and its seller earns it', async () => {
    await fixture.subscribe(buyer.organizationId, secondPlan);
    failing.add('one').add('two');
    const answer = await chat({}, { 'x-tollgate-fallbacks': 'second/three' });
    expect([answer.status, answer.headers.get('x-tollgate-service')]).toEqual([200, 'second']);
    expect(answer.headers.get('x-tollgate-cost')).toBe('0.00000007');
    await answer.json();
    expect(await spent()).toBe(70n);
    const [event] = await fixture.platform.database
      .sql`select seller_organization_id, service_id, trace from usage_events where organization_id = ${buyer.organizationId}`;
    expect(event).toMatchObject({ seller_organization_id: second.organizationId, service_id: second.id });
    expect(event!['trace']).toMatchObject({
      requestedModel: 'one',
      attempts: [
        { serviceId: first.id, model: 'one', status: 503 },
        { serviceId: second.id, model: 'three', status: 200 },
      ],
    });
    expect(await fixture.ledgerSum()).toBe(0n);
  });

  it('a list of models in the body is the same wish, and is not sent upstream', async () => {
    await fixture.subscribe(buyer.organizationId, secondPlan);
    failing.add('one');
    const answer = await chat({ models: ['second/three'], provider: { sort: 'latency' } });
    expect(answer.headers.get('x-tollgate-model')).toBe('second/three');
    await answer.arrayBuffer();
    const [row] = await until('the event', async () => {
      const rows = await fixture.platform.database
        .sql`select trace from usage_events where organization_id = ${buyer.organizationId}`;
      return rows.length === 1 && rows;
    });
    expect(row!['trace']).toMatchObject({ strategy: 'latency', path: '/v1/chat/completions' });
    const sent = JSON.parse(upstream.requests.at(-1)!.body) as Record<string, unknown>;
    expect([sent['models'], sent['provider']]).toEqual([undefined, undefined]);
  });

  it('a service that the caller is not subscribed to is no fallback', async () => {
    failing.add('one').add('two');
    const answer = await chat({}, { 'x-tollgate-fallbacks': 'second/three' });
    expect([answer.status, answer.headers.get('x-error-source')]).toEqual([503, 'upstream']);
    expect(await spent()).toBe(0n);
  });

  it('a fallback is held to its own plan’s requests per minute', async () => {
    const limited = await fixture.addPlan(second, { kind: 'free', requestsPerMinute: 2 });
    await fixture.subscribe(buyer.organizationId, limited);
    failing.add('one').add('two');
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) {
      const answer = await chat({}, { 'x-tollgate-fallbacks': 'second/three' });
      await answer.arrayBuffer();
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([200, 200, 503, 503]);
  });

  const toThird = { 'x-tollgate-fallbacks': 'second/three' };

  it('a fallback is held to its own plan’s tokens, and the first gets back what it has taken', async () => {
    const { db } = fixture.platform.database;
    const limited = await fixture.addPlan(second, { kind: 'free' });
    await db.update(plans).set({ tokensPerMinute: 25 }).where(eq(plans.id, limited.id));
    const own = await fixture.addPlan(first, { kind: 'free' });
    await db.update(plans).set({ tokensPerMinute: 1_000 }).where(eq(plans.id, own.id));
    buyer = await fixture.addBuyer(own);
    await fixture.subscribe(buyer.organizationId, limited);
    failing.add('one').add('two');
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) {
      const answer = await chat({}, toThird);
      await answer.arrayBuffer();
      statuses.push(answer.status);
    }
    // Each answer has 7 tokens; the call before it sets some more aside.
    expect(statuses).toEqual([200, 200, 503, 503]);
    failing.clear();
    const answer = await chat();
    expect(answer.status).toBe(200);
    // Nothing but what this call sets aside.
    expect(Number(answer.headers.get('x-ratelimit-remaining-tokens'))).toBeGreaterThan(980);
  });

  it('a fallback is held to its own plan’s calls at once, and gives the slot back', async () => {
    const limited = await fixture.addPlan(second, { kind: 'free' });
    const { db } = fixture.platform.database;
    await db.update(plans).set({ maxConcurrency: 1 }).where(eq(plans.id, limited.id));
    await fixture.subscribe(buyer.organizationId, limited);
    failing.add('one').add('two');
    let answerLate!: () => void;
    late = new Promise((resolve) => (answerLate = resolve));
    const running = chat({}, toThird);
    await until('the fallback to be asked', () => upstream.requests.at(-1)?.body.includes('three'));
    expect((await chat({}, toThird)).status).toBe(503);
    answerLate();
    expect((await running).status).toBe(200);
    await until('the slot', async () => (await chat({}, toThird)).status === 200);
  });

  it('failed attempts cost nothing, and the last answer passes', async () => {
    failing.add('one').add('two');
    const answer = await chat();
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('overloaded');
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({ status_code: 503, charge_nanos: '0', fault: 'seller' });
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: WALLET, held: 0n });
  });
});

describe('what a seller adds', () => {
  const sentFor = (model: string) =>
    upstream.requests
      .map(({ url, body }) => ({ url, body: JSON.parse(body) as Record<string, unknown> }))
      .findLast(({ url, body }) => body['model'] === model || url.includes(model))!.body;

  it('goes to that seller’s upstreams only: a fallback gets its own service’s words', async () => {
    const common = { baseUrl: `${upstream.url}/v1`, kind: 'llm' as const };
    const open = await fixture.addService({
      ...common,
      slug: 'secretive',
      upstream: { dialect: 'openai-chat', models: ['mine'] },
      options: {
        systemPrompt: 'Secret of the first.',
        defaultParameters: { temperature: 0.25 },
        fallbacks: ['other/theirs', 'foreign/abroad', 'short/brief'],
      },
    });
    buyer = await fixture.addBuyer(await fixture.addPlan(open, { kind: 'per_token', prices: CHEAP }), {
      walletNanos: WALLET,
    });
    const others = [
      { slug: 'other', upstream: { dialect: 'openai-chat', models: ['their-own'] }, maxOutputTokens: 50 },
      { slug: 'foreign', upstream: { dialect: 'anthropic', models: ['abroad'] }, maxOutputTokens: null },
      { slug: 'short', upstream: { dialect: 'openai-chat', models: ['brief'] }, maxOutputTokens: 7 },
    ] as const;
    for (const { slug, upstream: spoken, maxOutputTokens } of others) {
      const service = await fixture.addService({
        ...common,
        slug,
        upstream: { ...spoken, models: [...spoken.models] },
        options: {
          systemPrompt: `Secret of ${slug}.`,
          defaultParameters: { top_p: 0.5 },
          modelAliases: slug === 'other' ? { theirs: 'their-own' } : {},
          maxOutputTokens,
        },
      });
      const plan = await fixture.addPlan(service, { kind: 'per_token', prices: CHEAP });
      await fixture.subscribe(buyer.organizationId, plan);
    }
    failing.add('mine').add('their-own').add('abroad').add('brief');
    const answer = await chat({ model: 'secretive/mine', max_tokens: undefined });
    expect(answer.status).toBe(503);
    expect(sentFor('mine')).toMatchObject({
      temperature: 0.25,
      messages: [{ role: 'system', content: 'Secret of the first.' }, { content: 'hi' }],
    });
    const other = sentFor('their-own');
    expect(other).toMatchObject({
      top_p: 0.5,
      messages: [{ role: 'system', content: 'Secret of other.' }, { content: 'hi' }],
    });
    expect(JSON.stringify(other)).toContain(':50');
    const foreign = sentFor('abroad');
    expect(foreign).toMatchObject({ top_p: 0.5 });
    expect(JSON.stringify(foreign)).toContain('Secret of foreign.');
    for (const sent of [other, foreign, sentFor('brief')]) {
      expect(JSON.stringify(sent)).not.toContain('first');
      expect(sent['temperature']).toBeUndefined();
    }

    upstream.requests.length = 0;
    await (await chat({ model: 'secretive/mine', max_tokens: 10 })).arrayBuffer();
    expect(upstream.requests.some(({ body }) => body.includes('brief'))).toBe(false);
  });

  it('is what money is held for: a fallback that says more costs more', async () => {
    const common = { baseUrl: `${upstream.url}/v1`, kind: 'llm' as const };
    const long = await fixture.addService({
      ...common,
      upstream: { dialect: 'openai-chat', models: ['long'] },
      options: { defaultParameters: { max_tokens: 9_000 } },
    });
    buyer = await fixture.addBuyer(firstPlan, { walletNanos: 6_000n });
    await fixture.subscribe(
      buyer.organizationId,
      await fixture.addPlan(long, { kind: 'per_token', prices: CHEAP }),
    );
    expect((await chat({ max_tokens: undefined })).status).toBe(200);
    const refused = await chat({ max_tokens: undefined, models: [`${long.slug}/long`] });
    expect(refused.status).toBe(402);
  });
});

describe('the money set aside', () => {
  it('covers the dearest model that may answer', async () => {
    buyer = await fixture.addBuyer(firstPlan, { walletNanos: 60n });
    await fixture.subscribe(buyer.organizationId, secondPlan);
    expect((await chat()).status).toBe(200);
    const refused = await chat({}, { 'x-tollgate-fallbacks': 'second/three' });
    expect(refused.status).toBe(402);
  });

  it('is the first model’s alone when the caller wants no fallbacks', async () => {
    await fixture.subscribe(buyer.organizationId, secondPlan);
    failing.add('one');
    const answer = await chat({ provider: { allow_fallbacks: false }, models: ['second/three'] });
    expect(answer.status).toBe(503);
  });
});

describe('max_price', () => {
  it('leaves dear models out, and refuses when nothing is left', async () => {
    await fixture.subscribe(buyer.organizationId, secondPlan);
    failing.add('one').add('two');
    // A nano a token is a thousandth of a unit for a million.
    const answer = await chat({ models: ['second/three'], provider: { max_price: { prompt: '0.001' } } });
    expect(answer.status).toBe(503);
    const refused = await chat({ provider: { max_price: { completion: 0.0001 } } });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { param: 'provider' } });
  });
});

it.each([
  ['models', { models: 'one' }],
  ['models', { models: Array.from({ length: 9 }, (_, i) => `m${i}`) }],
  // No row could hold it: the call would go unrecorded, and unpaid.
  ['models', { models: ['second/\u0000'] }],
  ['provider.order', { provider: { order: 7 } }],
  ['provider.data_collection', { provider: { data_collection: 'deny' } }],
])('bad wishes name the field %s', async (field, body) => {
  const answer = await chat(body);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { param: field } });
});
