/** Upstreams, pools, routing, custom paths and providers over JSON, as Remix calls the routes. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import type { Request as ExpressRequest, Response as ExpressResponse } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context, UserActor } from '../../app/domain/context.ts';
import { issueAccessToken } from '../../app/domain/users/index.ts';
import { adminApiAddress } from '../../app/http/admin-api-address.ts';
import * as adminEndpoint from '../../app/routes/api/admin-endpoint.ts';
import * as adminEndpoints from '../../app/routes/api/admin-endpoints.ts';
import * as adminProvider from '../../app/routes/api/admin-provider.ts';
import * as adminProviders from '../../app/routes/api/admin-providers.ts';
import * as api from '../../app/routes/api/seller-api.ts';
import * as apis from '../../app/routes/api/seller-apis.ts';
import * as credential from '../../app/routes/api/seller-credential.ts';
import * as credentialReset from '../../app/routes/api/seller-credential-reset.ts';
import * as credentials from '../../app/routes/api/seller-credentials.ts';
import * as endpoint from '../../app/routes/api/seller-endpoint.ts';
import * as endpoints from '../../app/routes/api/seller-endpoints.ts';
import * as plan from '../../app/routes/api/seller-plan.ts';
import * as proxySecret from '../../app/routes/api/seller-proxy-secret.ts';
import * as routing from '../../app/routes/api/seller-routing.ts';
import * as upstream from '../../app/routes/api/seller-upstream.ts';
import * as upstreams from '../../app/routes/api/seller-upstreams.ts';
import { makeAdministrator, makeSeller } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { unique } from '../support/unique.ts';

type Args = LoaderFunctionArgs & ActionFunctionArgs;
type Caller = { ctx: Context };
interface Route {
  loader(args: Args): Promise<Response>;
  action(args: Args): Promise<Response>;
}

const SECRET = 'sk-canary-3Vb8/2+Qp==';
const ROUTES: [RegExp, Route][] = [
  [/^seller\/apis$/, apis],
  [/^seller\/apis\/([^/]+)$/, api],
  [/^seller\/apis\/([^/]+)\/upstreams$/, upstreams],
  [/^seller\/apis\/([^/]+)\/routing$/, routing],
  [/^seller\/apis\/([^/]+)\/proxy-secret$/, proxySecret],
  [/^seller\/plans\/([^/]+)$/, plan],
  [/^seller\/upstreams\/([^/]+)$/, upstream],
  [/^seller\/upstreams\/([^/]+)\/credentials$/, credentials],
  [/^seller\/credentials\/([^/]+)$/, credential],
  [/^seller\/credentials\/([^/]+)\/reset$/, credentialReset],
  [/^seller\/endpoints$/, endpoints],
  [/^seller\/endpoints\/([^/]+)$/, endpoint],
  [/^admin\/endpoints$/, adminEndpoints],
  [/^admin\/endpoints\/([^/]+)$/, adminEndpoint],
  [/^admin\/providers$/, adminProviders],
  [/^admin\/providers\/([^/]+)$/, adminProvider],
];

let platform: TestPlatform;
let seller: Caller;
let stranger: Caller;
let admin: Caller;

beforeAll(async () => {
  platform = await createTestPlatform({ EGRESS_ALLOW: '127.0.0.1:4010,127.0.0.1:4011' });
  seller = await makeSeller(platform);
  stranger = await makeSeller(platform);
  admin = await makeAdministrator(platform);
});
afterAll(() => platform.close());

// Bodies differ by endpoint; each test says what it expects of them.
type Body = Record<string, unknown> & { id: string; error?: { code: string; issues?: unknown[] } };

async function send(
  person: Caller,
  call: string,
  body?: unknown,
): Promise<{ status: number; body: Body; text: string }> {
  const [method = '', path = ''] = call.split(' ');
  const headers = new Headers({
    authorization: `Bearer ${(await issueAccessToken(person.ctx, person.ctx.actor as UserActor)).token}`,
  });
  if (body !== undefined) headers.set('content-type', 'application/json');
  const [, route] = ROUTES.find(([pattern]) => pattern.test(path))!;
  const [pattern] = ROUTES.find(([candidate]) => candidate.test(path))!;
  const args = {
    request: new Request(`http://127.0.0.1:3000/api/v1/${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
    params: { id: pattern.exec(path)?.[1] },
    context: { platform, requestId: 'req_test', cspNonce: '', clientIp: '203.0.113.7' },
  } as unknown as Args;
  const response = await (method === 'GET' ? route.loader(args) : route.action(args));
  const text = await response.text();
  return { status: response.status, text, body: (text === '' ? {} : JSON.parse(text)) as Body };
}

const makeApi = async (): Promise<Body> =>
  (
    await send(seller, 'POST seller/apis', {
      name: unique('Models'),
      kind: 'llm',
      dialect: 'anthropic',
      base_url: 'http://127.0.0.1:4010',
      api_key: SECRET,
      models: ['claude-small'],
    })
  ).body;

describe('upstreams and their pools', () => {
  it('takes api_key where the dialect expects it', async () => {
    expect(await makeApi()).toMatchObject({
      dialect: 'anthropic',
      upstreams: 1,
      credential: { placement: 'header', name: 'x-api-key' },
    });
  });

  it('are added, listed, changed and removed', async () => {
    const { id } = await makeApi();
    const created = await send(seller, `POST seller/apis/${id}/upstreams`, {
      name: 'Backup',
      base_url: 'http://127.0.0.1:4011/v1',
      priority: 5,
      cost_per_million_tokens: '1.25',
      credential: { placement: 'header', name: 'x-key', secret: SECRET },
    });
    expect(created).toMatchObject({
      status: 201,
      body: {
        api_id: id,
        dialect: 'openai-chat',
        priority: 5,
        cost_per_million_tokens: '1.25',
        credentials_ready: 1,
      },
    });
    const upstreamId = created.body.id;
    const changed = await send(seller, `PUT seller/upstreams/${upstreamId}`, {
      weight: 7,
      cost_per_million_tokens: null,
    });
    expect(changed.body).toMatchObject({ weight: 7, cost_per_million_tokens: null, priority: 5 });
    const moved = await send(seller, `PUT seller/upstreams/${upstreamId}`, {
      base_url: 'http://127.0.0.1:4010',
    });
    expect(moved).toMatchObject({
      status: 400,
      body: { error: { issues: [{ field: 'credential.secret', reason: 'secret_needed' }] } },
    });
    const unknown = await send(seller, `PUT seller/upstreams/${upstreamId}`, { wieght: 7 });
    expect(unknown.body.error?.issues).toEqual([{ field: 'wieght', reason: 'unknown_field' }]);
    const list = await send(seller, `GET seller/apis/${id}/upstreams`);
    expect(list.body['data']).toHaveLength(2);
    expect((await send(seller, `DELETE seller/upstreams/${upstreamId}`)).status).toBe(204);
    expect((await send(stranger, `GET seller/apis/${id}/upstreams`)).status).toBe(404);
  });

  it('take one secret or many, and never show any', async () => {
    const { id } = await makeApi();
    const { body } = await send(seller, `GET seller/apis/${id}/upstreams`);
    const [{ id: upstreamId }] = body['data'] as [{ id: string }];
    const pool = `seller/upstreams/${upstreamId}/credentials`;
    const one = await send(seller, `POST ${pool}`, { placement: 'bearer', secret: 'sk-one', weight: 3 });
    expect(one).toMatchObject({ status: 201, body: { weight: 3, health: 'ready', placement: 'bearer' } });
    const many = await send(seller, `POST ${pool}`, {
      placement: 'bearer',
      secrets: ['sk-two', 'sk-one', 'sk-three'],
    });
    expect(many.body).toEqual({ added: [1, 3], skipped: [{ line: 2, reason: 'duplicate' }] });
    const missing = await send(seller, `POST ${pool}`, { placement: 'bearer' });
    expect(missing.body.error?.issues).toEqual([{ field: 'secret', reason: 'required' }]);
    const disabled = await send(seller, `PUT seller/credentials/${one.body.id}`, { status: 'disabled' });
    expect(disabled.body).toMatchObject({ health: 'disabled', disabled_reason: 'manual' });
    expect((await send(seller, `POST seller/credentials/${one.body.id}/reset`)).body['health']).toBe(
      'disabled',
    );
    expect((await send(stranger, `DELETE seller/credentials/${one.body.id}`)).status).toBe(404);
    expect((await send(seller, `DELETE seller/credentials/${one.body.id}`)).status).toBe(204);
    const list = await send(seller, `GET ${pool}`);
    expect(list.body['data']).toHaveLength(3);
    expect(list.text).not.toMatch(/sk-|v1\.\w/);
    expect((await send(seller, `DELETE ${pool}`)).body).toEqual({ deleted: 3 });
  });
});

describe('settings of an API', () => {
  it('are read and changed, field by field', async () => {
    const { id } = await makeApi();
    const changed = await send(seller, `PUT seller/apis/${id}/routing`, {
      strategy: 'least_cost',
      model_aliases: { fast: 'claude-small' },
      default_parameters: { top_p: 0.5 },
      cache_mode: 'on',
    });
    expect(changed.body).toMatchObject({
      strategy: 'least_cost',
      model_aliases: { fast: 'claude-small' },
      default_parameters: { top_p: 0.5 },
      cache_mode: 'on',
      proxy_secret: false,
    });
    const secret = await send(seller, `POST seller/apis/${id}/proxy-secret`);
    expect(secret).toMatchObject({
      status: 201,
      body: { proxy_secret: expect.stringMatching(/^tgps_/) as string },
    });
    expect((await send(seller, `GET seller/apis/${id}/routing`)).body['proxy_secret']).toBe(true);
    expect((await send(seller, `DELETE seller/apis/${id}/proxy-secret`)).status).toBe(204);
    expect((await send(stranger, `PUT seller/apis/${id}/routing`, { coalesce: true })).status).toBe(404);
  });

  it('limit what a key on a plan may do', async () => {
    const { plans } = await makeApi();
    const [{ id }] = plans as [{ id: string }];
    const limits = { tokens_per_day: 1_000, model_limits: [{ model: 'claude-*', requests_per_minute: 5 }] };
    expect((await send(seller, `PUT seller/plans/${id}`, limits)).body).toMatchObject(limits);
    expect((await send(stranger, `PUT seller/plans/${id}`, limits)).status).toBe(404);
  });
});

describe('custom paths', () => {
  it('are a seller’s for own services, in the words of either API', async () => {
    const { id, slug } = await makeApi();
    const path = unique('reply').toLowerCase();
    const created = await send(seller, 'POST seller/endpoints', {
      path: `/${path}`,
      provider_id: id,
      system_prompt: 'Be brief.',
      stream: true,
      model: 'claude-small',
    });
    expect(created).toMatchObject({
      status: 201,
      body: { path, service: slug, streaming: 'on', default_model: 'claude-small' },
    });
    expect(created.body['url']).toBe(`${platform.publicUrl}/${path}`);
    const endpointId = created.body.id;
    const changed = await send(seller, `PUT seller/endpoints/${endpointId}`, { stream: false });
    expect(changed.body).toMatchObject({ streaming: 'off', system_prompt: 'Be brief.' });
    expect((await send(stranger, `PUT seller/endpoints/${endpointId}`, { stream: true })).status).toBe(404);
    expect((await send(seller, 'GET admin/endpoints')).status).toBe(403);
    expect((await send(seller, `DELETE admin/endpoints/${endpointId}`)).status).toBe(403);
    const all = await send(admin, 'GET admin/endpoints');
    expect(JSON.stringify(all.body['data'])).toContain(endpointId);
    expect((await send(admin, `DELETE admin/endpoints/${endpointId}`)).status).toBe(204);
  });
});

describe('providers', () => {
  it('are added, changed and removed by administrators, who bind paths to them', async () => {
    const created = await send(admin, 'POST admin/providers', {
      name: 'DeepSeek',
      base_url: 'http://127.0.0.1:4010/v1',
      api_key: SECRET,
      model: 'deepseek-chat',
    });
    expect(created).toMatchObject({
      status: 201,
      body: { name: 'DeepSeek', models: ['deepseek-chat'], has_key: true, status: 'active' },
    });
    expect(created.text).not.toContain(SECRET);
    const path = unique('ask').toLowerCase();
    const bound = await send(admin, 'POST admin/endpoints', { path, provider_id: created.body.id });
    expect(bound.status).toBe(201);
    const changed = await send(admin, `PUT admin/providers/${created.body.id}`, { status: 'disabled' });
    expect(changed.body).toMatchObject({ status: 'disabled', has_key: true });
    expect((await send(admin, `DELETE admin/providers/${created.body.id}`)).body).toMatchObject({
      status: 'deleted',
    });
    const paths = await send(admin, 'GET admin/endpoints');
    expect(JSON.stringify(paths.body['data'])).not.toContain(path);
    expect((await send(seller, 'GET admin/providers')).status).toBe(403);
    expect((await send(seller, 'POST admin/providers', { name: 'Mine' })).status).toBe(403);
  });
});

describe('the addresses of the reference', () => {
  const addressFor = (method: string, path: string, headers: Record<string, string>): string => {
    const request = {
      method,
      originalUrl: path,
      url: path,
      get: (name: string) => headers[name],
      is: (type: string) => headers['content-type']?.startsWith(type) ?? false,
    };
    adminApiAddress(request as unknown as ExpressRequest, {} as ExpressResponse, () => {});
    return request.originalUrl;
  };

  it.each([
    ['GET', '/admin/providers', { authorization: 'Bearer x' }],
    ['GET', '/admin/endpoints?page=1', { accept: 'application/json' }],
    ['POST', '/admin/endpoints', { 'content-type': 'application/json' }],
    ['PUT', '/admin/providers/svc_1', {}],
    ['DELETE', '/admin/endpoints/ept_1', {}],
  ])('are JSON for programs: %s %s', (method, path, headers) => {
    expect(addressFor(method, path, headers)).toBe(`/api/v1${path}`);
  });

  it.each([
    ['GET', '/admin/providers', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }],
    ['POST', '/admin/endpoints', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['GET', '/admin/providers.data', { authorization: 'Bearer x' }],
    ['GET', '/admin/users', { authorization: 'Bearer x' }],
  ])('are pages for browsers: %s %s', (method, path, headers) => {
    expect(addressFor(method, path, headers)).toBe(path);
  });
});
