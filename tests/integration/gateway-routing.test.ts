import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { upstreams } from '../../db/schema/index.ts';
import { services } from '../../db/schema/index.ts';
import { eq } from 'drizzle-orm';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

let fixture: GatewayFixture;
/** Three hosts; each answers with its name after its delay. */
let hosts: Record<string, Upstream>;
let delayMs: Record<string, number>;
let failing: Set<string>;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  delayMs = {};
  failing = new Set();
  hosts = {};
  for (const name of ['a', 'b', 'c']) {
    hosts[name] = await startUpstream((request, response) => {
      request.resume();
      request.on('end', () =>
        setTimeout(() => {
          response.statusCode = failing.has(name) ? 500 : 200;
          response.end(name);
        }, delayMs[name] ?? 0),
      );
    });
  }
});

afterAll(async () => {
  await fixture?.close();
  for (const host of Object.values(hosts ?? {})) await host.close();
});

beforeEach(() => {
  delayMs = {};
  failing = new Set();
});

interface Three {
  service: AddedService;
  buyer: AddedBuyer;
  ask(route?: unknown, headers?: Record<string, string>): Promise<Response>;
  names(count: number, route?: unknown, headers?: Record<string, string>): Promise<string[]>;
}

type Values = Partial<typeof upstreams.$inferInsert>;

/** A service with upstreams a, b and c. */
async function three(
  routingStrategy: NonNullable<(typeof services.$inferInsert)['routingStrategy']>,
  values: Record<string, Values> = {},
): Promise<Three> {
  const service = await fixture.addService({
    baseUrl: hosts['a']!.url,
    options: { routingStrategy },
    upstream: { name: 'a', ...values['a'] } as never,
  });
  for (const name of ['b', 'c'])
    await fixture.addUpstream(service, { baseUrl: hosts[name]!.url, name, ...values[name] } as never);
  const buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
  const ask: Three['ask'] = (route, headers = {}) =>
    fixture.call(`/proxy/v1/${service.slug}/x`, buyer.key.secret, {
      headers: { ...headers, ...(route !== undefined && { 'x-tollgate-route': JSON.stringify(route) }) },
    });
  return {
    service,
    buyer,
    ask,
    async names(count, route, headers) {
      const names: string[] = [];
      for (let i = 0; i < count; i++) names.push(await (await ask(route, headers)).text());
      return names;
    },
  };
}

const tally = (names: readonly string[]) =>
  Object.fromEntries(['a', 'b', 'c'].map((name) => [name, names.filter((one) => one === name).length]));

describe('the strategy', () => {
  it('priority takes the lowest number, and the next one when that fails', async () => {
    const { names } = await three('priority', { a: { priority: 2 }, b: { priority: 1 }, c: { priority: 3 } });
    expect(tally(await names(10))).toEqual({ a: 0, b: 10, c: 0 });
    failing.add('b');
    expect(tally(await names(4))).toEqual({ a: 4, b: 0, c: 0 });
  });

  it('weighted shares by weight', async () => {
    const { names } = await three('weighted', { a: { weight: 8 }, b: { weight: 2 }, c: { weight: 2 } });
    const counts = tally(await names(120));
    expect(counts['a']!).toBeGreaterThan(55);
    expect(counts['b']!).toBeGreaterThan(3);
    expect(counts['c']!).toBeGreaterThan(3);
  });

  it('weighted gives an upstream its share although most of its credentials are disabled', async () => {
    const { service, names } = await three('weighted', {
      a: { weight: 4 },
      b: { weight: 2 },
      c: { weight: 2 },
    });
    await fixture.addCredential(service, service.upstreamId, 'in use');
    for (let i = 0; i < 15; i += 1)
      await fixture.addCredential(service, service.upstreamId, `off-${i}`, { status: 'disabled' });
    // Half of 80; a sixteenth of the share would be a fifteenth of the calls.
    expect(tally(await names(80))['a']!).toBeGreaterThan(20);
  });

  it('round robin gives every upstream its turn', async () => {
    const { names } = await three('round_robin');
    expect(tally(await names(30))).toEqual({ a: 10, b: 10, c: 10 });
  });

  it('least latency finds the quickest and stays with it', async () => {
    delayMs = { a: 80, b: 1, c: 80 };
    const { names } = await three('least_latency');
    await names(6);
    expect(tally(await names(12))['b']!).toBeGreaterThanOrEqual(11);
  });

  it('least latency finds out about an upstream that hangs by one call, not by all', async () => {
    delayMs = { a: 1_500 };
    const { ask, names } = await three('least_latency');
    const first = [ask(), ask(), ask()];
    await Promise.race(first);
    expect(tally(await names(12))['a']).toBe(0);
    expect(tally(await Promise.all(first.map(async (answer) => (await answer).text())))).toEqual({
      a: 1,
      b: 1,
      c: 1,
    });
  });

  it('least cost takes the cheapest; an unknown price is the last', async () => {
    const { names } = await three('least_cost', {
      a: { costNanosPerMillion: 5_000n },
      b: { costNanosPerMillion: 9_007_199_254_740_993n },
      c: {},
    });
    expect(tally(await names(6))).toEqual({ a: 6, b: 0, c: 0 });
    failing.add('a');
    expect(tally(await names(4))).toEqual({ a: 0, b: 4, c: 0 });
  });

  it('keeps a conversation where it is, and conversations apart', async () => {
    const { names } = await three('weighted');
    const homes = new Set<string>();
    for (let i = 0; i < 12; i++) {
      const seen = new Set(await names(5, undefined, { 'x-tollgate-conversation': `talk-${i}` }));
      expect(seen.size).toBe(1);
      homes.add([...seen][0]!);
    }
    expect(homes.size).toBeGreaterThan(1);
  });

  it('keeps a conversation where it is while another upstream is only a little quicker', async () => {
    delayMs = { a: 150, b: 160, c: 170 };
    const { names } = await three('least_latency');
    await names(6);
    const ids = Array.from({ length: 8 }, (_, i) => `talk-${i}`);
    const homesOf = (): Promise<string[]> =>
      Promise.all(
        ids.map(async (id) => (await names(2, undefined, { 'x-tollgate-conversation': id })).join('')),
      );
    const homes = await homesOf();
    expect(new Set(homes).size).toBeGreaterThan(1);
    for (const home of homes) expect(['aa', 'bb', 'cc']).toContain(home);
    delayMs = { a: 170, b: 160, c: 150 };
    expect(await homesOf()).toEqual(homes);
    delayMs = { a: 500, b: 1, c: 1 };
    for (let i = 0; i < 40; i += 1) await Promise.all([names(1, { only: ['b'] }), names(1, { only: ['c'] })]);
    const later = await homesOf();
    expect(later.join('')).not.toContain('a');
  });
});

