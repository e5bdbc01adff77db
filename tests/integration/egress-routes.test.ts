/** Connections through outbound proxies: what they are told, who may be reached, and nodes that fail. */
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEgress } from '../../app/infra/egress/create-egress.ts';
import { createDefaultRoute } from '../../app/infra/egress/default-routes.ts';
import { EgressRoute, chooseRoute } from '../../app/infra/egress/egress-route.ts';
import type { Egress, EgressPool } from '../../app/infra/egress/egress.ts';
import { RouteHealth } from '../../app/infra/egress/route-health.ts';
import { systemClock } from '../../app/infra/clock.ts';
import { parseProxyUrl } from '../../app/lib/proxy-url.ts';
import { createCertificate, type TestCertificate } from '../support/certificate.ts';
import { createTestClock } from '../support/clock.ts';
import { dispatchOnce } from '../support/dispatch-once.ts';
import { findFreePort } from '../support/ports.ts';
import { startHttpProxy, startSocksProxy, type TestProxy } from '../support/proxies.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';

const silent = { warn: () => undefined };

const routeTo = (url: string, health = new RouteHealth(systemClock), trusted = false): EgressRoute =>
  new EgressRoute({ address: parseProxyUrl(url)!, key: `${url} ${trusted}`, weight: 1, health, trusted });

const originCertificate = createCertificate('api.example.com');
const nodeCertificate = createCertificate('proxy.example.com');

