import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

/** 2 nanos an input token, 10 an output token; the dear model costs ten times as much. */
const PRICES = {
  input_token: 2_000_000n,
  output_token: 10_000_000n,
  'input_token dear': 20_000_000n,
  'output_token dear': 100_000_000n,
};
const WALLET = 1_000_000n;
const WORDS = ['Hel', 'lo, ', 'wor', 'ld', '!'];
const USAGE = { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 };

interface Script {
  usage?: unknown;
  /** How the stream goes on after the words. */
  end?: 'done' | 'cut' | 'clean-without-done' | 'hang' | 'error';
  delayMs?: number;
  words?: string[];
  /** In one piece, whatever was asked for. */
  whole?: boolean;
}

let fixture: GatewayFixture;
let upstream: Upstream;
let service: AddedService;
let perToken: AddedPlan;
let script: Script;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream((request, response, recorded) => {
    request.on('end', () => void answer(recorded.url, recorded.body, response));
  });
  service = await fixture.addService({
    baseUrl: `${upstream.url}/v1`,
    slug: 'writer',
    kind: 'llm',
    upstream: { dialect: 'openai-chat', models: ['cheap', 'dear'], idleTimeoutMs: 900 },
    credential: { placement: 'bearer', secret: 'sk-seller' },
  });
  perToken = await fixture.addPlan(service, { kind: 'per_token', prices: PRICES });
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

async function answer(url: string, body: string, response: ServerResponse): Promise<void> {
  if (url === '/v1/models') {
    response.setHeader('content-type', 'application/json');
    response.end('{"data":[]}');
    return;
  }
  const {
    model,
    stream,
    stream_options: options,
  } = JSON.parse(body) as {
    model: string;
    stream?: boolean;
    stream_options?: { include_usage?: boolean };
  };
  const { usage = USAGE, end = 'done', delayMs = 1, words = WORDS, whole = false } = script;
  const base = { id: 'chatcmpl-1', created: 1, model };
  if (!stream || whole) {
    response.setHeader('content-type', 'application/json');
    const message = { role: 'assistant', content: words.join('') };
    response.end(
      JSON.stringify({
        ...base,
        object: 'chat.completion',
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage,
      }),
    );
    return;
  }
  const send = (value: unknown) =>
    response.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
  const chunk = (delta: object, finish_reason: string | null) =>
    send({ ...base, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] });
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const word of words) {
    chunk({ content: word }, null);
    await sleep(delayMs);
  }
  if (end === 'hang') return;
  if (end === 'cut') return void response.destroy();
  if (end === 'error') send({ error: { message: 'overloaded', type: 'server_error' } });
  if (end === 'done') {
    chunk({}, 'stop');
    if (options?.include_usage && usage !== undefined && usage !== null) {
      send({ ...base, object: 'chat.completion.chunk', choices: [], usage });
    }
    send('[DONE]');
  }
  response.end();
}

interface Caller {
  buyer: AddedBuyer;
  client: OpenAI;
}

