/** Answers that come compressed although nobody asked for it: a seller's secret must not hide in them. */
import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import {
  brotliCompressSync,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { createGatewayFixture, type AddedBuyer, type GatewayFixture } from './gateway-fixture.ts';

const MB = 1024 * 1024;
const SECRET = 'sk-seller-secret-1234';
const STARS = '*'.repeat(SECRET.length);

let fixture: GatewayFixture;
let upstream: Upstream;
let behave: (response: ServerResponse, request: IncomingMessage) => void;
let slug: string;
let buyer: AddedBuyer;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream((incoming, response) => {
    incoming.resume().once('end', () => behave(response, incoming));
  });
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

async function subscribe(
  { secret = SECRET as string | null, kind = 'http' as 'http' | 'llm' } = {},
  prices?: Record<string, bigint>,
): Promise<void> {
  const service = await fixture.addService({
    baseUrl: kind === 'llm' ? `${upstream.url}/v1` : upstream.url,
    kind,
    ...(kind === 'llm' && { upstream: { models: ['m'], dialect: 'openai-chat' as const } }),
    ...(secret !== null && { credential: { placement: 'bearer' as const, secret } }),
  });
  slug = service.slug;
  const plan = await fixture.addPlan(service, {
    kind: prices ? 'per_token' : 'free',
    ...(prices && { prices }),
  });
  buyer = await fixture.addBuyer(plan, { walletNanos: 10_000_000_000n });
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** All of it came. */
  complete: boolean;
}

/** The bytes as they come: nothing here inflates. */
function ask(
  path = `/proxy/v1/${slug}/x`,
  { json, ...options }: { method?: string; headers?: Record<string, string>; json?: unknown } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      'x-api-key': buyer.key.secret,
      'content-type': 'application/json',
      'accept-encoding': 'gzip, br',
      ...options.headers,
    };
    const method = options.method ?? (json === undefined ? 'GET' : 'POST');
    const sent = request(`${fixture.url}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      const { statusCode: status = 0 } = response;
      const done = (): void =>
        resolve({
          ...{ status, headers: response.headers, complete: response.complete },
          body: Buffer.concat(chunks),
        });
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', done).on('error', done);
    });
    sent.on('error', reject).end(json === undefined ? undefined : JSON.stringify(json));
  });
}

const CODINGS: [string, string, (plain: string | Buffer) => Buffer][] = [
  ['gzip', 'gzip', gzipSync],
  ['gzip by its old name', 'x-gzip', gzipSync],
  ['deflate', 'deflate', deflateSync],
  ['deflate without its head', 'deflate', deflateRawSync],
  ['brotli', 'br', brotliCompressSync],
  ['zstandard', 'zstd', zstdCompressSync],
];
const TEXT = JSON.stringify({ you: 'sent', authorization: `Bearer ${SECRET}` });
const MASKED = TEXT.replace(SECRET, STARS);

describe('a service with a secret', () => {
  beforeEach(() => subscribe());

  it('is asked for plain answers, whatever the caller reads', async () => {
    behave = (response) => void response.end(TEXT);
    const answer = await ask();
    expect(upstream.requests.at(-1)!.headers['accept-encoding']).toBe('identity');
    expect(answer.body.toString()).toBe(MASKED);
  });

  it.each(CODINGS)(
    'that answers in %s all the same is read, masked, and told plain',
    async (_n, coding, pack) => {
      for (const status of [200, 404, 500]) {
        behave = (response) => {
          const packed = pack(TEXT);
          response.writeHead(status, {
            ...{ 'content-encoding': coding, 'content-type': 'application/json' },
            ...{
              etag: '"v1"',
              'content-length': packed.length,
              'content-md5': 'x',
              'accept-ranges': 'bytes',
            },
          });
          // Byte by byte, so that nothing depends on where it is cut.
          for (const byte of packed) response.write(Buffer.of(byte));
          response.end();
        };
        const { status: told, headers, body, complete } = await ask();
        expect([told, body.toString(), complete]).toEqual([status, MASKED, true]);
        expect(headers).toMatchObject({ etag: 'W/"v1"', 'content-type': 'application/json' });
        for (const name of ['content-encoding', 'content-md5', 'accept-ranges'])
          expect(headers[name]).toBeUndefined();
      }
    },
  );

  it('says of itself to HEAD what it would to GET', async () => {
    behave = (response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': 33 }).end();
    const { status, headers } = await ask(undefined, { method: 'HEAD' });
    expect([status, headers['content-encoding'], headers['content-length']]).toEqual([
      200,
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['an encoding that nobody knows', 'compress', Buffer.from(TEXT)],
    ['two encodings', 'gzip, gzip', gzipSync(gzipSync(TEXT))],
    ['something else than it says', 'gzip', Buffer.from(TEXT)],
  ])('that answers in %s has failed', async (_name, coding, body) => {
    behave = (response) => void response.writeHead(200, { 'content-encoding': coding }).end(body);
    const answer = await ask();
    expect(answer.body.toString()).not.toContain(SECRET);
    expect(answer.status === 502 || !answer.complete).toBe(true);
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({ fault: 'seller', charge_nanos: '0' });
  });

  it.each([
    ['identity', TEXT],
    ['', TEXT],
    ['gzip', ''],
  ])('may say “%s” of what needs no reading', async (coding, body) => {
    behave = (response) => void response.writeHead(200, { 'content-encoding': coding }).end(body);
    const answer = await ask();
    expect([answer.status, answer.body.toString(), answer.complete]).toEqual([
      200,
      body.replace(SECRET, STARS),
      true,
    ]);
  });

  it('that is cut off in the middle is not told as whole', async () => {
    behave = (response) =>
      void response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(gzipSync(TEXT.repeat(500)).subarray(0, 90));
    expect((await ask()).complete).toBe(false);
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({ fault: 'seller', terminal_state: 'truncated' });
  });

  it('streams: an event is here before the next is sent', async () => {
    let sendNext = (): void => {};
    behave = (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/event-stream' });
      const packer = createGzip();
      packer.pipe(response);
      packer.write(`data: ${SECRET} one\n\n`);
      packer.flush();
      sendNext = () => void packer.end('data: two\n\n');
    };
    const answer = await fixture.call(`/proxy/v1/${slug}/x`, buyer.key.secret);
    const reader = answer.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe(`data: ${STARS} one\n\n`);
    sendNext();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('data: two\n\n');
    expect((await reader.read()).done).toBe(true);
  });

  it('cannot make memory or traffic of next to nothing', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * MB, 'a'));
    behave = (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    await ask();
    const before = process.memoryUsage().rss;
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask()));
    for (const { complete, body } of answers) {
      expect(complete).toBe(false);
      expect(body.length).toBeLessThan(25 * MB);
    }
    answers.length = 0;
    const held = 10 * 25 * MB;
    expect(process.memoryUsage().rss - before - held).toBeLessThan(64 * MB);
  });
});

it('who reads slowly slows the upstream, and gets every byte of a long answer', async () => {
  // Noise is as long packed as it is plain.
  const noise = Buffer.alloc(24 * MB);
  for (let i = 0; i < noise.length; i += 4)
    noise.writeUInt32LE((Math.imul(i, 2654435761) ^ (i >>> 3)) >>> 0, i);
  await subscribe({}, { response_byte: 1_000_000n });
  let sent = 0;
  behave = (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    const packer = createGzip({ level: 1 });
    packer.on('data', (chunk: Buffer) => (sent += chunk.length));
    packer.pipe(response);
    packer.end(noise);
  };
  const answer = await fixture.call(`/proxy/v1/${slug}/x`, buyer.key.secret);
  await new Promise((resolve) => setTimeout(resolve, 700));
  const early = sent;
  const body = Buffer.from(await answer.arrayBuffer());
  expect(body.equals(noise)).toBe(true);
  expect(early).toBeLessThan(sent * 0.8);
  const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
  expect(event).toMatchObject({ response_bytes: `${noise.length}`, charge_nanos: `${noise.length}` });
});

it('a service without a secret is asked what the caller asks, and its bytes pass as they are', async () => {
  await subscribe({ secret: null });
  const packed = gzipSync(TEXT);
  behave = (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
  const { headers, body } = await ask();
  expect(upstream.requests.at(-1)!.headers['accept-encoding']).toBe('gzip, br');
  expect([headers['content-encoding'], body.equals(packed)]).toEqual(['gzip', true]);
});

it('a model’s compressed answer is read like any other', async () => {
  await subscribe({ kind: 'llm' }, { input_token: 1_000_000n, output_token: 1_000_000n });
  const said = JSON.stringify({
    ...{ id: 'c1', object: 'chat.completion', created: 1, model: 'm' },
    choices: [{ index: 0, message: { role: 'assistant', content: SECRET }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 },
  });
  behave = (response) =>
    void response
      .writeHead(200, { 'content-encoding': 'br', 'content-type': 'application/json' })
      .end(brotliCompressSync(said));
  const messages = [{ role: 'user', content: 'hello' }];
  const answer = await ask('/v1/chat/completions', { json: { model: `${slug}/m`, max_tokens: 9, messages } });
  expect(answer.body.toString()).toBe(said.replace(SECRET, STARS));
  const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
  expect(event).toMatchObject({ usage_source: 'upstream', charge_nanos: '6' });
});
