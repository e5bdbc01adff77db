/** Streams that fail after their first byte, or lie, in every dialect: what the caller and the wallet see. */
import type { ServerResponse } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NeutralEvent } from '../../app/gateway/dialects/neutral.ts';
import type { DialectName } from '../../app/lib/service-options.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type GatewayFixture,
} from './gateway-fixture.ts';
import {
  CALLERS,
  eventsOf,
  expectOneTypedError,
  MARK,
  MAX_TOKENS,
  overloaded,
  PAIRS,
  requestOf,
  say,
  START,
  USAGE,
  word,
  type Caller,
} from './llm-stream-fixture.ts';

/** A nano an input token, ten an output token. */
const PRICES = { input_token: 1_000_000n, output_token: 10_000_000n };
const WALLET = 100_000_000n;

const PLANS = ['free', 'paid'] as const;

let fixture: GatewayFixture;
let upstream: Upstream;
let plans: Map<string, AddedPlan>;
let behave: (response: ServerResponse) => void;
let buyer: AddedBuyer;

const slugOf = (spoken: DialectName, plan: (typeof PLANS)[number]): string => `${spoken}-${plan}`;

beforeAll(async () => {
  fixture = await createGatewayFixture({ limits: { keepAliveMs: 40 } });
  upstream = await startUpstream((request, response) => {
    request.resume();
    request.on('end', () => behave(response));
  });
  plans = new Map();
  for (const spoken of CALLERS) {
    for (const plan of PLANS) {
      const service = await fixture.addService({
        baseUrl: `${upstream.url}/v1`,
        slug: slugOf(spoken, plan),
        kind: 'llm',
        upstream: { dialect: spoken, models: ['m'], idleTimeoutMs: 400, firstByteTimeoutMs: 2_000 },
        credential: { placement: 'bearer', secret: 'sk-seller-secret-1234' },
      });
      const kind = plan === 'free' ? 'free' : 'per_token';
      const added = await fixture.addPlan(service, { kind, ...(plan === 'paid' && { prices: PRICES }) });
      plans.set(slugOf(spoken, plan), added);
    }
  }
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

async function subscribe(spoken: DialectName, plan: (typeof PLANS)[number]): Promise<void> {
  buyer = await fixture.addBuyer(plans.get(slugOf(spoken, plan))!, { walletNanos: WALLET });
}

/** A stream is asked for in the caller's own words. */
function ask(caller: Caller, model: string, more: object = {}, init: RequestInit = {}): Promise<Response> {
  const { path, body } = requestOf(caller, model);
  return fixture.call(path, buyer.key.secret, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, ...more }),
    ...init,
  });
}

const BEGUN = [START, word('one '), word('two ')];

const failWith = (then: (response: ServerResponse) => void, parts: string) => (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(parts, () => then(response));
};
const FAULTS = [
  ['stalls', () => {}],
  ['ends without its mark', (response: ServerResponse) => void response.end()],
  ['is reset', (response: ServerResponse) => void setTimeout(() => response.socket!.resetAndDestroy(), 20)],
] as const;

describe.each(PAIRS)('a stream for %s from an upstream of %s', (caller, spoken) => {
  const whole = say(spoken, BEGUN);

  describe.each(PLANS)('on a %s plan', (plan) => {
    beforeEach(() => subscribe(spoken, plan));
    const model = `${slugOf(spoken, plan)}/m`;

    it.each(FAULTS)('that %s between events ends with one typed error', async (_name, then) => {
      behave = failWith(then, whole);
      const answer = await ask(caller, model);
      expect(answer.status).toBe(200);
      const text = await answer.text();
      expect(text).toContain('two');
      expectOneTypedError(caller, text);
    });

    it.each(FAULTS)('that %s inside an event ends with one typed error', async (_name, then) => {
      behave = failWith(then, `${whole}data: {"id":"answer-1","cho`);
      const text = await (await ask(caller, model)).text();
      expect(text).toContain('two');
      expectOneTypedError(caller, text);
    });
  });
});

describe.each(PAIRS)('a stream for %s from an upstream of %s', (caller, spoken) => {
  beforeEach(() => subscribe(spoken, 'paid'));
  const model = `${slugOf(spoken, 'paid')}/m`;

  it('that says an error before any word costs nothing', async () => {
    behave = failWith((response) => void response.end(), say(spoken, [START]) + overloaded(spoken));
    const text = await (await ask(caller, model)).text();
    expect(text).toContain('overloaded');
    expectOneTypedError(caller, text);
    const [row] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(row).toMatchObject({
      terminal_state: expect.stringMatching(/upstream_error|truncated/),
      fault: 'seller',
      charge_nanos: '0',
    });
  });

  it.each(FAULTS)('that says an error and then %s tells that error alone', async (_name, then) => {
    behave = failWith(then, say(spoken, BEGUN) + overloaded(spoken));
    const text = await (await ask(caller, model)).text();
    expect(text).toContain('overloaded');
    expectOneTypedError(caller, text);
  });

  it.each(FAULTS)('that %s before any word costs nothing', async (_name, then) => {
    behave = failWith(then, say(spoken, [START]));
    await (await ask(caller, model)).text();
    const [row] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(row).toMatchObject({ fault: 'seller', charge_nanos: '0' });
  });
});