async function newCaller(plan: AddedPlan = perToken, base = '/v1'): Promise<Caller> {
  script = {};
  const buyer = await fixture.addBuyer(plan, { walletNanos: WALLET });
  return {
    buyer,
    client: new OpenAI({ apiKey: buyer.key.secret, baseURL: `${fixture.url}${base}`, maxRetries: 0 }),
  };
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Say hello' }];
const charge = (input: number, output: number, factor = 1) =>
  BigInt(input * 2 + output * 10) * BigInt(factor);
const lastBody = () => JSON.parse(upstream.requests.at(-1)!.body) as Record<string, unknown>;

describe('the official OpenAI client', () => {
  it('completes, and pays for the tokens the upstream counted', async () => {
    const { buyer, client } = await newCaller();
    const { data, response } = await client.chat.completions
      .create({ model: 'writer/cheap', messages })
      .withResponse();
    expect(data.choices[0]!.message.content).toBe('Hello, world!');
    expect(lastBody()['model']).toBe('cheap');
    expect(upstream.requests.at(-1)!.url).toBe('/v1/chat/completions');
    expect(upstream.requests.at(-1)!.headers.authorization).toBe('Bearer sk-seller');
    expect(await fixture.wallet(buyer.organizationId)).toEqual({
      available: WALLET - charge(9, 5),
      held: 0n,
    });
    expect(response.headers.get('x-tollgate-cost')).toBe('0.000000068');
    expect(await fixture.events(buyer.organizationId)).toEqual([
      expect.objectContaining({
        model: 'cheap',
        input_tokens: '9',
        output_tokens: '5',
        usage_source: 'upstream',
        charge_nanos: '68',
        streamed: false,
      }),
    ]);
  });

  it('streams word by word, without the usage chunk it did not order', async () => {
    const { buyer, client } = await newCaller();
    const stream = await client.chat.completions.create({ model: 'dear', messages, stream: true });
    const words: string[] = [];
    for await (const chunk of stream) {
      expect(chunk.choices).toHaveLength(1);
      words.push(chunk.choices[0]!.delta.content ?? '');
    }
    expect(words).toEqual([...WORDS, '']);
    expect(lastBody()['stream_options']).toEqual({ include_usage: true });
    expect(await fixture.wallet(buyer.organizationId)).toEqual({
      available: WALLET - charge(9, 5, 10),
      held: 0n,
    });
    expect(await fixture.events(buyer.organizationId)).toEqual([
      expect.objectContaining({ streamed: true, usage_source: 'upstream' }),
    ]);
  });

  it('gets a stream also from an upstream that answers in one piece, and its cost in the head', async () => {
    const { buyer, client } = await newCaller();
    script = { whole: true };
    const { data, response } = await client.chat.completions
      .create({ model: 'writer/cheap', messages, stream: true })
      .withResponse();
    const chunks = await collect(data);
    expect(chunks.map(({ choices: [choice] }) => choice?.delta.content ?? '').join('')).toBe('Hello, world!');
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe('stop');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('x-tollgate-cost')).not.toBeNull();
    expect((await fixture.wallet(buyer.organizationId)).available).toBe(WALLET - charge(9, 5));
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({ terminal_state: 'complete', streamed: true, usage_source: 'upstream' });
  });

  it('gets the usage chunk when it asks for it', async () => {
    const { client } = await newCaller();
    const stream = await client.chat.completions.create({
      model: 'cheap',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await collect(stream);
    expect(chunks.at(-1)!.usage).toMatchObject(USAGE);
  });

  it('works with the service’s own path as base too', async () => {
    for (const base of ['/proxy/v1/writer/v1', '/proxy/v1/writer']) {
      const { buyer, client } = await newCaller(perToken, base);
      const completion = await client.chat.completions.create({ model: 'cheap', messages });
      expect(completion.choices[0]!.message.content).toBe('Hello, world!');
      expect(upstream.requests.at(-1)!.url).toBe('/v1/chat/completions');
      expect(await fixture.wallet(buyer.organizationId)).toEqual({
        available: WALLET - charge(9, 5),
        held: 0n,
      });
    }
  });

  it('lists and finds the models of its subscriptions, and no others', async () => {
    const { buyer, client } = await newCaller();
    const hidden = await fixture.addService({
      baseUrl: upstream.url,
      kind: 'llm',
      upstream: { models: ['other'] },
    });
    expect((await client.models.list()).data.map((model) => model.id)).toEqual([
      'writer/cheap',
      'writer/dear',
    ]);
    expect(await client.models.retrieve('writer/dear')).toMatchObject({
      id: 'writer/dear',
      owned_by: 'writer',
    });
    await expect(client.models.retrieve('other')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
    await fixture.subscribe(buyer.organizationId, await fixture.addPlan(hidden, { kind: 'free' }));
    await until(
      'the new subscription is seen',
      async () => (await client.models.list()).data.length === 3,
      1_000,
    );
    await client.chat.completions.create({ model: 'other', messages });
    expect(lastBody()['model']).toBe('other');
  });

  it('understands our refusals as its own errors', async () => {
    const { client, buyer } = await newCaller();
    const create = (more: object) => client.chat.completions.create({ model: 'cheap', messages, ...more });
    await expect(create({ model: 'nope' })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(create({ n: 1_000 })).rejects.toMatchObject({
      status: 400,
      param: 'n',
      type: 'invalid_request_error',
    });
    await expect(create({ max_tokens: 1e12 })).rejects.toMatchObject({ status: 400, param: 'max_tokens' });
    await expect(create({ messages: [] })).rejects.toMatchObject({ status: 400, param: 'messages' });
    await expect(create({ max_tokens: 1_000_000 })).rejects.toMatchObject({
      status: 402,
      code: 'insufficient_balance',
    });
    const stranger = new OpenAI({ apiKey: 'tg_live_wrong', baseURL: `${fixture.url}/v1`, maxRetries: 0 });
    await expect(stranger.chat.completions.create({ model: 'cheap', messages })).rejects.toBeInstanceOf(
      OpenAI.AuthenticationError,
    );
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: WALLET, held: 0n });
    expect(await fixture.events(buyer.organizationId)).toHaveLength(0);
  });
});

describe('usage that the upstream states', () => {
  it.each([
    ['as zero costs nothing', { prompt_tokens: 0, completion_tokens: 0 }, 'upstream', '0'],
    [
      'beyond what was held costs what was held',
      { prompt_tokens: 1, completion_tokens: 90_000_000 },
      'upstream',
      null,
    ],
    ['negative is estimated', { prompt_tokens: -1, completion_tokens: 5 }, 'estimated', undefined],
    ['absurd is estimated', { prompt_tokens: 1e12, completion_tokens: 5 }, 'estimated', undefined],
    ['not at all is estimated', null, 'estimated', undefined],
  ])('%s', async (_name, usage, source, expected) => {
    for (const stream of [false, true]) {
      const { buyer, client } = await newCaller();
      script = { usage };
      const result = await client.chat.completions.create({
        model: 'cheap',
        messages,
        stream,
        max_tokens: 50,
      });
      if (stream) await collect(result as AsyncIterable<unknown>);
      const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
      expect(event!.usage_source).toBe(source);
      const { available, held } = await fixture.wallet(buyer.organizationId);
      expect(held).toBe(0n);
      expect(WALLET - available).toBe(BigInt(event!.charge_nanos));
      if (expected) expect(event!.charge_nanos).toBe(expected);
      else expect(BigInt(event!.charge_nanos)).toBeGreaterThan(0n);
      expect(BigInt(event!.charge_nanos)).toBeLessThan(2_000n);
    }
  });
});

describe('a stream that does not end well', () => {
  it.each([
    ['is cut', 'cut', 'truncated'],
    ['ends without saying so', 'clean-without-done', 'truncated'],
    ['stalls', 'hang', 'timeout'],
  ] as const)(
    'because it %s ends with an error, never with [DONE]; delivered tokens are paid',
    async (_name, end, state) => {
      const { buyer, client } = await newCaller();
      script = { end };
      const stream = await client.chat.completions.create({ model: 'cheap', messages, stream: true });
      const words: string[] = [];
      await expect(
        (async () => {
          for await (const chunk of stream) words.push(chunk.choices[0]!.delta.content ?? '');
        })(),
      ).rejects.toThrow();
      expect(words).toEqual(WORDS);
      const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
      expect(event).toMatchObject({ terminal_state: state, fault: 'seller', usage_source: 'estimated' });
      expect(Number(event!.output_tokens)).toBe(Math.ceil(WORDS.join('').length / 4));
      expect(BigInt(event!.charge_nanos)).toBeGreaterThan(0n);
      const raw = await fixture.call('/v1/chat/completions', buyer.key.secret, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'cheap', messages, stream: true }),
      });
      expect(await raw.text()).not.toContain('[DONE]');
    },
  );

  it('because the upstream says so passes on its words', async () => {
    const { buyer, client } = await newCaller();
    script = { end: 'error' };
    const stream = await client.chat.completions.create({ model: 'cheap', messages, stream: true });
    await expect(collect(stream)).rejects.toThrow(/overloaded/);
    expect(await fixture.waitForEvents(buyer.organizationId, 1)).toEqual([
      expect.objectContaining({ terminal_state: 'upstream_error', fault: 'seller' }),
    ]);
  });

  it('because the caller leaves is charged for what was delivered, and the upstream is stopped', async () => {
    const { buyer, client } = await newCaller();
    script = { delayMs: 30, words: Array.from({ length: 100 }, () => 'four') };
    const stream = await client.chat.completions.create({ model: 'cheap', messages, stream: true });
    let seen = 0;
    for await (const chunk of stream) if (++seen === 5 || chunk.choices.length === 0) break;
    const leftAt = Date.now();
    const recorded = upstream.requests.at(-1)!;
    await until('the upstream is stopped', () => recorded.abortedAt);
    expect(recorded.abortedAt! - leftAt).toBeLessThan(250);
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({ terminal_state: 'client_gone', fault: 'buyer', usage_source: 'estimated' });
    expect(Number(event!.output_tokens)).toBeGreaterThanOrEqual(5);
    expect(Number(event!.output_tokens)).toBeLessThan(15);
    expect((await fixture.wallet(buyer.organizationId)).held).toBe(0n);
  });
});

