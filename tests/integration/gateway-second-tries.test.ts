/** What becomes of a call whose upstream takes it and answers nothing, or refuses its key in other words. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestClock, type TestClock } from '../support/clock.ts';
import { until } from '../support/until.ts';
import { startUpstream, type RecordedRequest, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

const PRICES = { input_token: 1_000_000n, output_token: 1_000_000n };
const WALLET = 1_000_000n;
const BREAKER = { breakerFailures: 4, breakerOpenMs: 30_000 };

type Behaviour = (response: ServerResponse, recorded: RecordedRequest) => void;

let clock: TestClock;
let fixture: GatewayFixture;
let upstream: Upstream;
/** What the upstream does with the first calls of a test; later ones get `answer`. */
let first: Behaviour[];
let before: number;

beforeAll(async () => {
  clock = createTestClock();
  fixture = await createGatewayFixture({ platform: { clock }, limits: BREAKER });
  upstream = await startUpstream((request, response, recorded) => {
    request.on('end', () => (first.shift() ?? answer)(response, recorded));
  });
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

beforeEach(() => {
  first = [];
  before = upstream.requests.length;
  clock.set(Date.now());
});

const reset: Behaviour = (response) => void response.socket!.resetAndDestroy();
const cut: Behaviour = (response) => void response.socket!.destroy();
const answer: Behaviour = (response, { url }) => {
  const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };
  const message = { role: 'assistant', content: 'hello' };
  const said = url.includes('generateContent')
    ? { candidates: [{ content: { parts: [{ text: 'hello' }] }, finishReason: 'STOP' }] }
    : { model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }], usage };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
};

const tries = (): number => upstream.requests.length - before;

/** An LLM service on a plan by tokens. */
async function llm(
  dialect: 'openai-chat' | 'gemini',
  values: object = {},
): Promise<{ service: AddedService; buyer: AddedBuyer }> {
  const service = await fixture.addService({
    baseUrl: dialect === 'gemini' ? upstream.url : `${upstream.url}/v1`,
    kind: 'llm',
    upstream: { dialect, models: ['m'], ...values },
  });
  const plan = await fixture.addPlan(service, { kind: 'per_token', prices: PRICES });
  return { service, buyer: await fixture.addBuyer(plan, { walletNanos: WALLET }) };
}

const chat = ({ service, buyer }: { service: AddedService; buyer: AddedBuyer }, body: object = {}) =>
  fixture.call('/v1/chat/completions', buyer.key.secret, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: `${service.slug}/m`,
      max_tokens: 10,
      messages: [{ role: 'user', content: 'hi' }],
      ...body,
    }),
  });

describe.each([
  ['is reset', reset],
  ['ends', cut],
])('a connection that %s before the answer begins', (_name, fail) => {
  it('sends a model’s call to another upstream', async () => {
    const one = await llm('openai-chat');
    await fixture.addUpstream(one.service, {
      baseUrl: `${upstream.url}/v1`,
      dialect: 'openai-chat',
      models: ['m'],
    });
    first = [fail];
    const response = await chat(one);
    expect([response.status, response.headers.get('x-tollgate-attempts'), tries()]).toEqual([200, '2', 2]);
    const [event] = await fixture.waitForEvents(one.buyer.organizationId, 1);
    expect(event).toMatchObject({ charge_nanos: '7', terminal_state: 'complete' });
  });

  it('sends it again where there is no other, as a connection may have gone stale, once', async () => {
    const one = await llm('openai-chat');
    first = [fail];
    const response = await chat(one);
    expect([response.status, response.headers.get('x-tollgate-attempts'), tries()]).toEqual([200, '2', 2]);
    const [again, sent] = [upstream.requests.at(-1)!, upstream.requests.at(-2)!];
    expect(again.body).toBe(sent.body);
    // The very same headers, none of them twice.
    expect(again.rawHeaders).toEqual(sent.rawHeaders);
    first = [fail, fail, fail];
    const failed = await chat(one);
    expect([failed.status, tries()]).toEqual([502, 4]);
    const events = await fixture.waitForEvents(one.buyer.organizationId, 2);
    expect(events.map(({ status_code, charge_nanos }) => [status_code, charge_nanos]).sort()).toEqual([
      [200, '7'],
      [502, '0'],
    ]);
  });

  it('sends it again nowhere when the seller wants no second tries', async () => {
    const one = await llm('openai-chat', { maxRetries: 0 });
    first = [fail];
    expect([(await chat(one)).status, tries()]).toEqual([502, 1]);
  });

  it('repeats a plain call only when that changes nothing', async () => {
    const service = await fixture.addService({ baseUrl: upstream.url });
    const buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
    const call = (method: string) =>
      fixture.call(`/proxy/v1/${service.slug}/x`, buyer.key.secret, {
        method,
        ...(method === 'POST' && { body: 'pay' }),
      });
    first = [fail];
    expect([(await call('GET')).status, tries()]).toEqual([200, 2]);
    first = [fail];
    expect([(await call('POST')).status, tries()]).toEqual([502, 3]);
  });
});

