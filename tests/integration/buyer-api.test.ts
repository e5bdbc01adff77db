/** The buyer's management API, through its routes: JSON, statuses, and whose is whose. */
import type { ActionFunctionArgs, AppLoadContext, LoaderFunctionArgs } from '@remix-run/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../../app/routes/api/buyer-api.ts';
import * as apis from '../../app/routes/api/buyer-apis.ts';
import * as key from '../../app/routes/api/buyer-key.ts';
import * as keys from '../../app/routes/api/buyer-keys.ts';
import * as subscribe from '../../app/routes/api/buyer-subscribe.ts';
import * as subscription from '../../app/routes/api/buyer-subscription.ts';
import * as subscriptions from '../../app/routes/api/buyer-subscriptions.ts';
import * as usage from '../../app/routes/api/buyer-usage.ts';
import { issueAccessToken } from '../../app/domain/users/index.ts';
import { rollUpUsage } from '../../app/domain/usage/index.ts';
import { newId } from '../../app/lib/ids.ts';
import { isWellFormedKey } from '../../app/lib/key-format.ts';
import { usageEvents } from '../../db/schema/index.ts';
import {
  makeBuyer,
  makeMarketplace,
  makeSeller,
  makeService,
  PER_CALL_PLAN,
  unique,
  type Marketplace,
  type Person,
} from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

type Handler = (args: LoaderFunctionArgs & ActionFunctionArgs) => Promise<Response>;