describe('the caller’s preferences', () => {
  it('order is tried first and in this order', async () => {
    const { names } = await three('priority', { a: { priority: 1 }, b: { priority: 2 }, c: { priority: 3 } });
    expect(tally(await names(4, { order: ['c', 'b'] }))).toEqual({ a: 0, b: 0, c: 4 });
    failing.add('c');
    expect(tally(await names(4, { order: ['c', 'b'] }))).toEqual({ a: 0, b: 4, c: 0 });
  });

  it('only and ignore leave the others out', async () => {
    const { names } = await three('weighted');
    expect(tally(await names(12, { only: ['a', 'c'] }))['b']).toBe(0);
    expect(tally(await names(12, { ignore: ['a'] }))['a']).toBe(0);
  });

  it('sort goes before the service’s strategy', async () => {
    const { names } = await three('priority', {
      a: { priority: 1, costNanosPerMillion: 9n },
      b: { priority: 2, costNanosPerMillion: 1n },
      c: { priority: 3, costNanosPerMillion: 5n },
    });
    expect(tally(await names(4, { sort: 'price' }))).toEqual({ a: 0, b: 4, c: 0 });
  });

  it('allow_fallbacks: false stays with one upstream, whatever it answers', async () => {
    const { ask } = await three('priority', { a: { priority: 1 }, b: { priority: 2 }, c: { priority: 3 } });
    failing.add('a');
    const answer = await ask({ allow_fallbacks: false });
    expect([answer.status, await answer.text()]).toEqual([500, 'a']);
  });

  it('that leave nothing are refused with 400', async () => {
    const { ask } = await three('weighted');
    const answer = await ask({ only: ['nobody'] });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'invalid_request', param: 'provider' } });
  });

  it.each([
    ['x-tollgate-route', '{'],
    ['x-tollgate-route', '[]'],
    ['x-tollgate-route.order', '{"order":"a"}'],
    ['x-tollgate-route.only', '{"only":[1]}'],
    ['x-tollgate-route.sort', '{"sort":"best"}'],
    ['x-tollgate-route.max_price.prompt', '{"max_price":{"prompt":-1}}'],
    ['x-tollgate-route.max_price', '{"max_price":7}'],
    ['x-tollgate-route.allow_fallbacks', '{"allow_fallbacks":"no"}'],
    ['x-tollgate-route.allow_fallback', '{"allow_fallback":false}'],
    ['x-tollgate-route.max_price.promt', '{"max_price":{"promt":1}}'],
  ])('bad ones name the field %s', async (field, header) => {
    const { service, buyer } = await three('weighted');
    const answer = await fixture.call(`/proxy/v1/${service.slug}/x`, buyer.key.secret, {
      headers: { 'x-tollgate-route': header },
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param: field } });
  });

  it('reach the running gateway within a second when the seller changes the strategy', async () => {
    const { service, names } = await three('priority', {
      a: { priority: 1 },
      b: { priority: 2 },
      c: { priority: 3 },
    });
    expect(tally(await names(2))).toEqual({ a: 2, b: 0, c: 0 });
    const { db } = fixture.platform.database;
    await db.update(services).set({ routingStrategy: 'round_robin' }).where(eq(services.id, service.id));
    const deadline = Date.now() + 1_000;
    let seen: string[] = [];
    while (!seen.includes('c') && Date.now() < deadline) seen = seen.concat(await names(1));
    expect(seen).toContain('c');
  });
});
