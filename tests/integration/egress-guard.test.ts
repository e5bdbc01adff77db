/** The egress guard against addresses that are not public, by every spelling and at every moment. */
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEgress } from '../../app/infra/egress/create-egress.ts';
import type { Egress } from '../../app/infra/egress/egress.ts';
import { dispatchOnce } from '../support/dispatch-once.ts';
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

/** Hosts that must be refused whatever the port; `:port` of the canary is added. */
const HOSTS = [
  // Loopback, and the spellings that URL parsers turn into it.
  '127.0.0.1',
  '127.0.0.1.',
  '127.1',
  '127.0.1',
  '127.255.255.254',
  '2130706433',
  '017700000001',
  '0x7f000001',
  '0x7F.1',
  '0177.0.0.1',
  '0177.0.0.01',
  '0x7f.0x0.0x0.0x1',
  '127.0x0.0.1',
  '%31%32%37.0.0.1',
  '127%2e0%2e0%2e1',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '１２７.０.０.１',
  '127．0．0．1',
  // This host, "this network".
  '0.0.0.0',
  '0',
  '0x0',
  '0.1.2.3',
  '00000000000',
  // RFC 1918, carrier-grade NAT, link-local and cloud metadata.
  '10.0.0.1',
  '10.255.255.255',
  '167772161',
  '0xa.0.0.1',
  '172.16.0.1',
  '172.31.255.254',
  '192.168.0.1',
  '3232235521',
  '192.168.1.1.',
  '100.64.0.1',
  '100.127.255.254',
  '100.100.100.200',
  '169.254.0.1',
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '169.254.43518',
  '168.63.129.16',
  '192.0.0.192',
  // Documentation, benchmarking, relay, multicast, reserved, broadcast.
  '192.0.0.1',
  '192.0.2.1',
  '198.51.100.7',
  '203.0.113.9',
  '198.18.0.1',
  '198.19.255.255',
  '192.88.99.1',
  '192.52.193.1',
  '192.175.48.1',
  '224.0.0.1',
  '239.255.255.250',
  '240.0.0.1',
  '255.255.255.255',
  '4294967295',
  // IPv6: loopback, unspecified, v4 inside v6, local, documentation, multicast.
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[0000:0000::0001]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::FFFF:10.0.0.1]',
  '[0:0:0:0:0:ffff:169.254.169.254]',
  '[::ffff:8.8.8.8]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2002:a9fe:a9fe::1]',
  '[2001:0:53aa:64c::1]',
  '[2001::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[fdff:ffff::1]',
  '[fe80::1]',
  '[febf::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[ff0e::1]',
  '[2001:db8::1]',
  '[3fff::1]',
  '[100::1]',
  '[5f00::1]',
  '[2001:2::1]',
  '[2001:10::1]',
  '[2001:20::1]',
  '[4000::1]',
  '[1::1]',
  // Names that never leave the machine or the network.
  'localhost',
  'localhost.',
  'LOCALHOST',
  'ⓛocalhost',
  'localhost%2e',
  'app.localhost',
  'localhost.localdomain',
  'redis',
  'postgres',
  'metadata',
  'metadata.google.internal',
  'metadata.google.internal.',
  'host.docker.internal',
  'printer.local',
  'router.lan',
  'nas.home.arpa',
  'vault.corp',
  'abcdefghijklmnop.onion',
  '1.0.0.127.in-addr.arpa',
];

/** URLs that are wrong in themselves. */
const URLS = [
  'ftp://example.com/',
  'file:///etc/passwd',
  'gopher://example.com/_x',
  'data:text/plain,x',
  'javascript:alert(1)',
  'ws://example.com/',
  'unix:/var/run/docker.sock',
  'dict://example.com:11211/stat',
  '//example.com/',
  'example.com',
  '',
  'http://',
  'http:///',
  'https://exa mple.com/',
  'http://example..com/',
  'http://[::1%25lo]/',
  'http://[fe80::1%25eth0]/',
  'http://user:secret@example.com/',
  'http://user@example.com/',
  'http://@example.com/',
  'http://:@example.com/',
  'http://example.com@127.0.0.1/',
  'http://127.0.0.1@example.com/',
  'http:\\\\@example.com/',
  'http://256.256.256.256/',
  'http://1.2.3.4.5/',
  'http://0x100000000/',
  'http://example.com:65536/',
  'http://127.0.0.1%00.example.com/',
  'http://93.184.216.34:22/',
  'http://93.184.216.34:25/',
  'http://93.184.216.34:6379/',
  'http://93.184.216.34:5432/',
  'http://93.184.216.34:11211/',
  'http://93.184.216.34:0/',
  'https://93.184.216.34:2375/',
  'http://name.example.com:3306/',
];

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
    expect(new Set([...HOSTS, ...URLS]).size).toBeGreaterThanOrEqual(140);
  });

  it.each(HOSTS)('refuses http://%s at save, at request and at dial', async (host) => {
    await expectRefusedEverywhere(`http://${host}:${canary.port}/`);
    await expectRefusedEverywhere(`https://${host}/`);
    expect(canary.hits).toBe(0);
  });

  it.each(URLS)('refuses "%s"', async (url) => {
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
    for (let call = 0; call < 200; call += 1) {
      const attempts = [
        rebinding.assertAllowed(origin),
        dispatchOnce(rebinding, { poolKey: `upstream-${call}`, origin, connectTimeoutMs: 1 }),
      ];
      for (const attempt of await Promise.allSettled(attempts)) {
        if (attempt.status === 'rejected' && (attempt.reason as { code: string }).code === 'blocked_target')
          refused += 1;
      }
    }
    expect(asked).toBeGreaterThanOrEqual(200);
    expect(refused).toBeGreaterThanOrEqual(100);
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