interface Call {
  method?: string;
  as?: Person | null;
  id?: string;
  query?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

let platform: TestPlatform;
let seller: Person;
let buyer: Person;
let stranger: Person;
const tokens = new Map<string, string>();

beforeAll(async () => {
  platform = await createTestPlatform();
  seller = await makeSeller(platform);
  buyer = await makeBuyer(platform, { balance: '3' });
  stranger = await makeBuyer(platform);
});
afterAll(() => platform.close());

async function tokenOf(person: Person): Promise<string> {
  const known = tokens.get(person.userId);
  if (known) return known;
  const { token } = await issueAccessToken(person.ctx, { userId: person.userId });
  tokens.set(person.userId, token);
  return token;
}

/** Calls a route as the server does, and reads its JSON. */
async function call(handler: Handler, options: Call = {}) {
  const { method = 'GET', as = buyer, id, query = '', body, headers = {} } = options;
  const all = new Headers(headers);
  if (as) all.set('authorization', `Bearer ${await tokenOf(as)}`);
  if (body !== undefined) all.set('content-type', 'application/json');
  const request = new Request(`${platform.publicUrl}/api/v1/buyer/x${query}`, {
    method,
    headers: all,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const context = {
    platform,
    requestId: newId('request'),
    cspNonce: '',
    clientIp: '203.0.113.9',
  } satisfies AppLoadContext;
  const response = await handler({ request, params: id === undefined ? {} : { id }, context });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    // Tests look into answers of every shape.
    json: (text ? JSON.parse(text) : null) as Record<string, never> & { error: Record<string, never> },
    text,
  };
}

describe('finding APIs', () => {
  it('searches, and gives prices as decimal strings', async () => {
    const name = unique('Barometer');
    const { service } = await makeService(seller, {
      name,
      plans: [PER_CALL_PLAN, { name: 'Monthly', kind: 'flat', monthlyFee: '9' }],
    });
    const found = await call(apis.loader, { query: `?q=${name}` });
    expect(found.status).toBe(200);
    expect(found.json).toMatchObject({ total: 1, page: 1, page_count: 1 });
    const [listed] = found.json['data'] as unknown as [{ plans: unknown[] }];
    expect(listed).toMatchObject({
      id: service.id,
      slug: service.slug,
      base_url: `${platform.publicUrl}/proxy/v1/${service.slug}`,
      plans: [
        { kind: 'per_call', price_per_call: '0.001', currency: 'USD' },
        { kind: 'flat', monthly_fee: '9.00' },
      ],
    });
    const one = await call(api.loader, { id: service.slug });
    expect(one.json).toMatchObject({
      id: service.id,
      default_plan_id: (listed.plans[0] as { id: string }).id,
    });
    expect(one.text).not.toContain('sk-upstream');
    expect(one.text).not.toContain('api.example.com');
  });

  it('refuses filters that do not exist, by the name they were sent with', async () => {
    const bad = await call(apis.loader, { query: `?category=nonsense&q=${'x'.repeat(500)}&page=0` });
    expect(bad.status).toBe(400);
    const issues = bad.json.error['issues'] as unknown as { field: string }[];
    expect(issues.map(({ field }) => field).sort()).toEqual(['category', 'page', 'q']);
  });

  it('says 404 for what is not published', async () => {
    const { service } = await makeService(seller, { publish: false });
    for (const id of [service.id, service.slug, 'nothing']) {
      expect((await call(api.loader, { id })).status).toBe(404);
    }
  });
});

describe('subscribing', () => {
  it('answers 201 with the key once, the address and a call that uses both', async () => {
    const { service } = await makeService(seller, { plans: [{ name: 'Free', kind: 'free' }] });
    const made = await call(subscribe.action, {
      method: 'POST',
      id: service.slug,
      body: { key_name: 'CI' },
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('cache-control')).toBe('no-store');
    const { secret } = made.json['key'] as unknown as { secret: string };
    expect(isWellFormedKey(secret)).toBe(true);
    expect(made.json).toMatchObject({
      subscription: { status: 'active', api: { slug: service.slug }, plan: { kind: 'free' } },
      key: { name: 'CI', status: 'active', prefix: secret.slice(0, 12) },
      base_url: `${platform.publicUrl}/proxy/v1/${service.slug}`,
    });
    expect(made.json['curl']).toContain(secret);
    const { id } = made.json['subscription'] as unknown as { id: string };
    for (const again of [
      await call(subscription.loader, { id }),
      await call(subscriptions.loader),
      await call(keys.loader),
    ]) {
      expect(again.status).toBe(200);
      expect(again.text).not.toContain(secret);
    }
  });

  it('answers 402 with where to pay when a fee is due first', async () => {
    const { service } = await makeService(seller, {
      plans: [{ name: 'Monthly', kind: 'flat', monthlyFee: '9' }],
    });
    const due = await call(subscribe.action, { method: 'POST', id: service.id, body: {} });
    expect(due.status).toBe(402);
    expect(due.json.error).toMatchObject({
      code: 'payment_required',
      amount: '9.00',
      currency: 'USD',
      checkout_url: expect.stringMatching(/^http/) as string,
      subscription_id: expect.stringMatching(/^sub_/) as string,
    });
    const listed = await call(subscriptions.loader);
    expect(listed.text).toContain('"status":"pending_payment"');
  });

  it('answers 402 with where to top up when the wallet is too low', async () => {
    const { service } = await makeService(seller);
    const refused = await call(subscribe.action, { method: 'POST', id: service.id, as: stranger, body: {} });
    expect(refused.status).toBe(402);
    expect(refused.json.error).toMatchObject({
      code: 'payment_required',
      top_up_url: `${platform.publicUrl}/buyer/wallet`,
      wallet: { available: '0.00' },
    });
  });

  it('answers 409 the second time, and the same subscription to the same Idempotency-Key', async () => {
    const { service } = await makeService(seller, { plans: [{ name: 'Free', kind: 'free' }] });
    const order = {
      method: 'POST',
      id: service.id,
      body: {},
      headers: { 'idempotency-key': unique('order') },
    };
    const first = await call(subscribe.action, order);
    const repeated = await call(subscribe.action, order);
    const other = await call(subscribe.action, { ...order, headers: {} });
    const { id } = first.json['subscription'] as unknown as { id: string };
    expect(repeated.status).toBe(201);
    expect(repeated.json['subscription']).toMatchObject({ id });
    expect(other.status).toBe(409);
    expect(other.json.error).toMatchObject({ code: 'already_exists', subscription_id: id });
  });

  it('refuses unknown fields and foreign plans by the names they were sent with', async () => {
    const { service } = await makeService(seller, { plans: [{ name: 'Free', kind: 'free' }] });
    const foreign = await makeService(seller);
    const unknown = await call(subscribe.action, {
      method: 'POST',
      id: service.id,
      body: { organization_id: stranger.organizationId },
    });
    expect(unknown.json.error).toMatchObject({ code: 'invalid_request', param: 'organization_id' });
    const plan = await call(subscribe.action, {
      method: 'POST',
      id: service.id,
      body: { plan_id: foreign.plan.id },
    });
    expect(plan.status).toBe(404);
    expect(plan.json.error).toMatchObject({ param: 'plan_id' });
    const get = await call(subscribe.loader, { id: service.id });
    expect(get.status).toBe(405);
    expect(get.headers.get('allow')).toBe('POST');
  });
});

describe('subscriptions and keys', () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await makeMarketplace(platform);
  });

  it('end on DELETE, and stay readable', async () => {
    const own = { as: market.buyer, id: market.subscription.id };
    const ended = await call(subscription.action, { ...own, method: 'DELETE' });
    expect(ended.status).toBe(200);
    expect(ended.json).toMatchObject({ status: 'canceled', active_keys: 0 });
    expect((await call(subscriptions.loader, { as: market.buyer })).json['data']).toEqual([]);
    const all = await call(subscriptions.loader, { as: market.buyer, query: '?include=canceled' });
    expect(all.json['data']).toHaveLength(1);
  });

  it('are 404 for everybody else', async () => {
    const { service } = await makeService(seller, { plans: [{ name: 'Free', kind: 'free' }] });
    const made = await call(subscribe.action, { method: 'POST', id: service.id, body: {} });
    const { id } = made.json['subscription'] as unknown as { id: string };
    const { id: keyId } = made.json['key'] as unknown as { id: string };
    for (const answer of [
      await call(subscription.loader, { as: stranger, id }),
      await call(subscription.action, { as: stranger, id, method: 'DELETE' }),
      await call(key.action, { as: stranger, id: keyId, method: 'DELETE' }),
      await call(keys.action, { as: stranger, method: 'POST', body: { name: 'x', subscription_id: id } }),
      await call(usage.loader, { as: stranger, query: `?service=${service.slug}` }),
    ]) {
      expect(answer.status).toBe(404);
      expect(answer.json.error).toMatchObject({ code: 'not_found' });
    }
    expect((await call(subscription.loader, { id })).json).toMatchObject({
      status: 'active',
      active_keys: 1,
    });
  });

  it('make, show and revoke keys', async () => {
    const made = await call(keys.action, {
      method: 'POST',
      body: { name: 'Script', expires_at: '2099-01-01T00:00:00Z' },
    });
    expect(made.status).toBe(201);
    const { id, secret } = made.json as unknown as { id: string; secret: string };
    expect(isWellFormedKey(secret)).toBe(true);
    expect(made.json).toMatchObject({ subscription_id: null, expires_at: '2099-01-01T00:00:00.000Z' });
    const revoked = await call(key.action, { method: 'DELETE', id });
    expect(revoked.json).toMatchObject({ id, status: 'revoked' });
    const bad = await call(keys.action, {
      method: 'POST',
      body: { name: 'x', expires_at: '2001-01-01T00:00:00Z' },
    });
    expect(bad.json.error).toMatchObject({ param: 'expires_at' });
  });
});

