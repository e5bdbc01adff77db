/** Requests that must end at the gateway: nothing of them reaches an upstream, and nothing is charged. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../app/lib/ids.ts';
import { SAY } from '../support/llm-upstreams.ts';
import { until } from '../support/until.ts';
import type { AddedBuyer } from './gateway-fixture.ts';
import { createSdkFixture, modelOf, nameOf, type SdkFixture } from './sdk-fixture.ts';

let fixture: SdkFixture;
let buyer: AddedBuyer;

beforeAll(async () => {
  fixture = await createSdkFixture();
  buyer = await fixture.newBuyer();
});

afterAll(() => fixture?.close());

type Json = Record<string, unknown>;

interface Caller {
  dialect: string;
  path: string;
  /** A request that would be answered. */
  good: Json;
  /** Puts a value where this parameter stands. */
  with(name: 'max' | 'n' | 'temperature' | 'top_p', value: unknown): Json;
  /** What an error looks like. */
  shape: Json;
}

const say = [{ role: 'user', content: SAY.hello }];
const openaiShape = {
  error: { message: expect.any(String), type: expect.any(String), param: null, code: expect.any(String) },
};

const CALLERS: Caller[] = [
  openai('openai-chat', '/v1/chat/completions', { messages: say }, { max: 'max_completion_tokens', n: 'n' }),
  openai('openai-completions', '/v1/completions', { prompt: SAY.hello }, { max: 'max_tokens', n: 'n' }),
  openai('openai-responses', '/v1/responses', { input: SAY.hello }, { max: 'max_output_tokens' }),
  {
    dialect: 'anthropic',
    path: '/v1/messages',
    good: { model: nameOf('anthropic'), max_tokens: 10, messages: say },
    with(name, value) {
      return { ...this.good, [name === 'max' ? 'max_tokens' : name]: value };
    },
    shape: { type: 'error', error: { type: expect.any(String), message: expect.any(String) } },
  },
  {
    dialect: 'gemini',
    path: `/v1beta/models/${nameOf('gemini')}:generateContent`,
    good: { contents: [{ role: 'user', parts: [{ text: SAY.hello }] }] },
    with(name, value) {
      const field = {
        max: 'maxOutputTokens',
        n: 'candidateCount',
        temperature: 'temperature',
        top_p: 'topP',
      }[name];
      return { ...this.good, generationConfig: { [field]: value } };
    },
    shape: { error: { code: expect.any(Number), message: expect.any(String), status: expect.any(String) } },
  },
];

function openai(dialect: string, path: string, more: Json, names: Record<string, string>): Caller {
  return {
    dialect,
    path,
    good: { model: nameOf('openai-chat'), ...more },
    with(name, value) {
      return { ...this.good, [names[name] ?? name]: value };
    },
    shape: openaiShape,
  };
}

interface Sent {
  status: number;
  body: Json;
  headers: Headers;
}

async function send(
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Sent> {
  const answer = await fixture.call(path, buyer.key.secret, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body as BodyInit,
  });
  return { status: answer.status, body: (await answer.json()) as Json, headers: answer.headers };
}

/** Runs something that must not reach an upstream nor cost anything. */
async function withoutEffect(run: () => Promise<void>): Promise<void> {
  const requests = fixture.upstreams.requests.length;
  const before = await fixture.wallet(buyer.organizationId);
  // Calls of before may be written only now.
  const from = newId('request');
  await run();
  expect(fixture.upstreams.requests).toHaveLength(requests);
  expect(await fixture.wallet(buyer.organizationId)).toEqual(before);
  const events = await fixture.events(buyer.organizationId);
  expect(events.filter(({ request_id }) => request_id > from)).toEqual([]);
}

function refused(sent: Sent, caller: Caller, status = 400): void {
  expect([sent.status, sent.headers.get('x-error-source')]).toEqual([status, 'gateway']);
  expect(sent.body).toMatchObject(
    caller.shape === openaiShape
      ? { error: { ...(openaiShape.error as object), param: expect.toSatisfy(isParam) } }
      : caller.shape,
  );
}

/** What once overflowed a counter elsewhere: CVE-2026-71479. */
const HUGE = Number('18446744073686646784');

const isParam = (value: unknown): boolean => value === null || typeof value === 'string';

