/** Pools of outbound proxies over JSON, and proxies that are tried now. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Context, UserActor } from '../../app/domain/context.ts';
import { issueAccessToken } from '../../app/domain/users/index.ts';
import { newId } from '../../app/lib/ids.ts';
import * as pool from '../../app/routes/api/admin-egress-pool.ts';
import * as pools from '../../app/routes/api/admin-egress-pools.ts';
import * as proxies from '../../app/routes/api/admin-egress-proxies.ts';
import * as proxy from '../../app/routes/api/admin-egress-proxy.ts';
import * as check from '../../app/routes/api/admin-egress-proxy-check.ts';
import { egressProxies, services, upstreams } from '../../db/schema/index.ts';
import { makeAdministrator, makeSeller } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { startHttpProxy, startSocksProxy, type TestProxy } from '../support/proxies.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';

type Args = LoaderFunctionArgs & ActionFunctionArgs;
interface Route {
  loader(args: Args): Promise<Response>;
  action(args: Args): Promise<Response>;
}
interface ProxyBody {
  id: string;
  host: string;
  health: string;
  failures: number;
  latency_ms: number | null;
}
interface Body {
  id: string;
  name: string;
  data: { id: string; name: string; proxies: ProxyBody[] }[];
  proxies: ProxyBody[];
  error?: { code: string; issues?: { field: string; reason: string }[] };
}

let platform: TestPlatform;
let upstream: Upstream;
let http: TestProxy;
let socks: TestProxy;
let admin: Context;
let stranger: Context;

beforeAll(async () => {
  upstream = await startUpstream();
  http = await startHttpProxy();
  socks = await startSocksProxy({ login: 'me:hunter22' });
  platform = await createTestPlatform({
    EGRESS_ALLOW: [upstream, http, socks].map(({ hostAndPort }) => hostAndPort).join(','),
  });
  ({ ctx: admin } = await makeAdministrator(platform));
  ({ ctx: stranger } = await makeSeller(platform));
});
afterAll(async () => {
  await platform.close();
  await Promise.all([upstream.close(), http.close(), socks.close()]);
});
beforeEach(() => {
  http.behaviour = 'work';
  socks.behaviour = 'work';
});

async function send(
  route: Partial<Route>,
  method: string,
  { id = '', body, person = admin }: { id?: string; body?: unknown; person?: Context } = {},
): Promise<{ status: number; text: string; body: Body }> {
  const { token } = await issueAccessToken(person, person.actor as UserActor);
  const request = new Request(`${platform.publicUrl}/api/v1/admin/egress-pools`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const context = { platform, requestId: 'req_test', cspNonce: '', clientIp: '203.0.113.7' };
  const args = { request, params: { id }, context } as unknown as Args;
  const response = await (method === 'GET' ? route.loader!(args) : route.action!(args));
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text || '{}') as Body };
}

/** A pool with one node by each protocol, and their ids. */
async function fill(): Promise<{ poolId: string; ids: [http: string, socks: string] }> {
  const made = await send(pools, 'POST', { body: { name: 'Abroad' } });
  expect(made.status).toBe(201);
  const urls = [`http://${http.hostAndPort}`, `socks5://me:hunter22@${socks.hostAndPort}`, 'nonsense'];
  const added = await send(proxies, 'POST', { id: made.body.id, body: { urls, region: 'eu' } });
  expect(added).toMatchObject({
    status: 201,
    body: { added: [1, 2], skipped: [{ line: 3, reason: 'invalid' }] },
  });
  const { body } = await send(pools, 'GET');
  const nodes = body.data.find(({ id }) => id === made.body.id)!.proxies;
  return { poolId: made.body.id, ids: [nodes[0]!.id, nodes[1]!.id] };
}

