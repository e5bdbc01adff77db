import { connect } from 'node:net';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKeySecret } from '../../app/lib/key-format.ts';
import {
  keys,
  organizations,
  refusalCounts,
  services,
  subscriptions,
  upstreams,
} from '../../db/schema/index.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedPlan,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

let fixture: GatewayFixture;
let upstream: Upstream;
let service: AddedService;
let free: AddedPlan;
let clock: TestClock;

beforeAll(async () => {
  clock = createTestClock();
  fixture = await createGatewayFixture({ platform: { clock } });
  upstream = await startUpstream();
  service = await fixture.addService({ baseUrl: `${upstream.url}/base`, slug: 'echo' });
  free = await fixture.addPlan(service, { kind: 'free' });
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

async function refusal(path: string, key: string | null, init?: RequestInit) {
  const before = upstream.requests.length;
  const answer = await fixture.call(path, key, init);
  const body = (await answer.json()) as { error: Record<string, unknown> };
  expect(upstream.requests.length).toBe(before);
  expect(answer.headers.get('x-error-source')).toBe('gateway');
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  return { status: answer.status, code: body.error['code'], error: body.error, headers: answer.headers };
}

/** Sends bytes as they are and returns the status line. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(fixture.url).port), '127.0.0.1', () =>
      socket.write(text, 'latin1'),
    );
    let answer = '';
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (answer.includes('\r\n\r\n')) socket.end();
    });
    socket.on('close', () => resolve(answer.split('\r\n', 1)[0]!));
    socket.on('error', reject);
  });
}

describe('matching', () => {
  it('leaves every other path to the application', async () => {
    for (const path of ['/', '/proxyx', '/proxy', '/v1', '/api/v1/x', '/v10/x']) {
      expect(await (await fetch(`${fixture.url}${path}`)).text()).toBe('not the gateway');
    }
  });

  it('refuses unknown services, whatever their name', async () => {
    const buyer = await fixture.addBuyer(free);
    for (const name of ['nothing-here', 'svc_00000000000000000000000000', 'UPPER', "x'--"]) {
      expect(await refusal(`/proxy/v1/${name}/x`, buyer.key.secret)).toMatchObject({
        status: 404,
        code: 'service_not_found',
      });
    }
  });

  it('refuses deceptive paths as raw bytes, and nothing of them reaches the upstream', async () => {
    const buyer = await fixture.addBuyer(free);
    const before = upstream.requests.length;
    const targets = [
      '/proxy/v1/echo//evil.example/x',
      '/proxy/v1/echo/../admin',
      '/proxy/v1/echo/%2e%2e/admin',
      '/proxy/v1/echo/a%2fb',
      '/proxy/v1/echo/a%5cb',
      '/proxy/v1/echo/\\evil.example',
      '/proxy/v1/echo/a;b',
      '/proxy/v1/echo/a#b',
      '/proxy/v1/echo/%00',
      'http://evil.example/proxy/v1/echo/x',
    ];
    for (const target of targets) {
      const line = await raw(
        `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${buyer.key.secret}\r\nConnection: close\r\n\r\n`,
      );
      expect(`${target} ${line}`).toMatch(/ HTTP\/1\.1 (400|404)/);
    }
    expect(upstream.requests.length).toBe(before);
  });

  it('refuses upgrades, TRACE and loops', async () => {
    const { key } = await fixture.addBuyer(free);
    const head = (method: string) =>
      `${method} /proxy/v1/echo/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key.secret}\r\n`;
    expect(await raw(`${head('GET')}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)).toContain('426');
    expect(await raw(`${head('TRACE')}\r\n`)).toContain('405');
    await fixture.call('/proxy/v1/echo/x', key.secret);
    const via = upstream.requests.at(-1)!.headers.via!;
    expect(await refusal('/proxy/v1/echo/x', key.secret, { headers: { via } })).toMatchObject({
      status: 508,
      code: 'loop_detected',
    });
  });
});

describe('authentication', () => {
  it('takes the key wherever SDKs put it, and never passes it on', async () => {
    const { key } = await fixture.addBuyer(free);
    for (const name of ['x-api-key', 'api-key', 'x-goog-api-key', 'x-proxy-key']) {
      expect((await fixture.call('/proxy/v1/echo/x', null, { headers: { [name]: key.secret } })).status).toBe(
        200,
      );
    }
    expect((await fixture.call(`/proxy/v1/echo/x?a=1&key=${key.secret}&b=2`, null)).status).toBe(200);
    expect(upstream.requests.at(-1)!.url).toBe('/base/x?a=1&b=2');
    for (const { headers, url } of upstream.requests)
      expect(JSON.stringify(headers) + url).not.toContain(key.secret);
  });

  it('refuses missing, mistyped and unknown keys alike with 401', async () => {
    const { key } = await fixture.addBuyer(free);
    const mistyped = key.secret.slice(0, -1) + (key.secret.endsWith('A') ? 'B' : 'A');
    for (const presented of [null, 'nonsense', mistyped, generateKeySecret()]) {
      expect(await refusal('/proxy/v1/echo/x', presented)).toMatchObject({
        status: 401,
        code: 'invalid_api_key',
      });
    }
  });

  it('refuses a revoked key within a second', async () => {
    const { key } = await fixture.addBuyer(free);
    expect((await fixture.call('/proxy/v1/echo/x', key.secret)).status).toBe(200);
    await fixture.platform.database.db
      .update(keys)
      .set({ status: 'revoked', revokedAt: new Date() })
      .where(eq(keys.id, key.id));
    await until(
      'the revoked key is refused',
      async () => (await fixture.call('/proxy/v1/echo/x', key.secret)).status === 401,
      1_000,
    );
  });

  it('accepts a new key at once, even one that was tried before it existed', async () => {
    const buyer = await fixture.addBuyer(free);
    const added = await fixture.addKey(buyer.organizationId);
    expect((await fixture.call('/proxy/v1/echo/x', added.secret)).status).toBe(200);
  });

  it('refuses an expired key by the database’s clock', async () => {
    const buyer = await fixture.addBuyer(free);
    const { secret } = await fixture.addKey(buyer.organizationId, {
      expiresAt: new Date(Date.now() + 3_000),
    });
    expect((await fixture.call('/proxy/v1/echo/x', secret)).status).toBe(200);
    clock.advance(3_100);
    expect(await refusal('/proxy/v1/echo/x', secret)).toMatchObject({ status: 401 });
  });
});

describe('authorization', () => {
  it('wants a live subscription to this service', async () => {
    const stranger = await fixture.addBuyer(null);
    expect(await refusal('/proxy/v1/echo/x', stranger.key.secret)).toMatchObject({
      status: 403,
      code: 'subscription_required',
    });
    const buyer = await fixture.addBuyer(free);
    expect((await fixture.call('/proxy/v1/echo/x', buyer.key.secret)).status).toBe(200);
    await fixture.platform.database.db
      .update(subscriptions)
      .set({ status: 'canceled' })
      .where(eq(subscriptions.id, buyer.subscriptionId!));
    await until(
      'the cancelled subscription is refused',
      async () => (await fixture.call('/proxy/v1/echo/x', buyer.key.secret)).status === 403,
      1_000,
    );
  });

  it('keeps a key to the subscription it was made for', async () => {
    const buyer = await fixture.addBuyer(free);
    const other = await fixture.addService({ baseUrl: upstream.url });
    const subscriptionId = await fixture.subscribe(
      buyer.organizationId,
      await fixture.addPlan(other, { kind: 'free' }),
    );
    const scoped = await fixture.addKey(buyer.organizationId, { subscriptionId });
    expect((await fixture.call(`/proxy/v1/${other.slug}/x`, scoped.secret)).status).toBe(200);
    expect(await refusal('/proxy/v1/echo/x', scoped.secret)).toMatchObject({
      status: 403,
      code: 'key_not_allowed',
    });
  });

  it('refuses organizations and services that are suspended, paused or not published', async () => {
    const { db } = fixture.platform.database;
    const buyer = await fixture.addBuyer(free);
    await db
      .update(organizations)
      .set({ status: 'suspended' })
      .where(eq(organizations.id, buyer.organizationId));
    expect(await refusal('/proxy/v1/echo/x', buyer.key.secret)).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
    const hidden = await fixture.addService({ baseUrl: upstream.url });
    const plan = await fixture.addPlan(hidden, { kind: 'free' });
    const other = await fixture.addBuyer(plan);
    const statusWhen = async (status: 'draft' | 'suspended' | 'archived' | 'paused' | 'published') => {
      await db.update(services).set({ status }).where(eq(services.id, hidden.id));
      const path = `/proxy/v1/${hidden.slug}/x`;
      return until(
        `${status} is seen`,
        async () => {
          const answer = await fixture.call(path, other.key.secret);
          return (
            answer.status ===
            { draft: 404, suspended: 404, archived: 200, paused: 503, published: 200 }[status]
          );
        },
        1_000,
      );
    };
    for (const status of ['draft', 'published', 'paused', 'suspended', 'published', 'archived'] as const)
      await statusWhen(status);
  });

  it('keeps a retired service for its subscribers and hides it from everybody else', async () => {
    const retired = await fixture.addService({ baseUrl: upstream.url, status: 'archived' });
    const subscriber = await fixture.addBuyer(await fixture.addPlan(retired, { kind: 'free' }));
    const stranger = await fixture.addBuyer(free);
    expect((await fixture.call(`/proxy/v1/${retired.slug}/x`, subscriber.key.secret)).status).toBe(200);
    expect(await refusal(`/proxy/v1/${retired.slug}/x`, stranger.key.secret)).toMatchObject({ status: 404 });
  });

  it('lets sellers try their own service before it is published', async () => {
    const draft = await fixture.addService({ baseUrl: upstream.url, status: 'draft' });
    const plan = await fixture.addPlan(draft, { kind: 'free' });
    await fixture.subscribe(draft.organizationId, plan);
    const { secret } = await fixture.addKey(draft.organizationId);
    expect((await fixture.call(`/proxy/v1/${draft.slug}/x`, secret)).status).toBe(200);
  });
});

describe('limits', () => {
  it('hold each key to its plan’s requests per minute, and say when to come back', async () => {
    const plan = await fixture.addPlan(service, { kind: 'free', requestsPerMinute: 3 });
    const { key } = await fixture.addBuyer(plan);
    for (const remaining of [2, 1, 0]) {
      const answer = await fixture.call('/proxy/v1/echo/x', key.secret);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-ratelimit-remaining-requests')).toBe(String(remaining));
      expect(answer.headers.get('ratelimit-policy')).toBe('"org";q=60000;w=60, "plan";q=3;w=60');
    }
    const refused = await refusal('/proxy/v1/echo/x', key.secret);
    expect(refused).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    clock.advance(61_000);
    expect((await fixture.call('/proxy/v1/echo/x', key.secret)).status).toBe(200);
  });

  it('hold an organization to its own ceiling over all its keys', async () => {
    const buyer = await fixture.addBuyer(free);
    await fixture.platform.database.db
      .update(organizations)
      .set({ requestsPerMinute: 2 })
      .where(eq(organizations.id, buyer.organizationId));
    const second = await fixture.addKey(buyer.organizationId);
    expect((await fixture.call('/proxy/v1/echo/x', buyer.key.secret)).status).toBe(200);
    expect((await fixture.call('/proxy/v1/echo/x', second.secret)).status).toBe(200);
    expect(await refusal('/proxy/v1/echo/x', buyer.key.secret)).toMatchObject({ status: 429 });
  });
});

describe('holds', () => {
  it('refuse a call that the wallet cannot pay, and tell SDKs not to try again', async () => {
    const paid = await fixture.addPlan(service, { kind: 'per_call', prices: { call: 5_000_000n } });
    const buyer = await fixture.addBuyer(paid, { walletNanos: 4n });
    const refused = await refusal('/proxy/v1/echo/x', buyer.key.secret);
    expect(refused).toMatchObject({ status: 402, code: 'insufficient_balance' });
    expect(refused.error['top_up_url']).toContain('/buyer/wallet');
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(await fixture.events(buyer.organizationId)).toHaveLength(0);
  });

  it('refuse a priced plan without a price before the upstream is called', async () => {
    const unpriced = await fixture.addPlan(service, { kind: 'per_call' });
    const buyer = await fixture.addBuyer(unpriced, { walletNanos: 1_000n });
    expect(await refusal('/proxy/v1/echo/x', buyer.key.secret)).toMatchObject({
      status: 402,
      code: 'price_missing',
    });
  });

  it('are given back when no upstream can take the call', async () => {
    const lonely = await fixture.addService({ baseUrl: upstream.url });
    const plan = await fixture.addPlan(lonely, { kind: 'per_call', prices: { call: 1_000_000n } });
    await fixture.platform.database.db
      .update(upstreams)
      .set({ status: 'disabled' })
      .where(eq(upstreams.id, lonely.upstreamId));
    const buyer = await fixture.addBuyer(plan, { walletNanos: 10n });
    expect(await refusal(`/proxy/v1/${lonely.slug}/x`, buyer.key.secret)).toMatchObject({
      status: 503,
      code: 'no_healthy_upstream',
    });
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 10n, held: 0n });
    expect(await fixture.events(buyer.organizationId)).toEqual([
      expect.objectContaining({ status_code: 503, charge_nanos: '0', error_code: 'no_healthy_upstream' }),
    ]);
  });
});

describe('refusals', () => {
  it('are counted by key and reason, cost nothing and are no usage events', async () => {
    const stranger = await fixture.addBuyer(null);
    for (let i = 0; i < 3; i++) await fixture.call('/proxy/v1/echo/x', stranger.key.secret);
    const counted = await until('refusals are written', async () => {
      const rows = await fixture.platform.database.db
        .select()
        .from(refusalCounts)
        .where(eq(refusalCounts.organizationId, stranger.organizationId));
      return rows.length > 0 && rows;
    });
    expect(counted).toEqual([
      expect.objectContaining({
        keyId: stranger.key.id,
        serviceId: service.id,
        code: 'subscription_required',
        refusals: 3,
      }),
    ]);
    expect(await fixture.events(stranger.organizationId)).toHaveLength(0);
  });
});

describe('a credential that does not open', () => {
  it('fails closed: nothing is sent', async () => {
    const sealed = await fixture.addService({
      baseUrl: upstream.url,
      credential: { placement: 'bearer', secret: 'x' },
    });
    const plan = await fixture.addPlan(sealed, { kind: 'free' });
    const other = await fixture.addService({
      baseUrl: upstream.url,
      credential: { placement: 'bearer', secret: 'y' },
    });
    await fixture.platform.database
      .sql`update credentials set secret_envelope = (select secret_envelope from credentials where id = ${other.credentialId})
      where id = ${sealed.credentialId}`;
    const buyer = await fixture.addBuyer(plan);
    expect(await refusal(`/proxy/v1/${sealed.slug}/x`, buyer.key.secret)).toMatchObject({
      status: 503,
      code: 'no_healthy_upstream',
    });
  });
});
