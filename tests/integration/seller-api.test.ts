/** The seller's part of the management API, endpoint by endpoint, as Remix calls it. */
import type { ActionFunctionArgs } from '@remix-run/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueAccessToken } from '../../app/domain/users/index.ts';
import * as api from '../../app/routes/api/seller-api.ts';
import * as apis from '../../app/routes/api/seller-apis.ts';
import * as earnings from '../../app/routes/api/seller-earnings.ts';
import { makeBuyer, makeMarketplace, makeSeller, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

const SECRET = 'sk-canary-7Qm2/9x+Zr==';
let platform: TestPlatform;
let seller: Person;
let stranger: Person;

beforeAll(async () => {
  platform = await createTestPlatform({ EGRESS_ALLOW: '127.0.0.1:4010' });
  seller = await makeSeller(platform);
  stranger = await makeSeller(platform);
});
afterAll(() => platform.close());

interface Answer {
  status: number;
  // Bodies differ by endpoint; each test says what it expects of them.
  body: Record<string, unknown> & {
    error?: { code: string; param: string; message: string; issues: unknown[] };
  };
  text: string;
  headers: Headers;
}

async function send(
  person: Person | null,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer> {
  const headers = new Headers();
  if (person) headers.set('authorization', `Bearer ${(await issueAccessToken(person.ctx, person)).token}`);
  if (body !== undefined) headers.set('content-type', 'application/json');
  const url = `http://127.0.0.1:3000/api/v1/seller/${path}`;
  const [resource, id] = path.split('?')[0]!.split('/');
  const route = resource === 'earnings' ? earnings : id === undefined ? apis : api;
  const args = {
    request: new Request(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }),
    params: { id },
    context: { platform, requestId: 'req_test', cspNonce: '', clientIp: '203.0.113.7' },
  } as unknown as ActionFunctionArgs;
  const response = await (method === 'GET' ? route.loader(args) : route.action(args));
  const text = await response.text();
  return {
    status: response.status,
    text,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Answer['body']),
  };
}

const FOUR_FIELDS = {
  name: 'Weather forecast',
  description: 'Tomorrow, today.',
  endpoint_url: 'http://127.0.0.1:4010/v2',
  api_key: SECRET,
};