describe('egress routes', () => {
  const usual = getCACertificates('default');
  beforeAll(() => setDefaultCACertificates([...usual, originCertificate.cert, nodeCertificate.cert]));
  afterAll(() => setDefaultCACertificates(usual));

  let upstream: Upstream;
  let proxies: TestProxy[];
  let egress: Egress;
  beforeEach(async () => {
    upstream = await startUpstream();
    proxies = [];
    egress = createEgress({
      allow: [upstream.hostAndPort],
      logger: silent,
      resolve: (name) => Promise.resolve([name.startsWith('inside') ? '10.0.0.7' : '127.0.0.1']),
    });
  });
  afterEach(async () => {
    await egress.close();
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await upstream.close();
  });

  async function start(making: Promise<TestProxy>): Promise<TestProxy> {
    const proxy = await making;
    proxies.push(proxy);
    egress.allow(proxy.hostAndPort);
    return proxy;
  }
  const poolVia = (via: EgressRoute, origin = `http://api.example.com:${upstream.port}`): EgressPool => ({
    poolKey: 'upstream',
    origin,
    connectTimeoutMs: 500,
    via,
  });

  it.each([
    ['http', () => startHttpProxy()],
    ['socks5', () => startSocksProxy({ login: 'me:secret' })],
  ])('a %s node gets the vetted address, and the upstream the name', async (protocol, making) => {
    const proxy = await start(making());
    const via = routeTo(`${protocol}://me:secret@${proxy.hostAndPort}`);
    expect((await dispatchOnce(egress, poolVia(via))).status).toBe(200);
    expect(proxy.targets).toEqual([`127.0.0.1:${upstream.port}`]);
    expect(proxy.logins).toEqual(['me:secret']);
    expect(upstream.requests[0]?.headers.host).toBe(`api.example.com:${upstream.port}`);
    expect(via.health.marks.latencyMs).not.toBeNull();
    const answer = await egress.request({
      method: 'POST',
      url: `http://api.example.com:${upstream.port}/x`,
      body: 'y',
      timeoutMs: 2_000,
      maxResponseBytes: 1_000,
      via,
    });
    expect(answer.status).toBe(200);
    expect(proxy.targets).toHaveLength(2);
  });

  it.each([
    ['http', () => startHttpProxy()],
    ['socks5', () => startSocksProxy()],
  ])('TLS goes through a %s node end to end, with the name of the origin', async (protocol, making) => {
    const proxy = await start(making());
    let hello = '';
    const server = createServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('data', (chunk) => {
          hello += chunk.toString('latin1');
          socket.destroy();
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    egress.allow(`127.0.0.1:${port}`);
    const via = routeTo(`${protocol}://${proxy.hostAndPort}`);
    await expect(dispatchOnce(egress, poolVia(via, `https://api.example.com:${port}`))).rejects.toThrow();
    expect(hello).toContain('api.example.com');
    expect(proxy.targets).toEqual([`127.0.0.1:${port}`]);
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it.each([
    ['http', () => startHttpProxy()],
    ['https', (tls: TestCertificate) => startHttpProxy(tls)],
    ['socks5', () => startSocksProxy()],
  ])('a whole exchange goes through a %s node over TLS', async (protocol, making) => {
    const proxy = await start(making(nodeCertificate));
    const server = createHttpsServer(originCertificate, (request, response) => {
      request.pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    egress.allow(`127.0.0.1:${port}`);
    const host = protocol === 'https' ? `proxy.example.com:${proxy.port}` : proxy.hostAndPort;
    const via = routeTo(`${protocol}://me:secret@${host}`);
    const long = 'x'.repeat(1_000_000);
    for (const body of ['short', long, 'short again']) {
      const answer = await dispatchOnce(egress, poolVia(via, `https://api.example.com:${port}`), {
        method: 'POST',
        body,
      });
      expect(answer.status).toBe(200);
      expect(answer.body === body).toBe(true);
    }
    // A tunnel is used again as soon as undici knows that it is free.
    expect(proxy.targets.length).toBeLessThan(3);
    expect(new Set(proxy.targets)).toEqual(new Set([`127.0.0.1:${port}`]));
    if (protocol !== 'socks5') expect(new Set(proxy.logins)).toEqual(new Set(['me:secret']));
    expect(via.health.marks.failures).toBe(0);
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it('tells an https node nothing before it has proven its name', async () => {
    const impostor = await start(startHttpProxy(originCertificate));
    const via = routeTo(`https://me:secret@proxy.example.com:${impostor.port}`);
    await expect(dispatchOnce(egress, poolVia(via))).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
    expect([impostor.targets, impostor.logins]).toEqual([[], []]);
    expect(via.health.marks.failures).toBe(1);
  });

  it('does not hold it against the node when the origin cannot prove its name', async () => {
    const proxy = await start(startHttpProxy());
    const server = createHttpsServer(nodeCertificate);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    egress.allow(`127.0.0.1:${port}`);
    const via = routeTo(`http://${proxy.hostAndPort}`);
    const call = dispatchOnce(egress, poolVia(via, `https://api.example.com:${port}`));
    await expect(call).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(via.health.marks.failures).toBe(0);
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it('never asks a node for an address that is not public', async () => {
    const proxy = await start(startHttpProxy());
    const via = routeTo(`http://${proxy.hostAndPort}`);
    for (const host of ['inside.example.com', '10.0.0.7', '169.254.169.254', 'localhost', '[::1]']) {
      await expect(dispatchOnce(egress, poolVia(via, `http://${host}:9999`)), host).rejects.toMatchObject({
        code: 'blocked_target',
      });
    }
    expect(proxy.targets).toEqual([]);
    expect(via.health.marks.failures).toBe(0);
  });

  it('refuses a node that is not public itself, unless the operator named it', async () => {
    const proxy = await startHttpProxy();
    proxies.push(proxy);
    const url = `http://${proxy.hostAndPort}`;
    await expect(dispatchOnce(egress, poolVia(routeTo(url)))).rejects.toMatchObject({
      code: 'blocked_target',
    });
    expect(proxy.targets).toEqual([]);
    const trusted = routeTo(url, new RouteHealth(systemClock), true);
    expect((await dispatchOnce(egress, poolVia(trusted))).status).toBe(200);
  });

  it('is not fooled by a zone that changes its answer between save and dial', async () => {
    const proxy = await startSocksProxy();
    proxies.push(proxy);
    let asked = 0;
    const rebinding = createEgress({
      allow: [proxy.hostAndPort],
      logger: silent,
      resolve: () => Promise.resolve(asked++ % 2 === 0 ? ['93.184.216.34'] : ['127.0.0.1']),
    });
    const url = `http://rebinding.example.com:${upstream.port}`;
    for (let round = 0; round < 20; round++) {
      await rebinding.assertAllowed(url);
      const via = routeTo(`socks5://${proxy.hostAndPort}`);
      await expect(dispatchOnce(rebinding, poolVia(via, url))).rejects.toMatchObject({
        code: 'blocked_target',
      });
    }
    expect(proxy.targets).toEqual([]);
    expect(upstream.requests).toHaveLength(0);
    await rebinding.close();
  });

  it('keeps connections of different nodes apart', async () => {
    const [first, second] = [await start(startHttpProxy()), await start(startHttpProxy())];
    for (const proxy of [first, second, first, second]) {
      await dispatchOnce(egress, poolVia(routeTo(`http://${proxy.hostAndPort}`)));
    }
    expect(first.targets.length).toBeGreaterThanOrEqual(1);
    expect(second.targets.length).toBeGreaterThanOrEqual(1);
    expect(upstream.connections()).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ['says nothing', 'silent', 'http', 'UND_ERR_CONNECT_TIMEOUT'],
    ['refuses', 'refuse', 'http', 'EGRESS_ROUTE_REFUSED'],
    ['says nothing', 'silent', 'socks5', undefined],
    ['refuses', 'refuse', 'socks5', undefined],
  ] as const)('counts a node that %s (%s, %s) as failed', async (_words, behaviour, protocol, code) => {
    const proxy = await start(protocol === 'http' ? startHttpProxy() : startSocksProxy());
    proxy.behaviour = behaviour;
    const via = routeTo(`${protocol}://${proxy.hostAndPort}`);
    const call = dispatchOnce(egress, poolVia(via));
    await expect(call).rejects.toMatchObject(code === undefined ? {} : { code });
    expect(via.health.marks.failures).toBe(1);
  });

  it.each(['http', 'socks5'])('does not hold an unreachable target against a %s node', async (protocol) => {
    const proxy = await start(protocol === 'http' ? startHttpProxy() : startSocksProxy());
    proxy.behaviour = 'unreachable';
    const via = routeTo(`${protocol}://${proxy.hostAndPort}`);
    await expect(dispatchOnce(egress, poolVia(via))).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    expect(via.health.marks.failures).toBe(0);
  });

  it('prefers others to a node that reaches nothing, for a while, and takes it when there are none', async () => {
    const clock = createTestClock();
    const pair = [await start(startHttpProxy()), await start(startHttpProxy())];
    const [cut, whole] = pair.map(({ hostAndPort }) =>
      routeTo(`http://${hostAndPort}`, new RouteHealth(clock)),
    ) as [EgressRoute, EgressRoute];
    pair[0]!.behaviour = 'unreachable';
    for (let call = 0; call < 3; call++) {
      expect(cut.health.isDoubtful).toBe(false);
      await expect(dispatchOnce(egress, poolVia(cut))).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    }
    expect(cut.health.state).toBe('in');
    for (let choice = 0; choice < 50; choice++) expect(chooseRoute([cut, whole])).toBe(whole);
    expect(chooseRoute([cut])).toBe(cut);
    clock.advance(10_000);
    const later = new Set(Array.from({ length: 50 }, () => chooseRoute([cut, whole])));
    expect(later.has(cut)).toBe(true);
    pair[0]!.behaviour = 'work';
    expect((await dispatchOnce(egress, poolVia(cut))).status).toBe(200);
    pair[0]!.behaviour = 'unreachable';
    await expect(
      dispatchOnce(egress, poolVia(cut, `http://other.example.com:${upstream.port}`)),
    ).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    expect(cut.health.isDoubtful).toBe(false);
  });

  it('takes a node out after three failures and brings it back by one probe', async () => {
    const clock = createTestClock();
    const port = await findFreePort();
    egress.allow(`127.0.0.1:${port}`);
    const dead = routeTo(`http://127.0.0.1:${port}`, new RouteHealth(clock));
    const proxy = await start(startHttpProxy());
    const alive = routeTo(`http://${proxy.hostAndPort}`, new RouteHealth(clock));
    for (let failure = 0; failure < 3; failure++) {
      await expect(dispatchOnce(egress, poolVia(dead))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    }
    for (let choice = 0; choice < 50; choice++) expect(chooseRoute([dead, alive])).toBe(alive);
    expect(chooseRoute([dead])).toBeNull();
    clock.advance(10_000);
    expect(chooseRoute([dead, alive])).toBe(dead);
    // While the probe is under way nobody else tries.
    expect(chooseRoute([dead, alive])).toBe(alive);
    await expect(dispatchOnce(egress, poolVia(dead))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    clock.advance(10_000);
    expect(chooseRoute([dead])).toBeNull();
    clock.advance(10_000);
    expect(chooseRoute([dead])).toBe(dead);
    dead.health.connected(3);
    expect(dead.health.marks).toEqual({ failures: 0, retryAtMs: 0, latencyMs: 3 });
  });

  it('spreads calls by weight', () => {
    const make = (weight: number): EgressRoute =>
      new EgressRoute({
        address: parseProxyUrl('http://a.example.com')!,
        key: `${weight}`,
        weight,
        health: new RouteHealth(systemClock),
        trusted: false,
      });
    const [light, heavy] = [make(1), make(9)];
    const chosen = Array.from({ length: 2_000 }, () => chooseRoute([light, heavy]));
    const share = chosen.filter((route) => route === heavy).length / chosen.length;
    expect(share).toBeGreaterThan(0.85);
    expect(share).toBeLessThan(0.95);
  });

  it('goes through the proxies of the environment, except where NO_PROXY says', async () => {
    const [http, pool] = [await startHttpProxy(), await startSocksProxy()];
    proxies.push(http, pool);
    const environment = {
      http: `http://${http.hostAndPort}`,
      https: null,
      pool: [],
      noProxy: ['direct.example.com'],
    };
    const withDefault = (proxiesOfTheEnvironment: Parameters<typeof createDefaultRoute>[0]): Egress =>
      createEgress({
        allow: [upstream.hostAndPort],
        logger: silent,
        resolve: () => Promise.resolve(['127.0.0.1']),
        defaultRoute: createDefaultRoute(proxiesOfTheEnvironment, systemClock),
      });
    const one = withDefault(environment);
    const direct = {
      poolKey: 'a',
      origin: `http://direct.example.com:${upstream.port}`,
      connectTimeoutMs: 500,
    };
    const other = { ...direct, origin: `http://other.example.com:${upstream.port}` };
    expect((await dispatchOnce(one, direct)).status).toBe(200);
    expect(http.targets).toEqual([]);
    expect((await dispatchOnce(one, other)).status).toBe(200);
    expect(http.targets).toEqual([`127.0.0.1:${upstream.port}`]);
    await one.close();

    const two = withDefault({ ...environment, pool: [`socks5://${pool.hostAndPort}`] });
    await two.request({ method: 'GET', url: other.origin, timeoutMs: 2_000, maxResponseBytes: 100 });
    expect(pool.targets).toHaveLength(1);
    expect(http.targets).toHaveLength(1);
    await pool.close();
    for (let failure = 0; failure < 3; failure++) await expect(dispatchOnce(two, other)).rejects.toThrow();
    // Never directly instead.
    await expect(dispatchOnce(two, other)).rejects.toMatchObject({ code: 'EGRESS_NO_ROUTE' });
    await two.close();
  });

  it('shows its password nowhere', () => {
    const options = {
      address: parseProxyUrl('http://me:hunter22@proxy.example.com')!,
      key: 'epx_1',
      weight: 1,
    };
    const route = new EgressRoute({ ...options, health: new RouteHealth(systemClock), trusted: false });
    for (const text of [inspect({ route }, { showHidden: true }), JSON.stringify({ route }), `${route}`]) {
      expect(text).toContain('epx_1');
      expect(text).not.toContain('hunter22');
    }
  });
});