describe.each(CALLERS)('a request in $dialect', (caller) => {
  const good = JSON.stringify(caller.good);

  it('is answered when there is nothing wrong with it', async () => {
    expect((await send(caller.path, good)).status).toBe(200);
  });

  it.each([
    ['nothing', ''],
    ['half an object', '{'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['a byte order mark', `\ufeff${good}`],
    ['NaN', good.replace('{', '{"x":NaN,')],
    ['two objects', `${good}${good}`],
    ['nesting without end', good.replace('{', `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)},`)],
    [
      'broken UTF-8',
      Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xc3, 0x28]), Buffer.from(`",${good.slice(1)}`)]),
    ],
    [
      'a lone surrogate in bytes',
      Buffer.concat([
        Buffer.from('{"x":"'),
        Buffer.from([0xed, 0xa0, 0x80]),
        Buffer.from(`",${good.slice(1)}`),
      ]),
    ],
  ])('that is %s is refused', async (_name, body) => {
    await withoutEffect(async () => refused(await send(caller.path, body), caller));
  });

  it.each([
    ['max', [-1, 0, 1.5, 1e9, Infinity, '1', true, {}, HUGE]],
    ['n', [-1, 0, 1.5, 129, Infinity, '1', {}, HUGE]],
    ['temperature', [-0.1, 99, Infinity, 'hot', {}]],
    ['top_p', [-0.1, 1.1, 'all', []]],
  ] as const)('with a bad %s is refused by the parameter’s name', async (name, values) => {
    // Anthropic and responses have no number of choices.
    if (name === 'n' && !('n' in caller.with('n', 2)) && caller.dialect !== 'gemini') return;
    if (name === 'n' && ['anthropic', 'openai-responses'].includes(caller.dialect)) return;
    await withoutEffect(async () => {
      for (const value of values) {
        // JSON has no infinity, but programs write numbers that become one.
        const body = JSON.stringify(caller.with(name, value === Infinity ? '@@' : value)).replace(
          '"@@"',
          '1e400',
        );
        const sent = await send(caller.path, body);
        expect([value, sent.status]).toEqual([value, 400]);
        refused(sent, caller);
      }
    });
  });

  it('that says a parameter twice is refused', async () => {
    const name = caller.dialect === 'gemini' ? 'contents' : 'model';
    const value = caller.good[name] ?? [];
    const body = good.replace(
      '{',
      `{"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}":${JSON.stringify(value)},`,
    );
    await withoutEffect(async () => refused(await send(caller.path, body), caller));
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonp'])(
    'as %s is refused',
    async (type) => {
      await withoutEffect(async () =>
        refused(await send(caller.path, good, { 'content-type': type }), caller, 415),
      );
    },
  );

  it('in a compressed body is refused', async () => {
    await withoutEffect(async () =>
      refused(await send(caller.path, good, { 'content-encoding': 'gzip' }), caller, 415),
    );
  });

  it('that is too long is refused', async () => {
    const body = good.replace('{', `{"x":"${'x'.repeat(5_000_000)}",`);
    await withoutEffect(async () => refused(await send(caller.path, body), caller, 413));
  });

  it.each(['', 'a\u0000b', 'x'.repeat(300), 'no/such-model'])(
    'for the model %j is refused',
    async (model) => {
      const encoded = encodeURIComponent(model);
      const path = caller.dialect === 'gemini' ? `/v1beta/models/${encoded}:generateContent` : caller.path;
      const body = caller.dialect === 'gemini' ? good : JSON.stringify({ ...caller.good, model });
      await withoutEffect(async () => {
        const { status } = await send(path, body);
        expect([400, 404]).toContain(status);
      });
    },
  );

  it('with another method is refused, and told which there is', async () => {
    await withoutEffect(async () => {
      const answer = await fixture.call(caller.path, buyer.key.secret, { method: 'PUT', body: good });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    });
  });

  it('without a key, or with a wrong one, is refused in its own shape', async () => {
    for (const key of [null, 'tg_live_wrong']) {
      const answer = await fixture.call(caller.path, key, { method: 'POST', body: good });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject(caller.shape);
    }
  });
});

describe('a body without what it is about', () => {
  it.each([
    ['/v1/chat/completions', { messages: 'x' }],
    ['/v1/chat/completions', { messages: [] }],
    ['/v1/chat/completions', {}],
    ['/v1/messages', { max_tokens: 1, messages: {} }],
    ['/v1/messages', { max_tokens: 1 }],
    ['/v1/responses', {}],
    ['/v1/embeddings', {}],
    ['/v1/embeddings', { input: [] }],
    [`/v1beta/models/${nameOf('gemini')}:embedContent`, {}],
    [
      `/v1beta/models/${nameOf('gemini')}:batchEmbedContents`,
      { requests: [{ model: 'models/another', content: { parts: [{ text: 'x' }] } }] },
    ],
    [`/v1beta/models/${nameOf('gemini')}:generateContent`, { contents: 7 }],
    [`/v1beta/models/${nameOf('gemini')}:generateContent`, {}],
    ['/v1/messages', { messages: [{ role: 'user', content: 'x' }] }],
  ])('is refused at %s', async (path, body) => {
    await withoutEffect(async () => {
      const named = path.startsWith('/v1beta') ? body : { model: nameOf('openai-chat'), ...body };
      expect((await send(path, JSON.stringify(named))).status).toBe(400);
    });
  });
});

