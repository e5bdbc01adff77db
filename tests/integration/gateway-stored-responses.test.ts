/** Stored responses are known by the account that made them, and only to the organization that asked for them. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { credentials, services } from '../../db/schema/index.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

const ACCOUNTS = ['sk-a', 'sk-b', 'sk-c', 'sk-d'];

let fixture: GatewayFixture;
let upstream: Upstream;
let service: AddedService;
let buyer: AddedBuyer;
let ids: Record<string, string>;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream((request, response, recorded) => {
    request.on('end', () => {
      if (recorded.method !== 'POST') {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ stored: recorded.url, method: recorded.method }));
        return;
      }
      const answer = {
        id: `resp_${upstream.requests.length}`,
        object: 'response',
        status: 'completed',
        model: 'small',
        output: [],
        usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
      };
      if (!recorded.body.includes('"stream":true')) {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(answer));
        return;
      }
      response.setHeader('content-type', 'text/event-stream');
      for (const type of ['response.created', 'response.completed'])
        response.write(`event: ${type}\ndata: ${JSON.stringify({ type, response: answer })}\n\n`);
      response.end();
    });
  });
});
afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});
beforeEach(async () => {
  service = await fixture.addService({
    baseUrl: `${upstream.url}/v1`,
    kind: 'llm',
    upstream: { dialect: 'openai-responses', models: ['small'] },
  });
  ids = {};
  for (const secret of ACCOUNTS)
    ids[secret] = await fixture.addCredential(service, service.upstreamId, secret);
  buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
});

const ask = (more: object = {}, by: AddedBuyer = buyer): Promise<Response> =>
  fixture.call(`/llm/${service.slug}/v1/responses`, by.key.secret, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'small', input: 'Hi', ...more }),
  });
const account = (): string => upstream.requests.at(-1)!.headers.authorization!.replace('Bearer ', '');
const idIn = (text: string): string => /"id":"(resp_\d+)"/.exec(text)![1]!;

it.each([false, true])('again and again, streamed: %s', async (stream) => {
  let previous = idIn(await (await ask({ stream })).text());
  const maker = account();
  for (let turn = 0; turn < 12; turn += 1) {
    const answer = await ask({ stream, previous_response_id: previous });
    previous = idIn(await answer.text());
    expect([answer.status, account()]).toEqual([200, maker]);
  }
});

it('of nobody that is known it is asked of anybody', async () => {
  expect((await ask({ previous_response_id: 'resp_unknown' })).status).toBe(200);
});

it('and refused in clear words when that account is gone', async () => {
  const previous = idIn(await (await ask()).text());
  await fixture.platform.db.delete(credentials).where(eq(credentials.id, ids[account()]!));
  const refused = await until('the change to be known', async () => {
    const answer = await ask({ previous_response_id: previous });
    return answer.status === 400 && answer;
  });
  expect(await refused.json()).toMatchObject({ error: { param: 'previous_response_id' } });
  expect((await ask()).status).toBe(200);
});

describe('by its id', () => {
  const at = (path: string, method = 'GET', by: AddedBuyer = buyer, door = 'llm'): Promise<Response> =>
    fixture.call(`/${door}/${service.slug}/v1/responses/${path}`, by.key.secret, { method });

  it('it is read and deleted at the account that made it', async () => {
    for (let i = 0; i < 6; i += 1) {
      const id = idIn(await (await ask()).text());
      const maker = account();
      for (const [path, method] of [
        [id, 'GET'],
        [`${id}/input_items`, 'GET'],
        [id, 'DELETE'],
      ] as const) {
        const answer = await at(path, method);
        expect([answer.status, await answer.json()]).toEqual([
          200,
          { stored: `/v1/responses/${path}`, method },
        ]);
        expect(account()).toBe(maker);
      }
    }
    const id = idIn(await (await ask()).text());
    expect((await at(id, 'GET', buyer, 'proxy/v1')).status).toBe(200);
  });

  it.each([4, 1])('it is nobody else’s, with %i accounts', async (accounts) => {
    for (const secret of ACCOUNTS.slice(accounts))
      await fixture.platform.db.delete(credentials).where(eq(credentials.id, ids[secret]!));
    const other = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
    const id = idIn(await (await ask()).text());
    const before = upstream.requests.length;
    for (const [path, method] of [
      [id, 'GET'],
      [`${id}/input_items`, 'GET'],
      [id, 'DELETE'],
      ['resp_made_up', 'GET'],
    ] as const) {
      const refused = await at(path, method, other);
      expect([refused.status, await refused.json()]).toMatchObject([404, { error: { code: 'not_found' } }]);
    }
    const continued = await ask({ previous_response_id: id }, other);
    expect([continued.status, await continued.json()]).toMatchObject([
      400,
      { error: { param: 'previous_response_id' } },
    ]);
    expect(upstream.requests.length).toBe(before);
    expect((await ask({ previous_response_id: id })).status).toBe(200);
    expect((await at(id)).status).toBe(200);
  });

  it('what was not to be stored is not known', async () => {
    const id = idIn(await (await ask({ store: false })).text());
    expect((await at(id)).status).toBe(404);
  });

  it('costs nothing where tokens cost', async () => {
    const plan = await fixture.addPlan(service, {
      kind: 'per_token',
      prices: { input_token: 1_000_000n, output_token: 1_000_000n },
    });
    const payer = await fixture.addBuyer(plan, { walletNanos: 1_000_000_000n });
    const id = idIn(await (await ask({ max_output_tokens: 20 }, payer)).text());
    await fixture.gateway.settled();
    const { available } = await fixture.wallet(payer.organizationId);
    for (const method of ['GET', 'DELETE']) expect((await at(id, method, payer)).status).toBe(200);
    await fixture.gateway.settled();
    expect(await fixture.wallet(payer.organizationId)).toEqual({ available, held: 0n });
  });

  it('is never shared, whatever the seller says of its answers', async () => {
    await fixture.platform.db
      .update(services)
      .set({ cacheMode: 'on', cachePublic: true, coalesce: true })
      .where(eq(services.id, service.id));
    await until('the cache is on', async () => (await ask()).headers.get('x-cache') !== null);
    const other = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
    const question = { input: 'the same' };
    const id = idIn(await (await ask(question)).text());
    expect(idIn(await (await ask(question)).text())).toBe(id);
    expect(idIn(await (await ask(question, other)).text())).not.toBe(id);
    expect((await at(id)).status).toBe(200);
    expect((await at(id, 'GET', other)).status).toBe(404);
    expect((await ask({ previous_response_id: id })).status).toBe(200);
    expect((await ask({ previous_response_id: id }, other)).status).toBe(400);
  });

  it('of another service of the same seller it is as foreign', async () => {
    const twin = await fixture.addService({
      baseUrl: `${upstream.url}/v1`,
      kind: 'llm',
      organizationId: service.organizationId,
      upstream: { dialect: 'openai-responses', models: ['small'] },
    });
    await fixture.addCredential(twin, twin.upstreamId, 'sk-a');
    const other = await fixture.addBuyer(await fixture.addPlan(twin, { kind: 'free' }));
    const id = idIn(await (await ask()).text());
    service = twin;
    expect((await ask({ previous_response_id: id }, other)).status).toBe(400);
  });
});