describe('usage', () => {
  it('adds up calls per day in the caller’s time zone, and only the caller’s', async () => {
    const market = await makeMarketplace(platform);
    const event = (occurredAt: string, charge: bigint, fault: 'none' | 'seller' = 'none') => ({
      organizationId: market.buyer.organizationId,
      requestId: newId('request'),
      sellerOrganizationId: market.seller.organizationId,
      serviceId: market.service.id,
      planId: market.plan.id,
      priceVersionId: market.plan.price.id,
      subscriptionId: market.subscription.id,
      keyId: 'key_x',
      occurredAt: new Date(occurredAt),
      method: 'GET',
      statusCode: fault === 'none' ? 200 : 502,
      terminalState: 'complete' as const,
      fault,
      requestBytes: 10,
      responseBytes: 20,
      inputTokens: 3,
      outputTokens: 4,
      totalMs: 40,
      chargeNanos: charge,
      feeNanos: charge / 10n,
    });
    await platform.db.insert(usageEvents).values([
      // 23:30 on the 10th in UTC is the 11th in Tokyo.
      event('2026-11-10T23:30:00Z', 1_000_000n),
      event('2026-11-11T01:00:00Z', 1_000_000n),
      event('2026-11-11T02:00:00Z', 0n, 'seller'),
    ]);
    await rollUpUsage(platform.createContext({ type: 'system', job: 'test' }));
    const range = 'from=2026-11-10&to=2026-11-11';
    const utc = await call(usage.loader, { as: market.buyer, query: `?${range}` });
    expect(utc.status).toBe(200);
    expect(utc.json).toMatchObject({
      time_zone: 'UTC',
      totals: { calls: 3, errors: 1, input_tokens: 9, output_tokens: 12, cost: '0.002' },
      series: [
        { day: '2026-11-10', calls: 1, cost: '0.001' },
        { day: '2026-11-11', calls: 2, errors: 1, cost: '0.001' },
      ],
      by_service: [{ id: market.service.id, slug: market.service.slug, calls: 3 }],
    });
    expect(utc.json['fresh_until']).toMatch(/^\d{4}-/);
    const tokyo = await call(usage.loader, { as: market.buyer, query: `?${range}&time_zone=Asia/Tokyo` });
    expect(tokyo.json['series']).toMatchObject([
      { day: '2026-11-10', calls: 0, cost: '0.00' },
      { day: '2026-11-11', calls: 3 },
    ]);
    const filtered = await call(usage.loader, {
      as: market.buyer,
      query: `?${range}&service=${market.service.slug}`,
    });
    expect(filtered.json).toMatchObject({ totals: { calls: 3 } });
    const others = await call(usage.loader, { as: stranger, query: `?${range}` });
    expect(others.json).toMatchObject({ totals: { calls: 0, cost: '0.00' }, by_service: [] });
  });

  it('refuses ranges and zones that make no sense, by name', async () => {
    for (const [query, param] of [
      ['?from=yesterday', 'from'],
      ['?from=2026-11-02&to=2026-11-01', 'to'],
      ['?time_zone=Mars/Olympus', 'time_zone'],
    ] as const) {
      const refused = await call(usage.loader, { query });
      expect(refused.status).toBe(400);
      expect(refused.json.error).toMatchObject({ code: 'invalid_request', param });
    }
  });
});

describe('every endpoint', () => {
  it('asks who is there before anything else', async () => {
    for (const [handler, method] of [
      [apis.loader, 'GET'],
      [api.loader, 'GET'],
      [subscribe.action, 'POST'],
      [subscriptions.loader, 'GET'],
      [subscription.loader, 'GET'],
      [subscription.action, 'DELETE'],
      [keys.loader, 'GET'],
      [keys.action, 'POST'],
      [key.action, 'DELETE'],
      [usage.loader, 'GET'],
    ] as const) {
      const refused = await call(handler, { method, as: null, id: 'x' });
      expect(refused.status).toBe(401);
      expect(refused.json.error).toMatchObject({ code: 'unauthenticated' });
    }
  });
});
