/** Upstreams that think for long before they say a word: callers hear of us meanwhile, and nothing is lost. */
import type { ServerResponse } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dialectOf } from '../../app/gateway/dialects/index.ts';
import type { NeutralEvent } from '../../app/gateway/dialects/neutral.ts';
import { AppError } from '../../app/lib/app-error.ts';
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
  PAIRS,
  requestOf,
  say,
  START,
  USAGE,
  word,
  type Caller,
} from './llm-stream-fixture.ts';

const PRICES = { input_token: 1_000_000n, output_token: 10_000_000n };
const WALLET = 100_000_000n;
const QUIET_MS = 350;
const FIRST_BYTE_MS = 900;

let fixture: GatewayFixture;
let upstream: Upstream;
let plans: Map<DialectName, AddedPlan>;
/** What the upstream does with the first calls of a test; the last of it with all others. */
let behave: ((response: ServerResponse) => void)[];
let buyer: AddedBuyer;

beforeAll(async () => {
  fixture = await createGatewayFixture({ limits: { keepAliveMs: 60 } });
  upstream = await startUpstream((request, response) => {
    request.resume();
    request.on('end', () => (behave.length > 1 ? behave.shift()! : behave[0]!)(response));
  });
  plans = new Map();
  for (const spoken of CALLERS) plans.set(spoken, await addPlan(spoken, spoken));
});

async function addPlan(spoken: DialectName, slug: string): Promise<AddedPlan> {
  const service = await fixture.addService({
    baseUrl: `${upstream.url}/v1`,
    slug,
    kind: 'llm',
    upstream: { dialect: spoken, models: ['m'], firstByteTimeoutMs: FIRST_BYTE_MS, maxRetries: 0 },
    credential: { placement: 'bearer', secret: 'sk-seller-secret-1234' },
  });
  return fixture.addPlan(service, { kind: 'per_token', prices: PRICES });
}

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

beforeEach(async () => {
  behave = [];
});

async function subscribe(spoken: DialectName): Promise<void> {
  buyer = await fixture.addBuyer(plans.get(spoken)!, { walletNanos: WALLET });
}

function ask(caller: Caller, slug: string, more: object = {}, init: RequestInit = {}): Promise<Response> {
  const { path, body } = requestOf(caller, `${slug}/m`);
  return fixture.call(path, buyer.key.secret, {
    method: 'POST',
    body: JSON.stringify({ ...body, ...more }),
    ...init,
    headers: { 'content-type': 'application/json', ...(init.headers as Record<string, string>) },
  });
}

type Behaviour = (response: ServerResponse) => void;
const afterSilence =
  (then: Behaviour): Behaviour =>
  (response) =>
    void setTimeout(() => then(response), QUIET_MS);
const STOP: NeutralEvent[] = [
  { type: 'stop', choice: 0, reason: 'stop' },
  { type: 'usage', usage: USAGE },
  { type: 'end' },
];
const whole =
  (spoken: DialectName): Behaviour =>
  (response) =>
    void response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(say(spoken, [START, word('thought through'), ...STOP]));
