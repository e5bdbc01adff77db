/** What a stream may do wrong, and what the caller, the wallet and the upstream see of it. */
import { createHash } from 'node:crypto';
import { request as httpRequest, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type GatewayFixture,
} from './gateway-fixture.ts';

/** A nano an input token, ten an output token. */
const PRICES = { input_token: 1_000_000n, output_token: 10_000_000n };
const WALLET = 1_000_000n;
const MAX_TOKENS = 50;
const SECRET = 'sk-seller-secret-1234';

let fixture: GatewayFixture;
let upstream: Upstream;
let plans: Record<'cancel' | 'drain', AddedPlan>;
let behave: (response: ServerResponse) => void;
let buyer: AddedBuyer;

const chunk = (content: string, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
const usage = (prompt: unknown, completion: unknown): string =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [], usage: { prompt_tokens: prompt, completion_tokens: completion } })}\n\n`;
const DONE = 'data: [DONE]\n\n';

beforeAll(async () => {
  fixture = await createGatewayFixture({ limits: { keepAliveMs: 60 } });
  upstream = await startUpstream((request, response) => {
    request.resume();
    request.on('end', () => behave(response));
  });
  plans = {} as typeof plans;
  for (const abandonPolicy of ['cancel', 'drain'] as const) {
    const service = await fixture.addService({
      baseUrl: `${upstream.url}/v1`,
      slug: abandonPolicy,
      kind: 'llm',
      upstream: {
        dialect: 'openai-chat',
        models: ['m'],
        abandonPolicy,
        idleTimeoutMs: 400,
        totalTimeoutMs: 5_000,
      },
      credential: { placement: 'bearer', secret: SECRET },
    });
    plans[abandonPolicy] = await fixture.addPlan(service, { kind: 'per_token', prices: PRICES });
  }
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

beforeEach(async () => {
  buyer = await fixture.addBuyer(plans.cancel, { walletNanos: WALLET });
});

const ask = (init: RequestInit = {}, body: object = {}, slug = 'cancel') =>
  fixture.call('/v1/chat/completions', buyer.key.secret, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: `${slug}/m`,
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: MAX_TOKENS,
      messages: [{ role: 'user', content: 'hello' }],
      ...body,
    }),
    ...init,
  });

const stream =
  (parts: readonly (string | Buffer)[], then: (response: ServerResponse) => void): typeof behave =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of parts) response.write(part);
    then(response);
  };
const end = (response: ServerResponse): void => void response.end();
const reset = (response: ServerResponse): void =>
  void setTimeout(() => response.socket!.resetAndDestroy(), 20);
const hang = (): void => {};

async function event() {
  const [row] = await fixture.waitForEvents(buyer.organizationId, 1);
  return row!;
}

async function expectNothingLeft(): Promise<void> {
  await until('no upstream stream is left', () => upstream.running() === 0, 2_000);
  await until('no call is left', () => fixture.gateway.activeCalls === 0, 2_000);
  await until(
    'no money is held',
    async () => (await fixture.wallet(buyer.organizationId)).held === 0n,
    2_000,
  );
}

describe('a stream that does not come to its end', () => {
  it.each([
    ['stalls', 'timeout', hang],
    ['is reset', 'truncated', reset],
    ['ends without its mark', 'truncated', end],
  ])('because it %s: one error event, no [DONE], what was delivered is paid', async (_name, state, then) => {
    behave = stream([chunk('one '), chunk('two')], then);
    const text = await (await ask()).text();
    expect(text).not.toContain('[DONE]');
    expect(text.match(/"error"/g)).toHaveLength(1);
    expect(text.indexOf('"error"')).toBeGreaterThan(text.indexOf('two'));
    const row = await event();
    expect(row).toMatchObject({
      status_code: 200,
      terminal_state: state,
      fault: 'seller',
      usage_source: 'estimated',
    });
    expect(row.charge_nanos).toBe(String(Number(row.input_tokens) + 10 * Number(row.output_tokens)));
    await expectNothingLeft();
  });

  it('an error inside a 200 stream is the upstream’s failure', async () => {
    behave = stream([chunk('one'), 'data: {"error":{"message":"overloaded"}}\n\n'], end);
    expect(await (await ask()).text()).toContain('overloaded');
    expect(await event()).toMatchObject({ terminal_state: 'upstream_error', fault: 'seller' });
  });

  it('an error inside a whole 200 answer costs nothing', async () => {
    behave = (response) => {
      response.setHeader('content-type', 'application/json');
      response.end('{"error":{"message":"overloaded","type":"server_error"}}');
    };
    expect(await (await ask({}, { stream: false, stream_options: undefined })).text()).toContain(
      'overloaded',
    );
    expect(await event()).toMatchObject({
      terminal_state: 'upstream_error',
      fault: 'seller',
      charge_nanos: '0',
    });
    await expectNothingLeft();
  });
});

describe('usage that the upstream states', () => {
  it.each([
    ['0', 0, 0, 'upstream', 0n],
    ['nothing', null, null, 'estimated', null],
    ['-1', -1, -1, 'estimated', null],
    ['1e12', 1e12, 1e12, 'estimated', null],
    ['more than was held', 1_000_000, 1_000_000, 'upstream', 'held'],
  ] as const)('as %s', async (_name, prompt, completion, source, charge) => {
    behave = stream([chunk('one two three'), chunk('', 'stop'), usage(prompt, completion), DONE], end);
    const text = await (await ask()).text();
    expect(text).toContain('[DONE]');
    const row = await event();
    expect(row.usage_source).toBe(source);
    const nanos = BigInt(row.charge_nanos);
    // Nobody pays more than the most that the call could cost: its input as held, and max_tokens.
    expect(nanos).toBeLessThanOrEqual(10n * BigInt(MAX_TOKENS) + 200n);
    if (charge === 0n) expect(nanos).toBe(0n);
    if (charge === null) expect(Number(row.output_tokens)).toBeLessThanOrEqual(MAX_TOKENS);
    if (charge === 'held') expect(nanos).toBeGreaterThan(10n * BigInt(MAX_TOKENS));
    await expectNothingLeft();
  });

  it('an estimate never exceeds max_tokens', async () => {
    behave = stream([chunk('word '.repeat(2_000)), chunk('', 'stop'), DONE], end);
    await (await ask()).text();
    expect(Number((await event()).output_tokens)).toBe(MAX_TOKENS);
  });
});

describe('the cost of a metered stream', () => {
  it('stands in a comment in front of the terminal event', async () => {
    behave = stream([chunk('one'), chunk('', 'stop'), usage(7, 3), DONE], end);
    const text = await (await ask()).text();
    expect(text).toMatch(/: tollgate cost=0\.000000037 input=7 output=3\n\ndata: \[DONE\]\n\n$/);
  });
});

describe('bytes', () => {
  it.each(['\n', '\r\n', '\r'])(
    'arrive as they were sent, cut at any byte, with %j between lines',
    async (eol) => {
      const bytes = Buffer.from(
        (chunk('Grüße 世界 🌍') + chunk('', 'stop') + usage(7, 3)).replaceAll('\n', eol) +
          DONE.replaceAll('\n', eol),
      );
      for (let at = 1; at < bytes.length; at += 7) {
        behave = (response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(bytes.subarray(0, at), () => setImmediate(() => response.end(bytes.subarray(at))));
        };
        const received = (await (await ask()).text()).replace(/: tollgate cost=[^\n]*\n\n/, '');
        expect(received).toBe(bytes.toString());
      }
      const rows = await fixture.waitForEvents(buyer.organizationId, Math.floor(bytes.length / 7));
      expect(new Set(rows.map((row) => `${row.input_tokens} ${row.output_tokens}`))).toEqual(
        new Set(['7 3']),
      );
    },
  );

  it('never hold the seller’s secret, however they are cut', async () => {
    const bytes = Buffer.from(
      chunk(`your key is ${SECRET}, in base64 ${Buffer.from(SECRET).toString('base64')}`),
    );
    for (let at = 20; at < bytes.length; at += 11) {
      behave = (response) => {
        response.writeHead(200, {
          'content-type': 'text/event-stream',
          'x-echo': Buffer.from(SECRET).toString('base64'),
        });
        response.write(bytes.subarray(0, at), () =>
          setImmediate(() => response.end(bytes.subarray(at).toString('latin1') + chunk('', 'stop') + DONE)),
        );
      };
      const answer = await ask();
      expect(answer.headers.get('x-echo')).toBeNull();
      const text = await answer.text();
      expect(text).toContain('your key is ****');
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(Buffer.from(SECRET).toString('base64'));
    }
  });

  it('of a long answer keep their length and their order', async () => {
    const content = createHash('sha256').update('x').digest('hex').repeat(200);
    behave = stream(
      Array.from({ length: 100 }, (_, i) => chunk(`${i} ${content}`)),
      (response) => response.end(chunk('', 'stop') + usage(1, 1) + DONE),
    );
    const text = await (await ask()).text();
    const seen = [...text.matchAll(/"content":"(\d+) /g)].map(([, index]) => Number(index));
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});

describe('a caller who leaves', () => {
  /** Reads `count` chunks and goes; resolves when the connection is gone. */
  function leaveAfter(count: number, slug: string): Promise<number> {
    return new Promise((resolve) => {
      const request = httpRequest(`${fixture.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${buyer.key.secret}`, 'content-type': 'application/json' },
      });
      request.on('error', () => resolve(Date.now()));
      request.on('close', () => resolve(Date.now()));
      if (count === 0)
        void until('the upstream is asked', () => upstream.running() > 0).then(() => request.destroy());
      request.on('response', (response) => {
        let seen = 0;
        response.on('error', () => {});
        response.on('data', (bytes: Buffer) => {
          seen += bytes.toString().split('data:').length - 1;
          if (seen >= count) request.destroy();
        });
      });
      request.end(
        JSON.stringify({
          model: `${slug}/m`,
          stream: true,
          max_tokens: MAX_TOKENS,
          messages: [{ role: 'user', content: 'hello' }],
        }),
      );
    });
  }

  /** Twenty words, then usage and the mark, slowly. */
  const talk: typeof behave = (response) => {
    let sent = 0;
    const timer = setInterval(() => {
      if (sent === 0) response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (sent++ < 20) response.write(chunk('word '));
      else response.end(chunk('', 'stop') + usage(9, 20) + DONE);
    }, 5);
    response.on('close', () => clearInterval(timer));
  };

  it.each([0, 1, 7, 20])(
    'after %i chunks stops the upstream, and pays at most what was delivered',
    async (count) => {
      behave = count === 0 ? hang : talk;
      const leftAt = await leaveAfter(count, 'cancel');
      const recorded = upstream.requests.at(-1)!;
      await until('the upstream is free', () => upstream.running() === 0);
      if (recorded.abortedAt !== null) expect(recorded.abortedAt - leftAt).toBeLessThan(250);
      const row = await event();
      expect(row).toMatchObject({ terminal_state: 'client_gone', fault: 'buyer' });
      if (count === 0) expect(row.charge_nanos).toBe('0');
      await expectNothingLeft();
      expect(await fixture.ledgerSum()).toBe(0n);
    },
  );

  it.each([0, 1, 7])('after %i chunks pays the whole where the upstream bills the whole', async (count) => {
    buyer = await fixture.addBuyer(plans.drain, { walletNanos: WALLET });
    behave = talk;
    await leaveAfter(count, 'drain');
    const row = await event();
    expect(upstream.requests.at(-1)!.abortedAt).toBeNull();
    expect(row).toMatchObject({
      terminal_state: 'client_gone',
      input_tokens: '9',
      output_tokens: '20',
      usage_source: 'upstream',
      charge_nanos: '209',
    });
    await expectNothingLeft();
  });

  it('is not waited for longer than the call may take, drained or not', async () => {
    buyer = await fixture.addBuyer(plans.drain, { walletNanos: WALLET });
    behave = stream([chunk('one')], hang);
    await leaveAfter(1, 'drain');
    expect(await event()).toMatchObject({ terminal_state: 'client_gone' });
    await expectNothingLeft();
  });
});

describe('an idle upstream connection that speaks unasked', () => {
  it('is dropped: the next caller does not get what it said', async () => {
    let poisoned: ServerResponse['socket'] = null;
    behave = (response) => {
      response.setHeader('content-type', 'application/json');
      poisoned = response.socket;
      response.end(
        '{"choices":[{"message":{"content":"mine"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}',
      );
    };
    const whole = { stream: false, stream_options: undefined };
    expect(await (await ask({}, whole)).text()).toContain('mine');
    poisoned!.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison');
    for (let i = 0; i < 5; i++) expect(await (await ask({}, whole)).text()).toContain('mine');
  });
});