describe('money', () => {
  it('has left the wallet before the caller sees [DONE]', async () => {
    const { buyer } = await newCaller();
    const answer = await fixture.call('/v1/chat/completions', buyer.key.secret, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'cheap', messages, stream: true }),
    });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('[DONE]')) text += (await reader.read()).value ?? '';
    expect(await fixture.wallet(buyer.organizationId)).toEqual({
      available: WALLET - charge(9, 5),
      held: 0n,
    });
    expect(await fixture.ledgerSum()).toBe(0n);
  });

  it('is not asked for reading the upstream’s models, and nothing unpriced runs on a plan per token', async () => {
    const { buyer } = await newCaller();
    expect((await fixture.call('/proxy/v1/writer/v1/models', buyer.key.secret)).status).toBe(200);
    const form = {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: '--x--',
    };
    const upload = await fixture.call('/proxy/v1/writer/v1/audio/transcriptions', buyer.key.secret, form);
    expect(upload.status).toBe(402);
    expect(await upload.json()).toMatchObject({ error: { code: 'price_missing' } });
    // What is understood as JSON is no upload, whatever it calls itself: upstreams may read it all the same.
    for (const path of ['chat/completions', 'chat/complet%69ons', 'chat/completions/']) {
      const hidden = await fixture.call(`/proxy/v1/writer/v1/${path}`, buyer.key.secret, form);
      expect(hidden.status).toBe(415);
    }
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: WALLET, held: 0n });
  });

  it('has a price for the model or the call is refused', async () => {
    const plan = await fixture.addPlan(service, {
      kind: 'per_token',
      prices: { 'input_token cheap': 1n, 'output_token cheap': 1n },
    });
    const { client } = await newCaller(plan);
    await expect(client.chat.completions.create({ model: 'dear', messages })).rejects.toMatchObject({
      status: 402,
      code: 'price_missing',
    });
  });
});