it('a call that failed does not stand in its own way where one may run at once', async () => {
  const one = await llm('openai-chat', { maxConcurrency: 1 });
  for (const secret of ['sk-first-key', 'sk-second-key'])
    await fixture.addCredential(one.service, one.service.upstreamId, secret);
  first = [(response) => void response.writeHead(429).end()];
  expect([(await chat(one)).status, tries()]).toEqual([200, 2]);
});

describe('a key that Google refuses with 400', () => {
  const error = {
    code: 400,
    message: 'API key not valid. Please pass a valid API key.',
    status: 'INVALID_ARGUMENT',
    details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }],
  };
  const say =
    (body: unknown): Behaviour =>
    (response) => {
      const text = JSON.stringify(body);
      response.writeHead(400, { 'content-type': 'application/json' });
      // In two pieces.
      response.write(text.slice(0, 20), () => setTimeout(() => response.end(text.slice(20)), 20));
    };

  const generate = ({ service, buyer }: { service: AddedService; buyer: AddedBuyer }) =>
    fixture.call(`/v1beta/models/${service.slug}%2Fm:generateContent`, buyer.key.secret, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }),
    });
  const refusals = async (id: string): Promise<number> => {
    const [row] = await fixture.platform.database.sql`select refusals from credentials where id = ${id}`;
    return Number(row!['refusals']);
  };

  it('is marked, and another key answers', async () => {
    const one = await llm('gemini');
    const ids: string[] = [];
    for (const secret of ['AIza-first-key', 'AIza-second-key'])
      ids.push(await fixture.addCredential(one.service, one.service.upstreamId, secret));
    first = [say({ error })];
    const response = await generate(one);
    expect([response.status, tries()]).toEqual([200, 2]);
    await until('it is marked', async () => {
      const counts = await Promise.all(ids.map(refusals));
      return counts.sort().join() === '0,1';
    });
  });

  it.each(['gemini', 'openai-chat'])('is the seller’s to repair, for a caller of %s', async (caller) => {
    const one = await llm('gemini');
    first = [say({ error })];
    const response = caller === 'gemini' ? await generate(one) : await chat(one);
    expect([response.status, response.headers.get('x-error-source')]).toEqual([502, 'gateway']);
    const [event] = await fixture.waitForEvents(one.buyer.organizationId, 1);
    expect(event).toMatchObject({ error_code: 'upstream_auth_failed', fault: 'seller', charge_nanos: '0' });
  });

  it('is no 400 about the request, which passes as it is', async () => {
    const one = await llm('gemini');
    const ours = { error: { ...error, message: 'API_KEY_INVALID is no model', details: [] } };
    first = [say(ours)];
    const response = await generate(one);
    expect([response.status, response.headers.get('x-error-source'), tries()]).toEqual([400, 'upstream', 1]);
    expect(await response.json()).toEqual(ours);
    const long = { error: { ...error, message: 'x'.repeat(40_000), details: [] } };
    first = [say(long)];
    expect(await (await generate(one)).json()).toEqual(long);
  });
});

it('an upstream that begins to answer again is open to all at once, not when the stream has ended', async () => {
  const one = await llm('openai-chat', { maxRetries: 0 });
  const other = await fixture.addBuyer(
    await fixture.addPlan(one.service, { kind: 'per_token', prices: PRICES }),
    { walletNanos: WALLET },
  );
  const fail: Behaviour = (response) => void response.writeHead(500).end();
  first = Array.from({ length: BREAKER.breakerFailures }, () => fail);
  for (let i = 0; i < BREAKER.breakerFailures; i++)
    await (await chat({ ...one, buyer: i % 2 === 0 ? one.buyer : other })).arrayBuffer();
  expect((await chat(one)).status).toBe(503);
  clock.set(clock.now() + BREAKER.breakerOpenMs);
  let finish = (): void => {};
  first = [
    (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      finish = () => void response.end('data: [DONE]\n\n');
    },
  ];
  const probe = await chat(one, { stream: true });
  expect(probe.status).toBe(200);
  expect((await chat({ ...one, buyer: other })).status).toBe(200);
  finish();
  await probe.text();
});
