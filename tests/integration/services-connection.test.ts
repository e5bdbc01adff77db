import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eq } from 'drizzle-orm';
import { egressProxies, upstreams } from '../../db/schema/index.ts';
import { addEgressProxies, createEgressPool } from '../../app/domain/egress/index.ts';
import { createService, testConnection } from '../../app/domain/services/index.ts';
import { hasErrorCode } from '../../app/lib/app-error.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { findFreePort } from '../support/ports.ts';
import { startHttpProxy } from '../support/proxies.ts';
import { makeMember, type TestMember } from '../support/sellers.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';

const SECRET = 'sk-canary-7Qm2/9x+Zr==';
let upstream: Upstream;
let other: Upstream;
let platform: TestPlatform;
let seller: TestMember;

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    const url = new URL(request.url ?? '/', 'http://upstream');
    response.setHeader('set-cookie', 'session=1');
    if (url.pathname === '/base/models') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: [{ id: 'small' }, { id: 'large' }, { id: 'small' }, { id: 7 }] }));
    } else if (url.pathname === '/base/big') {
      response.setHeader('content-type', 'text/plain');
      response.end('é'.repeat(5_000));
    } else if (url.pathname === '/base/image') {
      response.setHeader('content-type', 'image/png');
      response.end(Buffer.from([1, 2, 3]));
    } else if (url.pathname === '/base/redirect') {
      response.writeHead(302, { location: `${other.url}/stolen` }).end();
    } else {
      // Reflects what it was sent, in every encoding there is.
      const { authorization = '' } = request.headers;
      const secret = authorization.replace(/^Bearer /, '');
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.setHeader('x-ratelimit-echo', secret);
      response.statusCode = 401;
      response.end(
        JSON.stringify({
          raw: request.headers,
          base64: Buffer.from(secret).toString('base64'),
          encoded: encodeURIComponent(secret),
          url: request.url,
        }),
      );
    }
  });
  other = await startUpstream();
  platform = await createTestPlatform({ EGRESS_ALLOW: `${upstream.hostAndPort},${other.hostAndPort}` });
  seller = await makeMember(platform);
});
afterAll(async () => {
  await Promise.all([upstream.close(), other.close(), platform.close()]);
});