describe('a member of another kind than it must be', () => {
  const gemini = `/v1beta/models/${nameOf('gemini')}:generateContent`;
  it.each([
    ...[
      { messages: [1] },
      { messages: [say[0], null] },
      { tools: 'x' },
      { tools: ['x'] },
      { functions: {} },
    ].map((wrong) => ['openai-chat', '/v1/chat/completions', { messages: say, ...wrong }, wrong] as const),
    ...[
      { stream_options: 5 },
      { response_format: 'json' },
      { user: 5 },
      { logit_bias: [] },
      { stop: [1] },
    ].map((wrong) => ['openai-chat', '/v1/chat/completions', { messages: say, ...wrong }, wrong] as const),
    ...[{ input: ['x'] }, { instructions: {} }, { tools: {} }, { text: 'x' }, { metadata: [] }].map(
      (wrong) => ['openai-responses', '/v1/responses', { input: 'x', ...wrong }, wrong] as const,
    ),
    ...[{ messages: ['x'] }, { system: 5 }, { system: ['x'] }, { tools: [1] }, { tool_choice: 'any' }].map(
      (wrong) => ['anthropic', '/v1/messages', { max_tokens: 1, messages: say, ...wrong }, wrong] as const,
    ),
    ...[{ contents: ['x'] }, { tools: {} }, { tool_config: 'x' }, { safetySettings: [1] }].map(
      (wrong) => ['gemini', gemini, { contents: [{ parts: [{ text: 'x' }] }], ...wrong }, wrong] as const,
    ),
    ...[{ dimensions: -1 }, { dimensions: 'x' }, { encoding_format: 5 }, { user: {} }].map(
      (wrong) => ['openai-chat', '/v1/embeddings', { input: 'x', ...wrong }, wrong] as const,
    ),
  ])('is refused by its name, whatever it would mean to %s: %s %j', async (dialect, path, body, wrong) => {
    const [name = ''] = Object.keys(wrong);
    const field = name.replace(/_([a-z])/g, (part, letter: string) =>
      dialect === 'gemini' ? letter.toUpperCase() : part,
    );
    await withoutEffect(async () => {
      const sent = await send(path, JSON.stringify({ ...body, model: nameOf(dialect) }));
      expect(sent.status).toBe(400);
      expect(JSON.stringify(sent.body)).toMatch(new RegExp(`"(param|field)":"${field}[."]`));
    });
  });
});

describe('a model that stands in the path', () => {
  it.each(['..%2f..%2fadmin', '%2e%2e', 'a%0d%0ab', 'a%00b', '%ff', 'a%5cb', 'a;b', 'a%23b', 'a%3fb'])(
    'and is %s leads nowhere',
    async (model) => {
      await withoutEffect(async () => {
        for (const base of ['/v1beta', '/v1', '/llm/gemini/v1beta']) {
          const { status } = await send(
            `${base}/models/${model}:generateContent`,
            JSON.stringify(CALLERS[4]!.good),
          );
          expect([400, 404]).toContain(status);
        }
      });
    },
  );

  it('leads nowhere even where the upstream takes any model', async () => {
    const service = await fixture.addService({
      baseUrl: fixture.upstreams.url,
      kind: 'llm',
      upstream: { dialect: 'gemini', models: [] },
    });
    await fixture.subscribe(buyer.organizationId, await fixture.addPlan(service, { kind: 'free' }));
    const requests = fixture.upstreams.requests.length;
    for (const model of [`${service.slug}/../../admin`, `${service.slug}/..`, `${service.slug}/a/../../b`]) {
      const { status } = await send('/v1/chat/completions', JSON.stringify({ model, messages: say }));
      expect([200, 400, 404]).toContain(status);
    }
    for (const { url } of fixture.upstreams.requests.slice(requests))
      expect(url).toMatch(/^\/v1beta\/models\/\.\.:generateContent$/);
  });
});