describe('a stream that says an error after some words', () => {
  it('costs its words, and not the price of the call', async () => {
    const service = await fixture.addService({
      baseUrl: `${upstream.url}/v1`,
      slug: 'by-call-and-token',
      kind: 'llm',
      upstream: { dialect: 'openai-chat', models: ['m'] },
    });
    const plan = await fixture.addPlan(service, {
      kind: 'per_call',
      prices: { ...PRICES, call: 5_000_000_000n },
    });
    buyer = await fixture.addBuyer(plan, { walletNanos: WALLET });
    const said = say('openai-chat', BEGUN) + overloaded('openai-chat');
    behave = failWith((response) => void response.end(), said);
    const text = await (await ask('openai-chat', 'by-call-and-token/m')).text();
    expect(text).toContain('overloaded');
    const [row] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(row).toMatchObject({ terminal_state: 'upstream_error', fault: 'seller', output_tokens: '2' });
    expect(row!.lines!.map(({ meter }) => meter).sort()).toEqual(['input_token', 'output_token']);
  });
});

describe('an answer that is not what its head says', () => {
  const lies: [string, string | null, string][] = [
    ['a page instead of events', 'text/html', '<html>Bad gateway</html>'],
    ['a page instead of JSON that says it is JSON', 'application/json', '<html>Bad gateway</html>'],
    [
      'JSON that is cut short',
      'application/json',
      '{"id":"c","choices":[{"index":0,"message":{"role":"assistant","cont',
    ],
    ['events without their type', null, say('openai-chat', BEGUN)],
    ['nothing at all', 'application/json', ''],
  ];
  it.each(lies)('%s is a failure that nobody pays for', async (_name, type, body) => {
    for (const stream of [true, false]) {
      await subscribe('openai-chat', 'paid');
      behave = (response) => {
        if (type !== null) response.setHeader('content-type', type);
        response.end(body);
      };
      const answer = await ask(
        'openai-chat',
        `${slugOf('openai-chat', 'paid')}/m`,
        stream ? {} : { stream: false, stream_options: undefined },
      );
      expect(answer.status).toBe(502);
      const [row] = await fixture.waitForEvents(buyer.organizationId, 1);
      expect(row).toMatchObject({ fault: 'seller', charge_nanos: '0' });
    }
  });
});

describe('a declared length that the upstream does not keep', () => {
  it.each([
    ['shorter', '10', 502],
    ['longer', '100000', 504],
  ])('that is %s than the answer is a failure that nobody pays for', async (_name, length, status) => {
    await subscribe('openai-chat', 'paid');
    behave = (response) => {
      response.strictContentLength = false;
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': length });
      response.end('{"choices":[{"index":0,"message":{"role":"assistant","content":"hello"}}]}');
    };
    const whole = { stream: false, stream_options: undefined };
    const answer = await ask('openai-chat', `${slugOf('openai-chat', 'paid')}/m`, whole);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-error-source')).toBe('gateway');
    const [row] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(row).toMatchObject({ fault: 'seller', charge_nanos: '0' });
  });
});

describe('an answer that has begun', () => {
  it('and breaks is never begun again elsewhere', async () => {
    const service = await fixture.addService({
      baseUrl: `${upstream.url}/v1`,
      slug: 'two-upstreams',
      kind: 'llm',
      upstream: { dialect: 'openai-chat', models: ['m'], maxRetries: 2 },
    });
    await fixture.addUpstream(service, {
      baseUrl: `${upstream.url}/other`,
      dialect: 'openai-chat',
      models: ['m'],
    });
    buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'per_token', prices: PRICES }), {
      walletNanos: WALLET,
    });
    const before = upstream.requests.length;
    behave = failWith((response) => void response.socket!.resetAndDestroy(), say('openai-chat', BEGUN));
    const answer = await ask('openai-chat', 'two-upstreams/m');
    expectOneTypedError('openai-chat', await answer.text());
    expect(upstream.requests.length - before).toBe(1);
    expect(answer.headers.get('x-tollgate-attempts')).toBe('1');
    const [row] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(row).toMatchObject({ terminal_state: 'truncated', fault: 'seller' });
  });
});

