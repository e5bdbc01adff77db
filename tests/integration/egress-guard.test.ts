/** The egress guard against addresses that are not public, by every spelling and at every moment. */
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEgress } from '../../app/infra/egress/create-egress.ts';
import type { Egress } from '../../app/infra/egress/egress.ts';
import { EgressRoute } from '../../app/infra/egress/egress-route.ts';
import { RouteHealth } from '../../app/infra/egress/route-health.ts';
import { systemClock } from '../../app/infra/clock.ts';
import { parseProxyUrl } from '../../app/lib/proxy-url.ts';
import { dispatchOnce } from '../support/dispatch-once.ts';
import { HOSTILE_HOSTS, HOSTILE_URLS } from '../support/hostile-addresses.ts';
import { startUpstream } from '../support/upstream.ts';

const silent = { warn: () => undefined };

interface Canary {
  port: number;
  hits: number;
  close(): Promise<void>;
}

/** Listens on every address of this machine and counts who comes. */
async function startCanary(): Promise<Canary> {
  const server: Server = createServer((socket) => {
    canary.hits += 1;
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok');
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  const canary: Canary = {
    port: (server.address() as AddressInfo).port,
    hits: 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return canary;
}

const PUBLIC = '93.184.216.34';

/** Names of hostile zones, and what they answer. */
const ZONE: Record<string, string[]> = {
  'name.example.com': [PUBLIC],
  'loopback.example.com': ['127.0.0.1'],
  'metadata.example.com': ['169.254.169.254'],
  'private-v6.example.com': ['fd00::1'],
  'mapped.example.com': ['::ffff:127.0.0.1'],
  'nat64.example.com': ['64:ff9b::7f00:1'],
  'mixed.example.com': [PUBLIC, '127.0.0.1'],
  'mixed-reversed.example.com': ['10.0.0.1', PUBLIC],
  'mixed-families.example.com': [PUBLIC, '::1'],
  'garbage.example.com': ['not an address'],
};

function resolveInZone(hostname: string): Promise<string[]> {
  const addresses = ZONE[hostname];
  if (addresses) return Promise.resolve(addresses);
  return Promise.reject(Object.assign(new Error(`${hostname} is unknown`), { code: 'ENOTFOUND' }));
}

describe('egress guard', () => {
  let canary: Canary;
  let egress: Egress;
  beforeAll(async () => void (canary = await startCanary()));
  afterAll(() => canary.close());
  beforeEach(() => {
    canary.hits = 0;
    egress = createEgress({ allow: [], logger: silent, resolve: resolveInZone });
    return () => egress.close();
  });

  async function expectRefusedEverywhere(url: string, reason?: string): Promise<void> {
    const expected = { code: 'blocked_target', status: 400, ...(reason ? { details: { reason } } : {}) };
    await expect(egress.assertAllowed(url), `save ${url}`).rejects.toMatchObject(expected);
    const request = { method: 'GET', url, timeoutMs: 2_000, maxResponseBytes: 1_000 };
    await expect(egress.request(request), `request ${url}`).rejects.toMatchObject(expected);
    const origin = /^https?:\/\/[^/]*/.exec(url)?.[0] ?? url;
    const sent = dispatchOnce(egress, { poolKey: 'upstream', origin, connectTimeoutMs: 2_000 });
    await expect(sent, `dial ${url}`).rejects.toMatchObject(expected);
  }

  it('knows at least 140 spellings', () => {
    expect(new Set([...HOSTILE_HOSTS, ...HOSTILE_URLS]).size).toBeGreaterThanOrEqual(140);
  });

  it.each(HOSTILE_HOSTS)('refuses http://%s at save, at request and at dial', async (host) => {
    await expectRefusedEverywhere(`http://${host}:${canary.port}/`);
    await expectRefusedEverywhere(`https://${host}/`);
    expect(canary.hits).toBe(0);
  });

  it.each(HOSTILE_HOSTS)('refuses a proxy at %s, and a target at it through a proxy', async (host) => {
    for (const protocol of ['http', 'https', 'socks5']) {
      const address = parseProxyUrl(`${protocol}://${host}:${canary.port}`);
      if (address === null) continue;
      const health = new RouteHealth(systemClock);
      const via = new EgressRoute({ address, key: protocol, weight: 1, health, trusted: false });
      const pool = { poolKey: 'upstream', origin: `http://${PUBLIC}`, connectTimeoutMs: 2_000, via };
      await expect(dispatchOnce(egress, pool), protocol).rejects.toMatchObject({ code: 'blocked_target' });
    }
    const address = parseProxyUrl(`http://127.0.0.1:${canary.port}`)!;
    const health = new RouteHealth(systemClock);
    const trusted = new EgressRoute({ address, key: 'trusted', weight: 1, health, trusted: true });
    const origin = `http://${host}:${canary.port}`;
    const pool = { poolKey: 'upstream', origin, connectTimeoutMs: 2_000, via: trusted };
    await expect(dispatchOnce(egress, pool)).rejects.toMatchObject({ code: 'blocked_target' });
    expect(canary.hits).toBe(0);
  });

  it.each(HOSTILE_URLS)('refuses "%s"', async (url) => {
    await expectRefusedEverywhere(url);
  });

  it.each([
    ['loopback.example.com', 'private_address'],
    ['metadata.example.com', 'private_address'],
    ['private-v6.example.com', 'private_address'],
    ['mapped.example.com', 'private_address'],
    ['nat64.example.com', 'private_address'],
    ['mixed.example.com', 'private_address'],
    ['mixed-reversed.example.com', 'private_address'],
    ['mixed-families.example.com', 'private_address'],
    ['garbage.example.com', 'private_address'],
  ])('refuses the name %s for where it leads', async (host, reason) => {
    await expectRefusedEverywhere(`http://${host}:${canary.port}/`, reason);
    await expectRefusedEverywhere(`https://${host}:${canary.port}/`, reason);
    await expectRefusedEverywhere(`http://${host}.:${canary.port}/`, reason);
    expect(canary.hits).toBe(0);
  });

  it('accepts what is public', async () => {
    for (const url of [
      'https://name.example.com/v1?x=1#y',
      'https://name.example.com./',
      'http://name.example.com:8080/',
      'https://NAME.example.com:8443',
      `http://${PUBLIC}/`,
      'https://[2606:2800:220:1:248:1893:25c8:1946]/',
    ]) {
      await expect(egress.assertAllowed(url), url).resolves.toBeUndefined();
    }
  });

  it('says which rule refused, without an address that the name hides', async () => {
    const refusal = await egress
      .assertAllowed('http://loopback.example.com/')
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({ details: { reason: 'private_address', host: 'loopback.example.com' } });
    expect(String(refusal)).not.toContain('127.0.0.1');
  });

  it('refuses a name that nobody knows at save, and tells it from a refusal at dial', async () => {
    await expect(egress.assertAllowed('http://unknown.example.com/')).rejects.toMatchObject({
      code: 'blocked_target',
      details: { reason: 'unresolvable' },
    });
    const pool = { poolKey: 'upstream', origin: 'http://unknown.example.com', connectTimeoutMs: 2_000 };
    await expect(dispatchOnce(egress, pool)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('gives up on a name server that never answers', async () => {
    const waiting = createEgress({ allow: [], logger: silent, resolve: () => new Promise(() => undefined) });
    const pool = { poolKey: 'upstream', origin: 'http://slow.example.com', connectTimeoutMs: 300 };
    const startedAt = performance.now();
    await expect(dispatchOnce(waiting, pool)).rejects.toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await expect(waiting.assertAllowed('http://slow.example.com/')).rejects.toMatchObject({
      details: { reason: 'unresolvable' },
    });
    await waiting.close();
  });

  it('is not fooled by answers that change between save and dial', async () => {
    let asked = 0;
    const rebinding = createEgress({
      allow: [],
      logger: silent,
      resolve: () => Promise.resolve(asked++ % 2 === 0 ? [PUBLIC] : ['127.0.0.1']),
    });
    const origin = `http://rebinding.example.com:${canary.port}`;
    let refused = 0;
    for (let call = 0; call < 1_000; call += 1) {
      const attempts = [
        rebinding.assertAllowed(origin),
        dispatchOnce(rebinding, { poolKey: `upstream-${call}`, origin, connectTimeoutMs: 1 }),
      ];
      for (const attempt of await Promise.allSettled(attempts)) {
        if (attempt.status === 'rejected' && (attempt.reason as { code: string }).code === 'blocked_target')
          refused += 1;
      }
    }
    expect(asked).toBeGreaterThanOrEqual(1_000);
    expect(refused).toBeGreaterThanOrEqual(500);
    expect(canary.hits).toBe(0);
    await rebinding.close();
  });

  it('opens exactly the listed port, by address and by the name that leads there', async () => {
    const upstream = await startUpstream();
    const listed = createEgress({ allow: [upstream.hostAndPort], logger: silent, resolve: resolveInZone });
    for (const host of ['127.0.0.1', 'localhost', 'loopback.example.com', '2130706433', '127.1']) {
      const url = `http://${host}:${upstream.port}/`;
      await expect(listed.assertAllowed(url), url).resolves.toBeUndefined();
      const pool = {
        poolKey: 'upstream',
        origin: `http://${host}:${upstream.port}`,
        connectTimeoutMs: 2_000,
      };
      expect((await dispatchOnce(listed, pool)).status).toBe(200);
      await expect(listed.assertAllowed(`http://${host}:${canary.port}/`)).rejects.toMatchObject({
        code: 'blocked_target',
      });
    }
    for (const host of [
      '127.0.0.2',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
      'mixed-families.example.com',
    ]) {
      await expect(listed.assertAllowed(`http://${host}:${upstream.port}/`), host).rejects.toMatchObject({
        code: 'blocked_target',
      });
    }
    expect(canary.hits).toBe(0);
    await listed.close();
    await upstream.close();
  });

  it('opens a name that the operator listed, and one that is listed later', async () => {
    const upstream = await startUpstream();
    const pool = {
      poolKey: 'upstream',
      origin: `http://loopback.example.com:${upstream.port}`,
      connectTimeoutMs: 2_000,
    };
    await expect(dispatchOnce(egress, pool)).rejects.toMatchObject({ code: 'blocked_target' });
    egress.allow(`loopback.example.com:${upstream.port}`);
    expect((await dispatchOnce(egress, pool)).status).toBe(200);
    await expect(egress.assertAllowed(upstream.url)).rejects.toMatchObject({ code: 'blocked_target' });
    await upstream.close();
  });

  it('does not follow redirects', async () => {
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${canary.port}/` }).end();
    });
    egress.allow(upstream.hostAndPort);
    const answer = await egress.request({
      method: 'GET',
      url: upstream.url,
      timeoutMs: 2_000,
      maxResponseBytes: 100,
    });
    expect(answer.status).toBe(302);
    expect(answer.headers['location']).toContain(String(canary.port));
    const pool = { poolKey: 'upstream', origin: upstream.url, connectTimeoutMs: 2_000 };
    expect((await dispatchOnce(egress, pool)).status).toBe(302);
    expect(canary.hits).toBe(0);
    await upstream.close();
  });

  it('never lets a request turn the upstream into a proxy or a tunnel', async () => {
    const upstream = await startUpstream();
    egress.allow(upstream.hostAndPort);
    const pool = { poolKey: 'upstream', origin: upstream.url, connectTimeoutMs: 2_000 };
    for (const options of [
      { method: 'GET', path: `http://127.0.0.1:${canary.port}/` },
      { method: 'CONNECT', path: '/' },
      { method: 'GET', path: '/', upgrade: 'websocket' },
    ]) {
      await expect(dispatchOnce(egress, pool, options)).rejects.toMatchObject({ code: 'blocked_target' });
    }
    expect(upstream.requests).toHaveLength(0);
    await upstream.close();
  });
});
