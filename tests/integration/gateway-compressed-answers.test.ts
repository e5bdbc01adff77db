/** Compressed answers (row P10): nothing here inflates them, whatever they would become. */
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { createGatewayFixture, type AddedBuyer, type GatewayFixture } from './gateway-fixture.ts';

const MB = 1024 * 1024;
const BOMB = gzipSync(Buffer.alloc(200 * MB, 'a'));
const ANSWER = gzipSync(
  JSON.stringify({
    ...{ id: 'c1', object: 'chat.completion', created: 1, model: 'm1' },
    choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 },
  }),
);

let fixture: GatewayFixture;
let upstream: Upstream;
let body = BOMB;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream((incoming, response) => {
    incoming.resume().once('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body);
    });
  });
});
afterAll(async () => {
  await fixture.close();
  await upstream.close();
});

/** The bytes as they come. */
function ask(path: string, { key }: AddedBuyer, json?: unknown): Promise<{ status: number; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = {
      'x-api-key': key.secret,
      'content-type': 'application/json',
      'accept-encoding': 'gzip',
    };
    const method = json === undefined ? 'GET' : 'POST';
    const sent = request(`${fixture.url}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    sent.on('error', reject).end(json === undefined ? undefined : JSON.stringify(json));
  });
}

it('a bomb passes as the bytes that it is, and takes no memory', async () => {
  const service = await fixture.addService({ baseUrl: upstream.url });
  const buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
  await ask(`/proxy/v1/${service.slug}/x`, buyer);
  const before = process.memoryUsage().rss;
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => ask(`/proxy/v1/${service.slug}/x`, buyer)),
  );
  for (const { status, bytes } of answers) expect([status, bytes.equals(BOMB)]).toEqual([200, true]);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * MB);
});

it('of a model, a bomb is no exception, and what is not read is paid by estimate', async () => {
  const service = await fixture.addService({
    baseUrl: `${upstream.url}/v1`,
    kind: 'llm',
    upstream: { models: ['m1'], dialect: 'openai-chat' },
  });
  const plan = await fixture.addPlan(service, {
    kind: 'per_token',
    prices: { input_token: 1_000_000_000n, output_token: 1_000_000_000n },
  });
  const buyer = await fixture.addBuyer(plan, { walletNanos: 10_000_000_000n });
  const chat = {
    model: `${service.slug}/m1`,
    max_tokens: 100,
    messages: [{ role: 'user', content: 'hello' }],
  };
  const before = process.memoryUsage().rss;
  for (const sent of [BOMB, ANSWER]) {
    body = sent;
    const { status, bytes } = await ask('/v1/chat/completions', buyer, chat);
    expect([status, bytes.equals(sent)]).toEqual([200, true]);
    expect(upstream.requests.at(-1)!.headers['accept-encoding']).toBe('identity');
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * MB);
  const events = await fixture.waitForEvents(buyer.organizationId, 2);
  expect(events).toMatchObject([{ usage_source: 'estimated' }, { usage_source: 'estimated' }]);
});