describe('silence', () => {
  const QUIET_MS = 300;
  /** Head, silence, a word, silence, and the end: longer than two pauses of any proxy on the way. */
  const think = (spoken: DialectName) => (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    setTimeout(() => response.write(say(spoken, [START, word('thought ')])), QUIET_MS);
    const end: NeutralEvent[] = [
      { type: 'stop', choice: 0, reason: 'stop' },
      { type: 'usage', usage: USAGE },
      { type: 'end' },
    ];
    const whole = say(spoken, [START, word('thought '), word('through'), ...end]);
    const told = say(spoken, [START, word('thought ')]);
    setTimeout(() => response.end(whole.slice(told.length)), 2 * QUIET_MS);
  };

  it.each(PAIRS)(
    'before and between the events for %s from %s is filled with comments',
    async (caller, spoken) => {
      await subscribe(spoken, 'paid');
      behave = think(spoken);
      const answer = await ask(caller, `${slugOf(spoken, 'paid')}/m`);
      const text = await answer.text();
      const [beforeFirst = ''] = text.split('thought ');
      expect(beforeFirst.match(/^: keep-alive$/gm)!.length).toBeGreaterThan(2);
      expect(text.slice(beforeFirst.length).match(/^: keep-alive$/gm)!.length).toBeGreaterThan(2);
      // Without the comments it is a stream of whole events.
      for (const { data } of eventsOf(text)) if (data !== '[DONE]') JSON.parse(data);
      expect(text).toMatch(MARK);
    },
  );

  it('is no trouble for the vendors’ own libraries', async () => {
    await subscribe('openai-chat', 'paid');
    behave = think('openai-chat');
    const model = `${slugOf('openai-chat', 'paid')}/m`;
    const openai = new OpenAI({ apiKey: buyer.key.secret, baseURL: `${fixture.url}/v1`, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: 'hello' }];
    let text = '';
    for await (const chunk of await openai.chat.completions.create({ model, messages, stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('thought through');
    const anthropic = new Anthropic({ apiKey: buyer.key.secret, baseURL: fixture.url, maxRetries: 0 });
    const stream = anthropic.messages.stream({ model, messages, max_tokens: MAX_TOKENS });
    expect(await stream.finalText()).toBe('thought through');
    const google = new GoogleGenAI({ apiKey: buyer.key.secret, httpOptions: { baseUrl: fixture.url } });
    text = '';
    for await (const chunk of await google.models.generateContentStream({ model, contents: 'hello' }))
      text += chunk.text ?? '';
    expect(text).toBe('thought through');
  });
});

describe('callers who leave at any moment', () => {
  const CALLS = 500;
  const WORDS = 20;
  /** Twenty words and their usage within some 60 ms. */
  const talk: typeof behave = (response) => {
    let sent = 0;
    const timer = setInterval(() => {
      if (sent === 0) response.writeHead(200, { 'content-type': 'text/event-stream' });
      const first = sent === 0 ? [START] : [];
      if (sent++ < WORDS) return void response.write(say('openai-chat', [...first, word('word ')]));
      clearInterval(timer);
      const usage = { ...USAGE, inputTokens: 9, outputTokens: WORDS };
      response.end(say('openai-chat', [{ type: 'usage', usage }, { type: 'end' }]));
    }, 3);
    response.on('close', () => clearInterval(timer));
  };

  it.each(['cancel', 'drain'] as const)(
    'are billed once each, for no more than they got or their upstream said: %s',
    { timeout: 60_000 },
    async (abandonPolicy) => {
      const service = await fixture.addService({
        baseUrl: `${upstream.url}/v1`,
        slug: `leaving-${abandonPolicy}`,
        kind: 'llm',
        upstream: { dialect: 'openai-chat', models: ['m'], abandonPolicy },
      });
      const plan = await fixture.addPlan(service, { kind: 'per_token', prices: PRICES });
      buyer = await fixture.addBuyer(plan, { walletNanos: WALLET });
      behave = talk;
      const before = upstream.requests.length;
      const leave = async (): Promise<void> => {
        const controller = new AbortController();
        const timer = setTimeout(() => controller.abort(), Math.random() * 90);
        const answer = ask('openai-chat', `${service.slug}/m`, {}, { signal: controller.signal });
        await answer.then((one) => one.text()).catch(() => undefined);
        clearTimeout(timer);
      };
      for (let done = 0; done < CALLS; done += 50) await Promise.all(Array.from({ length: 50 }, leave));
      await until(
        'no call is left',
        () => fixture.gateway.activeCalls === 0 && upstream.running() === 0,
        10_000,
      );
      await until(
        'no money is held',
        async () => (await fixture.wallet(buyer.organizationId)).held === 0n,
        10_000,
      );
      const asked = upstream.requests.slice(before).map(({ headers }) => String(headers['x-request-id']));
      const rows = await fixture.waitForEvents(buyer.organizationId, asked.length);
      const billed = rows.map(({ request_id }) => request_id);
      expect(new Set(billed).size).toBe(billed.length);
      expect(asked.filter((id) => !billed.includes(id))).toEqual([]);
      let spent = 0n;
      for (const row of rows) {
        const [input, output] = [Number(row.input_tokens ?? 0), Number(row.output_tokens ?? 0)];
        // What is on the row is what was charged.
        expect([0, input + 10 * output]).toContain(Number(row.charge_nanos));
        expect(output).toBeLessThanOrEqual(2 * WORDS);
        if (row.usage_source === 'upstream') expect([input, output]).toEqual([9, WORDS]);
        if (row.terminal_state === 'complete') expect(row.charge_nanos).toBe('209');
        spent += BigInt(row.charge_nanos);
      }
      expect(rows.some(({ terminal_state }) => terminal_state === 'client_gone')).toBe(true);
      expect((await fixture.wallet(buyer.organizationId)).available).toBe(WALLET - spent);
      expect(await fixture.ledgerSum()).toBe(0n);
    },
  );
});