describe('testing a connection', () => {
  it('sends a real request with the credential and shows the real answer, the secret masked', async () => {
    const service = await createService(seller.ctx, {
      name: 'Echo',
      baseUrl: `${upstream.url}/base`,
      credential: { placement: 'bearer', secret: SECRET },
    });
    const result = await testConnection(seller.ctx, { serviceId: service.id, path: '/echo?a=1' });
    expect(upstream.requests.at(-1)).toMatchObject({ method: 'GET', url: '/base/echo?a=1' });
    expect(upstream.requests.at(-1)?.headers.authorization).toBe(`Bearer ${SECRET}`);
    if (!result.ok) throw new Error(result.reason);
    expect(result.status).toBe(401);
    expect(result.contentType).toBe('application/json; charset=utf-8');
    expect(result.bodyPreview).toContain('Bearer ••••••');
    expect(result.headers).not.toHaveProperty('set-cookie');
    expect(result.totalMs).toBeGreaterThanOrEqual(result.firstByteMs);
    const text = JSON.stringify(result);
    for (const form of [SECRET, Buffer.from(SECRET).toString('base64'), encodeURIComponent(SECRET)]) {
      expect(text).not.toContain(form);
    }
  });

  it('masks a secret in the query of the address it shows', async () => {
    const result = await testConnection(seller.ctx, {
      baseUrl: `${upstream.url}/base`,
      credential: { placement: 'query', parameterName: 'key', secret: SECRET },
    });
    expect(upstream.requests.at(-1)?.url).toBe(`/base?key=${encodeURIComponent(SECRET)}`);
    expect(JSON.stringify(result)).not.toContain(encodeURIComponent(SECRET));
  });

  it('reads the models of an LLM upstream', async () => {
    const result = await testConnection(seller.ctx, { kind: 'llm', baseUrl: `${upstream.url}/base` });
    expect(result).toMatchObject({ ok: true, status: 200, models: ['small', 'large'] });
  });

  it('cuts long text at 4 KB between characters and shows nothing binary', async () => {
    const big = await testConnection(seller.ctx, { baseUrl: `${upstream.url}/base`, path: '/big' });
    expect(big).toMatchObject({ ok: true, truncated: true, bodyPreview: 'é'.repeat(2_048) });
    const image = await testConnection(seller.ctx, { baseUrl: `${upstream.url}/base`, path: '/image' });
    expect(image).toMatchObject({ ok: true, contentType: 'image/png', bodyPreview: null });
  });

  it('does not follow redirects', async () => {
    const result = await testConnection(seller.ctx, { baseUrl: `${upstream.url}/base`, path: '/redirect' });
    expect(result).toMatchObject({ ok: true, status: 302 });
    expect(other.requests).toHaveLength(0);
  });

  it('never sends the stored secret to another origin', async () => {
    const service = await createService(seller.ctx, {
      name: 'Bound',
      baseUrl: `${upstream.url}/base`,
      credential: { placement: 'bearer', secret: SECRET },
    });
    const result = await testConnection(seller.ctx, { serviceId: service.id, baseUrl: other.url });
    expect(result).toMatchObject({ ok: false, reason: 'secret_needed' });
    expect(other.requests).toHaveLength(0);
  });

  it('says why there is no answer', async () => {
    const closed = await findFreePort();
    platform.egress.allow(`127.0.0.1:${closed}`);
    expect(await testConnection(seller.ctx, { baseUrl: `http://127.0.0.1:${closed}` })).toMatchObject({
      ok: false,
      reason: 'refused',
    });
    expect(await testConnection(seller.ctx, { baseUrl: 'http://169.254.169.254' })).toMatchObject({
      ok: false,
      reason: 'blocked_target',
    });
  });

  it.each(['//evil.example', '/../admin', '/a/%2e%2e/b', '/a\\b', 'http://evil.example', '/a b', '/x#y'])(
    'refuses the path %s',
    async (path) => {
      await expect(
        testConnection(seller.ctx, { baseUrl: `${upstream.url}/base`, path }),
      ).rejects.toMatchObject({ code: 'invalid_request', issues: [{ field: 'path' }] });
    },
  );

  it("does not know another organization's service", async () => {
    const service = await createService(seller.ctx, { name: 'Private', baseUrl: upstream.url });
    const stranger = await makeMember(platform);
    await expect(testConnection(stranger.ctx, { serviceId: service.id })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(testConnection(seller.as('member'), { serviceId: service.id })).rejects.toMatchObject({
      code: 'forbidden',
    });
  });

  it('refuses to be a tool for floods', async () => {
    const eager = await makeMember(platform);
    const tests = await Promise.allSettled(
      Array.from({ length: 25 }, () => testConnection(eager.ctx, { baseUrl: upstream.url })),
    );
    const refused = tests.filter(
      (test) => test.status === 'rejected' && hasErrorCode(test.reason, 'rate_limited'),
    );
    expect(refused).toHaveLength(5);
  });

  it('goes through the upstream’s pool of proxies, and never round it', async () => {
    const proxy = await startHttpProxy();
    const closed = await findFreePort();
    platform.egress.allow(proxy.hostAndPort);
    const service = await createService(seller.ctx, {
      name: 'Behind a pool',
      baseUrl: `${upstream.url}/base`,
    });
    const pool = await createEgressPool(seller.ctx, { name: 'Exit' });
    await platform.db
      .update(upstreams)
      .set({ egressPoolId: pool.id })
      .where(eq(upstreams.serviceId, service.id));
    const test = () => testConnection(seller.ctx, { serviceId: service.id, path: '/models' });
    const before = upstream.requests.length;
    expect(await test()).toMatchObject({ ok: false, reason: 'unreachable' });
    await addEgressProxies(seller.ctx, { poolId: pool.id, urls: `http://me:hunter22@${proxy.hostAndPort}` });
    expect(await test()).toMatchObject({ ok: true, status: 200 });
    expect([proxy.targets, proxy.logins]).toEqual([[upstream.hostAndPort], ['me:hunter22']]);
    expect(upstream.requests).toHaveLength(before + 1);
    await platform.db.update(egressProxies).set({ port: closed }).where(eq(egressProxies.poolId, pool.id));
    expect(await test()).toMatchObject({ ok: false });
    expect(upstream.requests).toHaveLength(before + 1);
    await proxy.close();
  });
});