describe('a service’s ceiling on output', () => {
  it('is told by the parameter’s own name', async () => {
    await fixture.platform.database
      .sql`update services set max_output_tokens = 50 where slug = 'openai-chat'`;
    const chat = { model: nameOf('openai-chat'), messages: say };
    const tooMuch = JSON.stringify({ ...chat, max_tokens: 51 });
    await until(
      'the ceiling is known',
      async () => (await send('/v1/chat/completions', tooMuch)).status === 400,
    );
    await withoutEffect(async () => {
      for (const [path, body, field] of [
        ['/v1/chat/completions', { ...chat, max_tokens: 51 }, 'max_tokens'],
        ['/v1/chat/completions', { ...chat, max_completion_tokens: 51 }, 'max_completion_tokens'],
        ['/v1/responses', { model: chat.model, input: 'x', max_output_tokens: 51 }, 'max_output_tokens'],
      ] as const) {
        const sent = await send(path, JSON.stringify(body));
        expect([sent.status, sent.body]).toMatchObject([400, { error: { param: field } }]);
      }
    });
    const { status } = await send(
      '/v1/chat/completions',
      JSON.stringify({ model: nameOf('openai-chat'), messages: say }),
    );
    expect(status).toBe(200);
    expect(fixture.upstreams.lastBody()).toMatchObject({ model: modelOf('openai-chat') });
    expect(JSON.stringify(fixture.upstreams.lastBody())).toMatch(/"max_(completion_)?tokens":50/);
  });

  it('cannot be passed by under another spelling of the address', async () => {
    const body = JSON.stringify({ model: modelOf('openai-chat'), messages: say, max_tokens: 51 });
    const others = ['/V1/Chat/Completions', '/v1/engines/x/completions', '/v1/batches'];
    const statuses = () =>
      Promise.all(others.map(async (path) => (await send(`/llm/openai-chat${path}`, body)).status));
    await withoutEffect(async () => {
      expect(await statuses()).toEqual([404, 404, 404]);
      // Nor where other paths are passed on: what is not read can ask for any length.
      await fixture.platform.database
        .sql`update services set pass_other_paths = true where slug = 'openai-chat'`;
      await until('that is known', async () => (await statuses()).every((status) => status === 403));
    });
  });
});

describe('a body that drips', () => {
  it('is given up after a while, however steadily it comes', async () => {
    const slow = await createSdkFixture({}, { bodyTotalMs: 300, callerIdleMs: 5_000 });
    try {
      const { key } = await slow.newBuyer();
      const drip = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          controller.enqueue(Buffer.from(' '));
        },
      });
      const answer = await slow.call('/v1/chat/completions', key.secret, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: drip,
        duplex: 'half',
      } as RequestInit);
      expect(answer.status).toBe(408);
      expect(slow.upstreams.requests).toHaveLength(0);
    } finally {
      await slow.close();
    }
  });
});

describe('a parameter that the upstream has not got', () => {
  const body = { model: nameOf('anthropic'), messages: say, seed: 7, logit_bias: { 1: 1 } };

  it('is left out, and the answer says so', async () => {
    const { status, headers } = await send('/v1/chat/completions', JSON.stringify(body));
    expect([status, headers.get('x-tollgate-dropped-params')?.split(/, ?/).sort()]).toEqual([
      200,
      ['logit_bias', 'seed'],
    ]);
  });

  it('may have a name that no header and no row can hold', async () => {
    const before = (await fixture.events(buyer.organizationId)).length;
    for (const name of ['模型', 'a\r\nx-injected: 1', '\u0000', '\ud800', 'x'.repeat(100_000)]) {
      for (const stream of [false, true]) {
        const answer = await fixture.call('/v1/chat/completions', buyer.key.secret, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...body, stream, [name]: 1 }),
        });
        await answer.text();
        expect([answer.status, answer.headers.get('x-injected')]).toEqual([200, null]);
        expect(answer.headers.get('x-tollgate-dropped-params')?.length).toBeLessThan(1_000);
      }
    }
    // All of them are recorded, and paid for.
    const rows = await fixture.waitForEvents(buyer.organizationId, before + 10);
    expect(rows.slice(before).filter(({ charge_nanos }) => charge_nanos !== '0')).toHaveLength(10);
  });

  it('is refused where the caller insists, at no charge', async () => {
    const requests = fixture.upstreams.requests.length;
    const before = await fixture.wallet(buyer.organizationId);
    const insisting = { ...body, provider: { require_parameters: true } };
    const byHeader = { 'x-tollgate-require-parameters': 'true' };
    expect((await send('/v1/chat/completions', JSON.stringify(insisting))).status).toBe(400);
    expect((await send('/v1/chat/completions', JSON.stringify(body), byHeader)).status).toBe(400);
    expect(fixture.upstreams.requests).toHaveLength(requests);
    expect(await fixture.wallet(buyer.organizationId)).toEqual(before);
  });

  it('of the gateway’s own never reaches an upstream', async () => {
    const { status } = await send(
      '/v1/chat/completions',
      JSON.stringify({ provider: { sort: 'price' }, model: nameOf('openai-chat'), messages: say }),
    );
    expect(status).toBe(200);
    expect(fixture.upstreams.lastBody()).not.toHaveProperty('provider');
  });
});