describe('POST /api/v1/seller/apis', () => {
  it('lists an API from four fields: slug derived, bearer credential, a free plan, published', async () => {
    const { status, body, text, headers } = await send(seller, 'POST', 'apis', FOUR_FIELDS);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      slug: 'weather-forecast',
      kind: 'http',
      status: 'published',
      endpoint_url: 'http://127.0.0.1:4010/v2',
      proxy_url: `${platform.publicUrl}/proxy/v1/weather-forecast`,
      credential: { placement: 'bearer', name: null },
      plans: [{ kind: 'free', name: 'Free', price_version: 1 }],
    });
    expect(body['id']).toMatch(/^svc_/);
    expect(headers.get('location')).toBe(`/api/v1/seller/apis/${String(body['id'])}`);
    expect(text).not.toContain(SECRET);
  });

  it('works for an account that did not sell before', async () => {
    const buyer = await makeBuyer(platform);
    expect((await send(buyer, 'POST', 'apis', FOUR_FIELDS)).status).toBe(201);
  });

  it('takes the full form', async () => {
    const { status, body } = await send(seller, 'POST', 'apis', {
      name: 'Model',
      slug: 'my-model',
      summary: 'One line.',
      category: 'ai',
      kind: 'llm',
      base_url: 'http://127.0.0.1:4010/v1',
      credential: { placement: 'header', name: 'X-Api-Key', secret: SECRET },
      models: ['small', 'large'],
      plans: [
        {
          kind: 'per_token',
          price_per_million_input_tokens: '0.15',
          price_per_million_output_tokens: '0.6',
          model_prices: [
            {
              model: 'large',
              price_per_million_input_tokens: '2.5',
              price_per_million_output_tokens: '10',
            },
          ],
        },
        { kind: 'flat', name: 'Monthly', monthly_fee: '19.99', requests_per_minute: 600 },
      ],
      publish: false,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      slug: 'my-model',
      status: 'draft',
      category: 'ai',
      models: ['small', 'large'],
      credential: { placement: 'header', name: 'X-Api-Key' },
      plans: [
        {
          name: 'Pay per token',
          price_per_million_input_tokens: '0.15',
          price_per_million_output_tokens: '0.60',
          model_prices: [{ model: 'large', price_per_million_input_tokens: '2.50' }],
        },
        { name: 'Monthly', monthly_fee: '19.99', requests_per_minute: 600 },
      ],
    });
  });

  it.each([
    [{ ...FOUR_FIELDS, endpoint_url: undefined }, 400, 'invalid_request', 'endpoint_url'],
    [{ ...FOUR_FIELDS, endpoint_url: 'http://169.254.169.254/' }, 400, 'blocked_target', 'endpoint_url'],
    [
      { ...FOUR_FIELDS, endpoint_url: undefined, base_url: 'http://[::ffff:127.0.0.1]' },
      400,
      'blocked_target',
      'base_url',
    ],
    [{ ...FOUR_FIELDS, endpoint_url: 'http://2130706433' }, 400, 'blocked_target', 'endpoint_url'],
    [{ ...FOUR_FIELDS, name: 'x' }, 400, 'invalid_request', 'name'],
    [{ ...FOUR_FIELDS, api_key: 'a\nb' }, 400, 'invalid_request', 'api_key'],
    [{ ...FOUR_FIELDS, seller_id: 'org_x' }, 400, 'invalid_request', 'seller_id'],
    [{ ...FOUR_FIELDS, slug: 'my-model' }, 409, 'already_exists', 'slug'],
    [{ ...FOUR_FIELDS, kind: 'soap' }, 400, 'invalid_request', 'kind'],
    [{ ...FOUR_FIELDS, plans: [] }, 400, 'invalid_request', 'plans'],
    [
      { ...FOUR_FIELDS, plans: [{ kind: 'per_call', price_per_call: '-1' }] },
      400,
      'invalid_request',
      'plans.0.price_per_call',
    ],
    [
      { ...FOUR_FIELDS, plans: [{ kind: 'free' }, { kind: 'per_call', price_per_call: 0.1 }] },
      400,
      'invalid_request',
      'plans.1.price_per_call',
    ],
    [
      { ...FOUR_FIELDS, plans: [{ kind: 'free', monthly_fee: '1' }] },
      400,
      'invalid_request',
      'plans.0.monthly_fee',
    ],
    [{ ...FOUR_FIELDS, plans: [{ kind: 'free' }, { kind: 'free' }] }, 409, 'already_exists', 'plans.1.name'],
  ])('refuses %j by the name of the field', async (input, status, code, param) => {
    const answer = await send(seller, 'POST', 'apis', input);
    expect([answer.status, answer.body.error?.code, answer.body.error?.param]).toEqual([status, code, param]);
    expect(answer.text).not.toContain(SECRET);
  });

  it('needs a token', async () => {
    const { status, body } = await send(null, 'POST', 'apis', FOUR_FIELDS);
    expect([status, body.error?.code]).toEqual([401, 'unauthenticated']);
  });
});

