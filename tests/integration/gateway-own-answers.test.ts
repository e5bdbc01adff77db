/** What the gateway answers by itself: calls explained, usage added up, conversations remembered. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rollUpUsage } from '../../app/domain/usage/index.ts';
import { rememberedBytesOf } from '../../app/gateway/conversation.ts';
import { keys, organizations, type CallTrace } from '../../db/schema/index.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type GatewayFixture,
} from './gateway-fixture.ts';

interface Message {
  role: string;
  content: string;
}

let fixture: GatewayFixture;
let upstream: Upstream;
let plan: AddedPlan;
let slug: string;
let buyer: AddedBuyer;
let stranger: AddedBuyer;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  // Says back what it was sent, so that a test sees what the model saw.
  upstream = await startUpstream((request, response, recorded) => {
    request.on('end', () => {
      const { messages, stream } = JSON.parse(recorded.body.toString()) as {
        messages: Message[];
        stream?: boolean;
      };
      const content = `saw ${messages.map((message) => message.content).join(' | ')}`;
      const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };
      const base = { id: 'c1', created: 1, model: 'm1' };
      if (!stream) {
        response.setHeader('content-type', 'application/json');
        const choice = { index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' };
        response.end(JSON.stringify({ ...base, object: 'chat.completion', choices: [choice], usage }));
        return;
      }
      response.setHeader('content-type', 'text/event-stream');
      const send = (value: unknown) => response.write(`data: ${JSON.stringify(value)}\n\n`);
      for (const text of content.split(/(?<= )/)) {
        send({ ...base, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: text } }] });
      }
      send({
        ...base,
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
      });
      send({ ...base, object: 'chat.completion.chunk', choices: [], usage });
      response.end('data: [DONE]\n\n');
    });
  });
  const service = await fixture.addService({
    baseUrl: `${upstream.url}/v1`,
    kind: 'llm',
    upstream: { models: ['m1'], dialect: 'openai-chat' },
  });
  ({ slug } = service);
  plan = await fixture.addPlan(service, {
    kind: 'per_token',
    prices: { input_token: 150_000_000n, output_token: 600_000_000n },
  });
});
afterAll(async () => {
  await fixture.close();
  await upstream.close();
});
beforeEach(async () => {
  buyer = await fixture.addBuyer(plan, { walletNanos: 1_000_000_000n });
  stranger = await fixture.addBuyer(plan, { walletNanos: 1_000_000_000n });
});

const remember = (organizationId: string, days: number | null) =>
  fixture.platform.db
    .update(organizations)
    .set({ conversationRetentionDays: days })
    .where(eq(organizations.id, organizationId));

const chat = (text: string, more: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  fixture.call('/v1/chat/completions', buyer.key.secret, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: `${slug}/m1`, messages: [{ role: 'user', content: text }], ...more }),
  });

async function get<T>(path: string, key = buyer.key.secret): Promise<{ status: number; body: T }> {
  const response = await fixture.call(path, key);
  return { status: response.status, body: (await response.json()) as T };
}

interface Explained {
  id: string;
  status: number;
  key: { id: string };
  conversation: string | null;
  usage: { input_tokens: number };
  cost: { lines: { meter: string; quantity: number; amount: string }[]; computed: string; charged: string };
}

describe('GET /v1/requests/:id', () => {
  it('accounts for the charge to the last nano, line by line', async () => {
    const answer = await chat('hello');
    const id = answer.headers.get('x-request-id')!;
    await answer.text();
    const { status, body } = await get<Explained>(`/v1/requests/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, status: 200, key: { id: buyer.key.id }, usage: { input_tokens: 10 } });
    // 10 × 0.15 and 4 × 0.60 of a millionth.
    expect(body.cost.lines.map(({ meter, quantity, amount }) => [meter, quantity, amount])).toEqual([
      ['input_token', 10, '0.0000015'],
      ['output_token', 4, '0.0000024'],
    ]);
    expect(body.cost.computed).toBe(body.cost.charged);
    expect(body.cost.charged).toBe(answer.headers.get('x-tollgate-cost'));
  });

  it('tells nobody else, and says 404 of a call that was never made', async () => {
    const answer = await chat('mine');
    await answer.text();
    const id = answer.headers.get('x-request-id')!;
    expect((await get(`/v1/requests/${id}`, stranger.key.secret)).status).toBe(404);
    expect((await get('/v1/requests/req_01jzzzzzzzzzzzzzzzzzzzzzzz')).status).toBe(404);
    expect((await fixture.call(`/v1/requests/${id}`, null)).status).toBe(401);
  });
});

describe('GET /v1/requests/:id of a call without incidents', () => {
  interface Told {
    path: string | null;
    routing: { tries: number; attempts: { upstream: { id: string }; status: number; ms: number }[] };
    limits: { name: string; limit: number; remaining: number | null; recorded: boolean }[];
  }

  async function plain(
    kind: 'free' | 'per_call',
  ): Promise<{ told: Told; upstreamId: string; trace: CallTrace | null }> {
    const service = await fixture.addService({ baseUrl: upstream.url });
    const added = await fixture.addPlan(service, {
      kind,
      requestsPerMinute: 30,
      prices: kind === 'free' ? {} : { call: 1_000_000n },
    });
    buyer = await fixture.addBuyer(added, { walletNanos: 1_000_000n });
    await fixture.platform.db
      .update(organizations)
      .set({ requestsPerDay: 900 })
      .where(eq(organizations.id, buyer.organizationId));
    const answer = await fixture.call(`/proxy/v1/${service.slug}/things?q=1`, buyer.key.secret, {
      method: 'POST',
      body: '{"messages":[]}',
    });
    await answer.text();
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    const { body } = await get<Told>(`/v1/requests/${answer.headers.get('x-request-id')}`);
    return { told: body, upstreamId: service.upstreamId, trace: event!.trace };
  }

  it('names the attempt and the limits also where nothing was noted', async () => {
    const { told, upstreamId, trace } = await plain('free');
    expect(trace).toBeNull();
    expect(told.routing).toMatchObject({
      tries: 1,
      attempts: [{ upstream: { id: upstreamId }, status: 200 }],
    });
    expect(told.limits).toEqual([
      { name: 'org', limit: 60_000, remaining: null, window_seconds: 60, recorded: false },
      { name: 'org-day', limit: 900, remaining: null, window_seconds: 86_400, recorded: false },
      { name: 'plan', limit: 30, remaining: null, window_seconds: 60, recorded: false },
    ]);
  });

  it('also of a call that is paid, and of one to an LLM', async () => {
    const { told, upstreamId, trace } = await plain('per_call');
    expect(trace?.attempts).toBeUndefined();
    expect(told.routing.attempts).toMatchObject([{ upstream: { id: upstreamId }, status: 200 }]);
    expect(told.limits.map(({ name }) => name)).toEqual(['org', 'org-day', 'plan']);
    buyer = await fixture.addBuyer(plan, { walletNanos: 1_000_000_000n });
    const answer = await chat('hello');
    await answer.text();
    const { body } = await get<Told>(`/v1/requests/${answer.headers.get('x-request-id')}`);
    expect(body.routing.attempts).toMatchObject([{ status: 200, model: 'm1' }]);
    expect(body.limits.map(({ name }) => name)).toEqual(['org', 'key']);
  });

  it('and says what was left of the tightest limit where more had to be noted', async () => {
    await remember(buyer.organizationId, 7);
    const named = { 'x-tollgate-conversation': 'noted' };
    let answer = await chat('a', {}, named);
    await expect.poll(async () => (answer = await chat('a', {}, named)).status).toBe(200);
    await answer.text();
    const { body } = await get<Told>(`/v1/requests/${answer.headers.get('x-request-id')}`);
    expect(body.path).toBe('/v1/chat/completions');
    expect(body.limits).toMatchObject([
      { name: 'org', remaining: expect.any(Number) as number, recorded: true },
      { name: 'key', remaining: null, recorded: false },
    ]);
  });
});

describe('GET /v1/usage', () => {
  it('adds up this month by service, key and model, for this organization only', async () => {
    await (await chat('one')).text();
    await (await chat('two')).text();
    await fixture.waitForEvents(buyer.organizationId, 2);
    await rollUpUsage(fixture.platform.createContext({ type: 'system', job: 'test' }));
    interface Usage {
      totals: { calls: number; cost: string };
      by_key: { id: string; calls: number }[];
      by_model: { model: string; calls: number; cost: string }[];
    }
    const { body } = await get<Usage>('/v1/usage');
    expect(body.totals).toMatchObject({ calls: 2, cost: '0.0000078' });
    expect(body.by_key).toMatchObject([{ id: buyer.key.id, calls: 2 }]);
    expect(body.by_model).toMatchObject([{ model: `${slug}/m1`, calls: 2, cost: '0.0000078' }]);
    expect((await get<Usage>('/v1/usage', stranger.key.secret)).body.totals.calls).toBe(0);
    expect((await get('/v1/usage?from=yesterday')).status).toBe(400);
  });
});

describe('a remembered conversation', () => {
  const contentOf = async (response: Response) => {
    const { choices } = (await response.json()) as { choices: { message: Message }[] };
    return choices[0]!.message.content;
  };

  it('is refused with the way to turn it on while the organization remembers nothing', async () => {
    const response = await chat('hi', {}, { 'x-tollgate-conversation': 'c' });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('/buyer/conversations');
    expect((await fixture.wallet(buyer.organizationId)).held).toBe(0n);
  });

  it('puts earlier turns in front, streamed or not, named by header or by body', async () => {
    await remember(buyer.organizationId, 7);
    const named = { 'x-tollgate-conversation': 'sea' };
    await expect.poll(async () => (await chat('a', {}, named)).status).toBe(200);
    expect(await (await chat('b', { stream: true }, named)).text()).toContain('[DONE]');
    expect(await contentOf(await chat('c', { conversation: 'sea' }))).toMatch(
      /^saw a \| saw a \| b \| saw .* \| c$/,
    );
    // The id itself is ours: the upstream never sees it.
    expect(upstream.requests.at(-1)!.body.toString()).not.toContain('"conversation"');
    interface Detail {
      messages: { role: string; parts: { text: string }[] }[];
    }
    const { body } = await get<Detail>('/v1/conversations/sea');
    expect(body.messages.map(({ role }) => role)).toEqual(
      Array.from({ length: 3 }, () => ['user', 'assistant']).flat(),
    );
    expect(body.messages[3]!.parts).toEqual([{ type: 'text', text: 'saw a | saw a | b' }]);
  });

  it('goes on in another dialect, streamed or not', async () => {
    await remember(buyer.organizationId, 7);
    const named = { 'x-tollgate-conversation': 'polyglot' };
    await expect.poll(async () => (await chat('a', {}, named)).status).toBe(200);
    const speak = (text: string, stream: boolean) =>
      fixture.call('/v1/messages', buyer.key.secret, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...named },
        body: JSON.stringify({
          model: `${slug}/m1`,
          max_tokens: 50,
          stream,
          messages: [{ role: 'user', content: text }],
        }),
      });
    expect(await (await speak('b', true)).text()).toContain('message_stop');
    const { content } = (await (await speak('c', false)).json()) as { content: { text: string }[] };
    expect(content[0]!.text).toMatch(/^saw a \| saw a \| b \| saw a \| saw a \| b \| c$/);
  });

  it('is named in the body of any dialect, and wrongly in none', async () => {
    await remember(buyer.organizationId, 7);
    await expect.poll(async () => (await chat('a', { conversation: 'any' })).status).toBe(200);
    const ask = (path: string, body: object) =>
      fixture.call(path, buyer.key.secret, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
        body: JSON.stringify(body),
      });
    const model = `${slug}/m1`;
    const messages = [{ role: 'user', content: 'b' }];
    const contents = [{ role: 'user', parts: [{ text: 'c' }] }];
    const answers = [
      await ask('/v1/messages', { model, max_tokens: 9, messages, conversation: 'any' }),
      await ask(`/v1beta/models/${encodeURIComponent(model)}:generateContent`, {
        ...{ contents, conversation: { id: 'any' } },
      }),
      await ask('/v1/responses', { model, input: 'd', conversation: 'any' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { body } = await get<{ message_count: number }>('/v1/conversations/any');
    expect(body.message_count).toBe(8);
    const asked = upstream.requests.length;
    for (const conversation of [42, '', 'a b', ['any'], {}]) {
      expect((await ask('/v1/messages', { model, max_tokens: 9, messages, conversation })).status).toBe(400);
    }
    expect(upstream.requests).toHaveLength(asked);
  });

  it('is not remembered beyond what an organization may keep a day', async () => {
    await remember(buyer.organizationId, 7);
    const kept = rememberedBytesOf(buyer.organizationId);
    await fixture.platform.store.rateLimits.take([kept], kept.limit);
    const named = { 'x-tollgate-conversation': 'full' };
    await expect.poll(async () => (await chat('a', {}, named)).status).toBe(200);
    expect((await get('/v1/conversations/full')).status).toBe(404);
  });

  it('is found by keys that are for its service, and its history is sent to no other by them', async () => {
    await remember(buyer.organizationId, 7);
    const named = { 'x-tollgate-conversation': 'between-us' };
    await expect.poll(async () => (await chat('a secret', {}, named)).status).toBe(200);
    const other = await fixture.addService({
      baseUrl: `${upstream.url}/v1`,
      kind: 'llm',
      upstream: { models: ['m2'], dialect: 'openai-chat' },
    });
    const subscriptionId = await fixture.subscribe(
      buyer.organizationId,
      await fixture.addPlan(other, { kind: 'free' }),
    );
    const wide = await fixture.addKey(buyer.organizationId);
    const bySubscription = await fixture.addKey(buyer.organizationId, { subscriptionId });
    const byName = await fixture.addKey(buyer.organizationId);
    await fixture.platform.db
      .update(keys)
      .set({ allowedServiceIds: [other.id] })
      .where(eq(keys.id, byName.id));
    const path = '/v1/conversations/between-us';
    for (const { secret } of [bySubscription, byName]) {
      expect((await get<{ total: number }>('/v1/conversations', secret)).body.total).toBe(0);
      expect((await get(path, secret)).status).toBe(404);
      expect((await get(`${path}/export`, secret)).status).toBe(404);
      expect((await fixture.call(`${path}/fork`, secret, { method: 'POST' })).status).toBe(404);
      expect((await fixture.call(path, secret, { method: 'DELETE' })).status).toBe(404);
      const asked = upstream.requests.length;
      const answer = await fixture.call('/v1/chat/completions', secret, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...named },
        body: JSON.stringify({ model: `${other.slug}/m2`, messages: [{ role: 'user', content: 'b' }] }),
      });
      expect(answer.status).toBe(403);
      expect(upstream.requests).toHaveLength(asked);
    }
    expect((await get(path, wide.secret)).status).toBe(200);
  });

  it('is listed, forked, exported and deleted, and another organization finds none of it', async () => {
    await remember(buyer.organizationId, 7);
    await expect
      .poll(async () => (await chat('x', {}, { 'x-tollgate-conversation': 'tree' })).status)
      .toBe(200);
    const send = (path: string, method: string, key = buyer.key.secret, body?: unknown) =>
      fixture.call(path, key, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    const fork = await send('/v1/conversations/tree/fork', 'POST', buyer.key.secret, { id: 'branch' });
    expect(fork.status).toBe(200);
    const { body } = await get<{ data: { id: string }[] }>('/v1/conversations');
    expect(body.data.map(({ id }) => id).sort()).toEqual(['branch', 'tree']);
    const file = await send('/v1/conversations/tree/export', 'GET');
    expect(file.headers.get('content-disposition')).toContain('attachment');
    for (const [path, method] of [
      ['/v1/conversations/tree', 'GET'],
      ['/v1/conversations/tree/export', 'GET'],
      ['/v1/conversations/tree/fork', 'POST'],
      ['/v1/conversations/tree', 'DELETE'],
    ] as const) {
      expect((await send(path, method, stranger.key.secret)).status).toBe(404);
    }
    expect((await send('/v1/conversations/tree', 'DELETE')).status).toBe(200);
    expect((await get('/v1/conversations/tree')).status).toBe(404);
  });
});
