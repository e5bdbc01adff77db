/** A service for models passes on calls for models: what else its vendor keeps belongs to all buyers at once. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { services } from '../../db/schema/index.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

let fixture: GatewayFixture;
let upstream: Upstream;
let service: AddedService;
let buyer: AddedBuyer;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream((request, response) => {
    request.resume();
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end('{"object":"list","data":[]}');
    });
  });
  service = await fixture.addService({
    baseUrl: `${upstream.url}/v1`,
    kind: 'llm',
    upstream: { dialect: 'openai-chat' },
  });
  buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
});
afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

const call = (method: string, path: string, door: string): Promise<Response> =>
  fixture.call(`/${door}/${service.slug}/v1${path}`, buyer.key.secret, {
    method,
    ...(method === 'POST' && { headers: { 'content-type': 'application/json' }, body: '{}' }),
  });

const OTHERS = [
  ['GET', '/files', 404],
  ['GET', '/files/file-1/content', 404],
  ['DELETE', '/files/file-1', 404],
  ['POST', '/files', 404],
  ['GET', '/batches', 404],
  ['POST', '/batches', 404],
  ['POST', '/fine_tuning/jobs', 404],
  ['GET', '/messages/batches', 404],
  ['GET', '/vector_stores', 404],
  ['POST', '/responses/resp_1/cancel', 404],
  ['GET', '/%66iles', 404],
  ['GET', '', 404],
  // Stored completions of everybody.
  ['GET', '/chat/completions', 405],
  ['DELETE', '/models/ft:mine', 405],
  ['GET', '/models/veo/operations', 404],
  ['GET', '/models/veo/operations/one', 404],
  ['HEAD', '/files', 404],
  ['GET', '/files/', 404],
] as const;

it.each(OTHERS.flatMap((row) => ['llm', 'proxy/v1'].map((door) => [...row, door] as const)))(
  '%s %s is answered %i behind %s/ and reaches no upstream',
  async (method, path, status, door) => {
    const before = upstream.requests.length;
    const answer = await call(method, path, door);
    expect([answer.status, upstream.requests.length]).toEqual([status, before]);
    if (method === 'HEAD') return;
    const { error } = (await answer.json()) as { error: { message: string } };
    expect(error.message).toMatch(status === 404 ? /takes calls for its models/ : /not possible here/);
  },
);

it.each(['GET', 'PUT', 'DELETE'])('%s of an address for uploads is no upload', async (method) => {
  const before = upstream.requests.length;
  const answer = await fixture.call(`/llm/${service.slug}/v1/images/edits`, buyer.key.secret, {
    method,
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  });
  expect([answer.status, upstream.requests.length]).toEqual([405, before]);
});

it('the models of its upstream are listed', async () => {
  for (const path of ['/models', '/models/', '/models/org/name']) {
    expect((await call('GET', path, 'llm')).status).toBe(200);
    expect(upstream.requests.at(-1)!.url).toBe(`/v1${path}`);
  }
});

it('everything is passed on where the seller says so', async () => {
  const set = (passOtherPaths: boolean) =>
    fixture.platform.db.update(services).set({ passOtherPaths }).where(eq(services.id, service.id));
  await set(true);
  await until('it is passed on', async () => (await call('GET', '/files', 'llm')).status === 200, 1_000);
  for (const [method, path] of OTHERS) expect((await call(method, path, 'llm')).status).toBe(200);
  await set(false);
  await until('it is not any more', async () => (await call('GET', '/files', 'llm')).status === 404, 1_000);
});