describe('pools of outbound proxies over JSON', () => {
  it('are made, filled, listed, changed and deleted, and show no password', async () => {
    const { poolId, ids } = await fill();
    const listed = await send(pools, 'GET');
    expect(listed.text).not.toContain('hunter22');
    expect(listed.body.data.at(-1)).toMatchObject({
      name: 'Abroad',
      proxies: [
        { protocol: 'http', health: 'unknown', region: 'eu', weight: 1 },
        { protocol: 'socks5', username: 'me' },
      ],
    });
    expect(await send(pool, 'PUT', { id: poolId, body: { name: 'Elsewhere' } })).toMatchObject({
      status: 200,
      body: { name: 'Elsewhere' },
    });
    expect(await send(proxy, 'PUT', { id: ids[0], body: { weight: 7, status: 'disabled' } })).toMatchObject({
      status: 200,
      body: { weight: 7, status: 'disabled', health: 'disabled' },
    });
    expect((await send(proxy, 'PUT', { id: ids[0], body: { weight: 0 } })).status).toBe(400);
    expect((await send(proxy, 'PUT', { id: ids[0], body: { password: 'x' } })).status).toBe(400);
    expect((await send(proxy, 'DELETE', { id: ids[0] })).status).toBe(204);
    expect((await send(pool, 'DELETE', { id: poolId })).status).toBe(204);
    expect((await send(pool, 'DELETE', { id: poolId })).status).toBe(404);
  });

  it('are for administrators of the platform', async () => {
    const { poolId, ids } = await fill();
    const answers = await Promise.all([
      send(pools, 'GET', { person: stranger }),
      send(pools, 'POST', { person: stranger, body: { name: 'x' } }),
      send(pool, 'PUT', { person: stranger, id: poolId, body: { name: 'x' } }),
      send(pool, 'DELETE', { person: stranger, id: poolId }),
      send(proxies, 'POST', { person: stranger, id: poolId, body: { urls: ['http://93.184.216.34:1'] } }),
      send(proxy, 'PUT', { person: stranger, id: ids[0], body: { weight: 2 } }),
      send(proxy, 'DELETE', { person: stranger, id: ids[0] }),
      send(check, 'POST', { person: stranger, id: ids[0], body: {} }),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]));
  });
});

describe('a proxy that is tried now', () => {
  const setNode = (id: string, values: Partial<typeof egressProxies.$inferInsert>) =>
    platform.db.update(egressProxies).set(values).where(eq(egressProxies.id, id));
  const nodeOf = async (id: string) =>
    (await platform.db.select().from(egressProxies).where(eq(egressProxies.id, id)))[0]!;

  it('asks for the address of an upstream behind its pool, and is back in the rotation', async () => {
    const { poolId, ids } = await fill();
    expect((await send(check, 'POST', { id: ids[0], body: {} })).body.error).toMatchObject({
      code: 'invalid_request',
    });
    const { organizationId } = admin.actor as UserActor;
    const [serviceId, id] = [newId('service'), newId('upstream')];
    await platform.db
      .insert(services)
      .values({ id: serviceId, organizationId, slug: serviceId.replace('_', '-'), name: 'x', kind: 'http' });
    await platform.db
      .insert(upstreams)
      .values({ id, organizationId, serviceId, baseUrl: `${upstream.url}/base`, egressPoolId: poolId });
    for (const node of ids) {
      await setNode(node, { failures: 4, retryAt: new Date(Date.now() + 60_000) });
      expect(await send(check, 'POST', { id: node, body: {} })).toMatchObject({
        status: 200,
        body: { works: true, url: `${upstream.url}/`, status: 200, latency_ms: expect.any(Number) },
      });
      expect(await nodeOf(node)).toMatchObject({ failures: 0, retryAt: null });
      expect((await nodeOf(node)).checkedAt).not.toBeNull();
    }
    expect(http.targets.at(-1)).toBe(upstream.hostAndPort);
    expect(socks.logins.at(-1)).toBe('me:hunter22');
    expect(upstream.requests.at(-1)).toMatchObject({ method: 'GET', url: '/' });
    expect(upstream.requests.at(-1)!.headers.authorization).toBeUndefined();
  });

  it('says why it does not work, and stays as it was', async () => {
    const { ids } = await fill();
    const retryAt = new Date(Date.now() + 60_000);
    await setNode(ids[0], { failures: 4, retryAt });
    const tried = async (body: unknown) => (await send(check, 'POST', { id: ids[0], body })).body;
    http.behaviour = 'refuse';
    expect(await tried({ url: upstream.url })).toMatchObject({ works: false, reason: 'refused' });
    http.behaviour = 'unreachable';
    expect(await tried({ url: upstream.url })).toMatchObject({ works: false, reason: 'target_unreachable' });
    http.behaviour = 'work';
    for (const url of ['http://127.0.0.1:1/', 'http://169.254.169.254/', 'ftp://93.184.216.34/']) {
      expect(await tried({ url })).toMatchObject({ works: false, reason: 'blocked_target' });
    }
    await setNode(ids[0], { host: '10.0.0.7' });
    expect(await tried({ url: upstream.url })).toMatchObject({ works: false, reason: 'blocked_target' });
    expect(await nodeOf(ids[0])).toMatchObject({ failures: 4, retryAt });
  });
});