describe('one API', () => {
  it('is found by id and slug, changed, paused, and deleted', async () => {
    const { body: made } = await send(seller, 'POST', 'apis', { ...FOUR_FIELDS, name: 'Life cycle' });
    const id = String(made['id']);
    for (const name of [id, 'life-cycle']) {
      expect((await send(seller, 'GET', `apis/${name}`)).body).toMatchObject({ id, slug: 'life-cycle' });
    }
    const changed = await send(seller, 'PUT', `apis/${id}`, {
      name: 'Renamed',
      description: 'New words.',
      endpoint_url: 'http://127.0.0.1:4010/v3',
      api_key: 'sk-canary-second',
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ name: 'Renamed', slug: 'life-cycle', status: 'published' });
    expect(changed.body).toMatchObject({ endpoint_url: 'http://127.0.0.1:4010/v3' });
    expect(changed.text).not.toContain('sk-canary');

    expect((await send(seller, 'PUT', `apis/${id}`, { status: 'paused' })).body).toMatchObject({
      status: 'paused',
    });
    const gone = await send(seller, 'DELETE', `apis/${id}`);
    expect([gone.status, gone.body['status']]).toEqual([200, 'deleted']);
    expect((await send(seller, 'GET', `apis/${id}`)).status).toBe(404);
    expect((await send(seller, 'DELETE', `apis/${id}`)).status).toBe(404);
  });

  it('refuses a private address and unknown fields when it is changed', async () => {
    const { body: made } = await send(seller, 'POST', 'apis', { ...FOUR_FIELDS, name: 'Guarded' });
    const path = `apis/${String(made['id'])}`;
    const blocked = await send(seller, 'PUT', path, { endpoint_url: 'http://10.0.0.1' });
    expect(blocked.body.error).toMatchObject({ code: 'blocked_target', param: 'endpoint_url' });
    const unknown = await send(seller, 'PUT', path, { organization_id: stranger.organizationId });
    expect(unknown.body.error).toMatchObject({ code: 'invalid_request', param: 'organization_id' });
    expect((await send(seller, 'GET', path)).body).toMatchObject({ endpoint_url: FOUR_FIELDS.endpoint_url });
  });

  it("does not exist for another organization's token", async () => {
    const { body: made } = await send(seller, 'POST', 'apis', { ...FOUR_FIELDS, name: 'Not yours' });
    const path = `apis/${String(made['id'])}`;
    expect((await send(stranger, 'GET', path)).status).toBe(404);
    expect((await send(stranger, 'PUT', path, { name: 'Mine now' })).status).toBe(404);
    expect((await send(stranger, 'DELETE', path)).status).toBe(404);
    expect((await send(stranger, 'GET', 'apis')).text).not.toContain(String(made['id']));
    expect((await send(seller, 'GET', path)).body).toMatchObject({ name: 'Not yours' });
  });

  it('answers other methods with 405', async () => {
    const answer = await send(seller, 'PATCH', 'apis/anything', {});
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT, DELETE']);
  });
});

describe('GET /api/v1/seller/apis', () => {
  it('lists what is there, without secrets', async () => {
    const { body, text } = await send(seller, 'GET', 'apis');
    const listed = body['data'] as { id: string; slug: string; credential: object }[];
    expect(body['total']).toBe(listed.length);
    expect(listed.map(({ slug }) => slug)).toContain('weather-forecast');
    expect(Object.keys(listed[0]!.credential).sort()).toEqual(['name', 'placement', 'set_at']);
    expect(text).not.toMatch(/canary|v1\.[\w-]+\.[\w-]+\./);
  });
});

describe('GET /api/v1/seller/earnings', () => {
  it('gives what the ledger says, to the nano, and to its owner alone', async () => {
    const market = await makeMarketplace(platform);
    const { postTransaction } = await import('../../app/domain/ledger/index.ts');
    const system = platform.createContext({ type: 'system', job: 'test' });
    await postTransaction(system, {
      kind: 'subscription_fee',
      reference: 'chk_test',
      entries: [
        { organizationId: null, purpose: 'processor_clearing', amountNanos: -19_990_000_000n },
        {
          organizationId: market.seller.organizationId,
          purpose: 'seller_pending',
          amountNanos: 17_991_000_000n,
        },
        { organizationId: null, purpose: 'platform_fee', amountNanos: 1_999_000_000n },
      ],
    });
    const { body } = await send(market.seller, 'GET', 'earnings?days=7&time_zone=Asia/Tokyo');
    expect(body).toMatchObject({
      currency: 'USD',
      pending: '17.991',
      fee_basis_points: 1000,
      totals: { gross: '19.99', fee: '1.999', net: '17.991' },
      subscription_fees: { gross: '19.99' },
      by_api: [],
    });
    const series = body['series'] as { net: string }[];
    expect(series).toHaveLength(7);
    expect(series.at(-1)).toMatchObject({ gross: '19.99', net: '17.991' });
    expect((await send(stranger, 'GET', 'earnings')).body).toMatchObject({ pending: '0.00' });
  });

  it('refuses ranges and time zones that are none', async () => {
    const { status, body } = await send(seller, 'GET', 'earnings?days=0&time_zone=Mars/Olympus');
    expect(status).toBe(400);
    expect(body.error?.issues).toEqual([
      { field: 'days', reason: 'invalid' },
      { field: 'time_zone', reason: 'invalid_choice' },
    ]);
  });
});