const refuse =
  (spoken: DialectName, status: number): Behaviour =>
  (response) => {
    const error = new AppError('invalid_request', 'Not with me.');
    const body = dialectOf(spoken).renderError(error, { requestId: 'r', publicUrl: 'https://x.test' });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
const reset: Behaviour = (response) => void response.socket!.resetAndDestroy();
const comments = (text: string): number => text.match(/^: keep-alive$/gm)?.length ?? 0;

async function onlyEvent() {
  const rows = await fixture.waitForEvents(buyer.organizationId, 1);
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

describe.each(PAIRS)('a stream for %s from an upstream of %s that is silent at first', (caller, spoken) => {
  beforeEach(() => subscribe(spoken));

  it('is open at once, filled with comments, and then as any other', async () => {
    behave = [afterSilence(whole(spoken))];
    const startedAt = performance.now();
    const answer = await ask(caller, spoken);
    expect(performance.now() - startedAt).toBeLessThan(QUIET_MS);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(answer.headers.get('x-accel-buffering')).toBe('no');
    expect(answer.headers.get('cache-control')).toContain('private');
    const id = answer.headers.get('x-request-id');
    const text = await answer.text();
    expect(comments(text.split('thought')[0]!)).toBeGreaterThan(3);
    expect(text).toContain('thought through');
    expect(text).toMatch(MARK);
    for (const { data } of eventsOf(text)) if (data !== '[DONE]') JSON.parse(data);
    expect(await onlyEvent()).toMatchObject({ request_id: id, terminal_state: 'complete', status_code: 200 });
  });

  it.each([400, 401, 429, 500])('tells a %i that comes then in an event, at no charge', async (status) => {
    // A key that is refused rests.
    const slug = `${caller}-${spoken}-${status}`;
    buyer = await fixture.addBuyer(await addPlan(spoken, slug), { walletNanos: WALLET });
    behave = [afterSilence(refuse(spoken, status))];
    const answer = await ask(caller, slug);
    const text = await answer.text();
    expect([answer.status, comments(text) > 3]).toEqual([200, true]);
    expectOneTypedError(caller, text);
    if (status !== 401) expect(text).toContain('Not with me.');
    expect(text).not.toContain('sk-seller');
    const row = await onlyEvent();
    expect(row).toMatchObject({ status_code: status === 401 ? 502 : status, charge_nanos: '0' });
    expect((await fixture.wallet(buyer.organizationId)).held).toBe(0n);
  });

  it('tells in an event that it never came', async () => {
    behave = [() => {}];
    const text = await (await ask(caller, spoken)).text();
    expectOneTypedError(caller, text);
    expect(await onlyEvent()).toMatchObject({
      terminal_state: 'timeout',
      fault: 'seller',
      charge_nanos: '0',
    });
  });

  it('takes a whole answer as a stream', async () => {
    const answer = {
      ...{ id: 'a', model: 'm', created: 5, usage: USAGE },
      choices: [
        { index: 0, parts: [{ type: 'text' as const, text: 'thought through' }], stop: 'stop' as const },
      ],
    };
    const request = dialectOf('openai-chat').parseRequest(
      { model: 'm', messages: [{ role: 'user', content: 'hello' }] },
      { model: null, stream: null },
    );
    const body = JSON.stringify(dialectOf(spoken).renderAnswer(answer, request));
    behave = [
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
        setTimeout(() => response.end(body), QUIET_MS);
      },
    ];
    const text = await (await ask(caller, spoken)).text();
    expect(comments(text.split('thought')[0]!)).toBeGreaterThan(3);
    expect(text).toMatch(MARK);
    expect(await onlyEvent()).toMatchObject({ terminal_state: 'complete' });
  });
});

describe('an upstream that is silent at first', () => {
  beforeEach(() => subscribe('openai-chat'));

  it('and fails then is followed by another, in the same stream', async () => {
    const service = await fixture.addService({
      baseUrl: `${upstream.url}/v1`,
      slug: 'two',
      kind: 'llm',
      upstream: { dialect: 'openai-chat', models: ['m'], maxRetries: 2 },
    });
    const second = { dialect: 'anthropic' as const, models: ['m'], priority: 1 };
    await fixture.addUpstream(service, { baseUrl: `${upstream.url}/v1`, ...second });
    const plan = await fixture.addPlan(service, { kind: 'per_token', prices: PRICES });
    for (const failure of [reset, refuse('openai-chat', 503)]) {
      buyer = await fixture.addBuyer(plan, { walletNanos: WALLET });
      behave = [afterSilence(failure), afterSilence(whole('anthropic'))];
      const text = await (await ask('openai-chat', 'two')).text();
      expect(text).toContain('thought through');
      expect(text).toMatch(MARK);
      expect(comments(text)).toBeGreaterThan(8);
      expect(await onlyEvent()).toMatchObject({ terminal_state: 'complete', charge_nanos: '29' });
    }
    // Nobody is left, and that is told where the caller can read it.
    buyer = await fixture.addBuyer(plan, { walletNanos: WALLET });
    behave = [afterSilence(reset)];
    expectOneTypedError('openai-chat', await (await ask('openai-chat', 'two')).text());
    expect(await onlyEvent()).toMatchObject({ fault: 'seller', charge_nanos: '0' });
  });

  it('and answers with a page then has failed', async () => {
    behave = [
      afterSilence(
        (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>hi</html>'),
      ),
    ];
    const text = await (await ask('openai-chat', 'openai-chat')).text();
    expect(text).not.toContain('html');
    expectOneTypedError('openai-chat', text);
    expect(await onlyEvent()).toMatchObject({ fault: 'seller', charge_nanos: '0' });
  });

  it('is cancelled when its caller leaves, at no charge', async () => {
    behave = [() => {}];
    const controller = new AbortController();
    const answer = await ask('openai-chat', 'openai-chat', {}, { signal: controller.signal });
    expect(answer.status).toBe(200);
    controller.abort();
    await until('the upstream is free', () => upstream.running() === 0, 2_000);
    expect(await onlyEvent()).toMatchObject({ terminal_state: 'client_gone', charge_nanos: '0' });
  });

  it('keeps its status where no stream was asked for, or none of events', async () => {
    behave = [afterSilence(refuse('openai-chat', 400))];
    const plain = await ask('openai-chat', 'openai-chat', { stream: false, stream_options: undefined });
    expect(plain.status).toBe(400);
    expect(await plain.json()).toMatchObject({ error: { message: 'Not with me.' } });
    const { path, body } = requestOf('gemini', 'openai-chat/m');
    const array = await fixture.call(path.replace('?alt=sse', ''), buyer.key.secret, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(array.status).toBe(400);
    JSON.parse(await array.text());
  });

  it('gives the same answer again for an idempotency key', async () => {
    behave = [afterSilence(whole('openai-chat'))];
    const init = { headers: { 'idempotency-key': 'once' } };
    const [one, two] = [
      await (await ask('openai-chat', 'openai-chat', {}, init)).text(),
      await (await ask('openai-chat', 'openai-chat', {}, init)).text(),
    ];
    expect(comments(two)).toBe(0);
    expect(eventsOf(two)).toEqual(eventsOf(one));
  });

  it('is no trouble for the vendors’ own libraries, and neither is its error', async () => {
    const model = 'openai-chat/m';
    const openai = new OpenAI({ apiKey: buyer.key.secret, baseURL: `${fixture.url}/v1`, maxRetries: 0 });
    const anthropic = new Anthropic({ apiKey: buyer.key.secret, baseURL: fixture.url, maxRetries: 0 });
    const google = new GoogleGenAI({ apiKey: buyer.key.secret, httpOptions: { baseUrl: fixture.url } });
    const messages = [{ role: 'user' as const, content: 'hello' }];
    const readOpenai = async (): Promise<string> => {
      let text = '';
      for await (const chunk of await openai.chat.completions.create({ model, messages, stream: true }))
        text += chunk.choices[0]?.delta.content ?? '';
      return text;
    };
    const readAnthropic = () =>
      anthropic.messages.stream({ model, messages, max_tokens: MAX_TOKENS }).finalText();
    const readGoogle = async (): Promise<string> => {
      let text = '';
      for await (const chunk of await google.models.generateContentStream({ model, contents: 'hello' }))
        text += chunk.text ?? '';
      return text;
    };
    behave = [afterSilence(whole('openai-chat'))];
    for (const read of [readOpenai, readAnthropic, readGoogle]) expect(await read()).toBe('thought through');
    behave = [afterSilence(refuse('openai-chat', 500))];
    for (const read of [readOpenai, readAnthropic, readGoogle])
      await expect(read()).rejects.toThrow('Not with me.');
  });
});