describe('bodies', () => {
  it('that are too large, too deep or no JSON are refused in OpenAI’s shape', async () => {
    const { buyer } = await newCaller();
    const post = async (body: string) => {
      const answer = await fixture.call('/v1/chat/completions', buyer.key.secret, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const { error } = (await answer.json()) as { error: Record<string, unknown> };
      expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
      return answer.status;
    };
    expect(await post('{')).toBe(400);
    expect(await post(`{"model":"cheap","messages":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toBe(400);
    expect(
      await post(JSON.stringify({ model: 'cheap', messages: [{ content: 'x'.repeat(5_000_000) }] })),
    ).toBe(413);
  });
});

describe('a model name that the database cannot store', () => {
  it('is refused before it can spoil the batch that holds for other callers too', async () => {
    const anyModel = await fixture.addService({ baseUrl: `${upstream.url}/v1`, kind: 'llm' });
    const plan = await fixture.addPlan(anyModel, { kind: 'per_token', prices: PRICES });
    const { buyer: hostile } = await newCaller(plan);
    const { buyer: other } = await newCaller(plan);
    const ask = async (key: string, model: string) => {
      const response = await fixture.call(`/proxy/v1/${anyModel.slug}/v1/chat/completions`, key, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"model":"${model}","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`,
      });
      await response.arrayBuffer();
      return response.status;
    };
    await ask(other.key.secret, 'cheap');
    const names = ['a\\u0000b', 'a\\ud800b'];
    const asked = names.flatMap((name) => [
      ask(hostile.key.secret, name),
      ask(other.key.secret, 'cheap'),
      ask(other.key.secret, 'cheap'),
    ]);
    expect(await Promise.all(asked)).toEqual([400, 200, 200, 400, 200, 200]);
  });
});
