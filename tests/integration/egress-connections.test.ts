/** Connections of the egress module: reuse, separation, bounds and deadlines. */
import { createServer as createNetServer, type AddressInfo, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEgress } from '../../app/infra/egress/create-egress.ts';
import type { Egress } from '../../app/infra/egress/egress.ts';
import { findFreePort } from '../support/ports.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { dispatchOnce } from '../support/dispatch-once.ts';
import { until } from '../support/until.ts';

const silent = { warn: () => undefined };
const MEGABYTE = 1024 * 1024;

describe('egress connections', () => {
  let upstream: Upstream | undefined;
  let egress: Egress;
  beforeEach(() => {
    egress = createEgress({ allow: [], logger: silent });
  });
  afterEach(async () => {
    await egress.close();
    await upstream?.close();
    upstream = undefined;
  });

  async function serve(...parameters: Parameters<typeof startUpstream>): Promise<Upstream> {
    upstream = await startUpstream(...parameters);
    egress.allow(upstream.hostAndPort);
    return upstream;
  }

  it('reuses a connection for calls of one pool', async () => {
    const { url, connections } = await serve();
    const pool = { poolKey: 'a', origin: url, connectTimeoutMs: 2_000 };
    for (let call = 0; call < 20; call += 1) expect((await dispatchOnce(egress, pool)).status).toBe(200);
    // The second may open because a call's end is told before its connection is free again.
    expect(connections()).toBeLessThanOrEqual(2);
  });

  it('never shares a connection between pools, although the origin is the same', async () => {
    const { url, connections } = await serve();
    for (let round = 0; round < 3; round += 1) {
      for (const poolKey of ['a', 'b', 'c']) {
        await dispatchOnce(egress, { poolKey, origin: url, connectTimeoutMs: 2_000 });
      }
    }
    // One pool would need one or two connections; three need three at least.
    expect(connections()).toBeGreaterThanOrEqual(3);
    expect(connections()).toBeLessThanOrEqual(6);
  });

  it('gives a probe a connection of its own', async () => {
    const { url, connections } = await serve();
    await dispatchOnce(egress, { poolKey: 'a', origin: url, connectTimeoutMs: 2_000 });
    for (let call = 0; call < 2; call += 1) {
      await egress.request({ method: 'GET', url, timeoutMs: 2_000, maxResponseBytes: 1_000 });
    }
    expect(connections()).toBe(3);
  });

  it('closes pools that sit idle', async () => {
    const { url, connections } = await serve();
    const sweeping = createEgress({ allow: [upstream!.hostAndPort], logger: silent, sweepIntervalMs: 20 });
    const pool = { poolKey: 'a', origin: url, connectTimeoutMs: 2_000 };
    await dispatchOnce(sweeping, pool);
    await until('a new connection after the idle pool was closed', async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      await dispatchOnce(sweeping, pool);
      return connections() > 1;
    });
    await sweeping.close();
  });

  it('bounds the number of pools, and lets running calls of a closed one finish', async () => {
    let finish: (() => void) | undefined;
    const { url, hostAndPort } = await serve((request, response) => {
      if (request.url !== '/slow') return void response.end('ok');
      response.write('begun ');
      finish = () => void response.end('finished');
    });
    const bounded = createEgress({ allow: [hostAndPort], logger: silent, maxPools: 2 });
    const slow = dispatchOnce(
      bounded,
      { poolKey: 'slow', origin: url, connectTimeoutMs: 2_000 },
      { path: '/slow' },
    );
    await until('the slow call to arrive', () => finish);
    for (let owner = 0; owner < 20; owner += 1) {
      const pool = { poolKey: `owner-${owner}`, origin: url, connectTimeoutMs: 2_000 };
      expect((await dispatchOnce(bounded, pool)).body).toBe('ok');
    }
    finish!();
    expect((await slow).body).toBe('begun finished');
    await bounded.close();
  });

  it('cuts an answer off at the size it was asked for', async () => {
    const { url } = await serve((_request, response) => {
      response.on('error', () => undefined);
      const chunk = Buffer.alloc(MEGABYTE, 'x');
      const send = (): void => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', send);
      };
      send();
    });
    const answer = await egress.request({ method: 'GET', url, timeoutMs: 5_000, maxResponseBytes: 10_000 });
    expect(answer).toMatchObject({ status: 200, truncated: true });
    expect(answer.body).toHaveLength(10_000);
    await until('the upstream to be let go', () => upstream!.running() === 0);
  });

  it('reads an answer of exactly the size whole', async () => {
    const { url } = await serve((_request, response) => void response.end(Buffer.alloc(10_000, 'x')));
    const answer = await egress.request({ method: 'GET', url, timeoutMs: 5_000, maxResponseBytes: 10_000 });
    expect(answer).toMatchObject({ truncated: false });
    expect(answer.body).toHaveLength(10_000);
  });

  it('ends at the total deadline although bytes keep coming', async () => {
    const { url } = await serve((_request, response) => {
      const drip = setInterval(() => response.write('.'), 20);
      response.once('close', () => clearInterval(drip));
    });
    const startedAt = performance.now();
    const attempt = egress.request({ method: 'GET', url, timeoutMs: 300, maxResponseBytes: MEGABYTE });
    await expect(attempt).rejects.toMatchObject({ code: 'upstream_timeout' });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await until('the upstream to be let go', () => upstream!.running() === 0);
  });

  it('says when nobody listens', async () => {
    const port = await findFreePort();
    egress.allow(`127.0.0.1:${port}`);
    const origin = `http://127.0.0.1:${port}`;
    await expect(
      egress.request({ method: 'GET', url: origin, timeoutMs: 2_000, maxResponseBytes: 10 }),
    ).rejects.toMatchObject({ code: 'upstream_error', details: { reason: 'ECONNREFUSED' } });
    await expect(
      dispatchOnce(egress, { poolKey: 'a', origin, connectTimeoutMs: 2_000 }),
    ).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('gives up connecting after the time of the pool', async () => {
    // A TLS handshake that is never answered: accepted, then silence.
    const silentServer: Server = createNetServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silentServer.listen(0, '127.0.0.1', resolve));
    const { port } = silentServer.address() as AddressInfo;
    egress.allow(`127.0.0.1:${port}`);
    const startedAt = performance.now();
    const pool = { poolKey: 'a', origin: `https://127.0.0.1:${port}`, connectTimeoutMs: 300 };
    await expect(dispatchOnce(egress, pool)).rejects.toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' });
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    silentServer.close();
  });

  it('honours the time to the first byte of the call', async () => {
    const { url } = await serve(() => undefined);
    const pool = { poolKey: 'a', origin: url, connectTimeoutMs: 2_000 };
    await expect(dispatchOnce(egress, pool, { headersTimeout: 200 })).rejects.toMatchObject({
      code: 'UND_ERR_HEADERS_TIMEOUT',
    });
  });

  it('hands bytes over as they are and asks for no compression', async () => {
    const packed = gzipSync('hello');
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'x-twice': ['a', 'b'] }).end(packed);
    });
    const answer = await egress.request({ method: 'GET', url, timeoutMs: 2_000, maxResponseBytes: 1_000 });
    expect(answer.body.equals(packed)).toBe(true);
    expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', 'x-twice': 'a, b' });
    expect(upstream!.requests[0]!.headers['accept-encoding']).toBe('identity');
  });

  it('sends method, path, query, headers and body as given', async () => {
    const { url } = await serve();
    const answer = await egress.request({
      method: 'POST',
      url: `${url}/v1/items?a=1&b=%20#fragment`,
      headers: { 'x-custom': 'yes', 'Accept-Encoding': 'gzip' },
      body: '{"a":1}',
      timeoutMs: 2_000,
      maxResponseBytes: 1_000,
    });
    expect(JSON.parse(answer.body.toString())).toEqual({
      method: 'POST',
      url: '/v1/items?a=1&b=%20',
      body: '{"a":1}',
    });
    expect(upstream!.requests[0]!.headers).toMatchObject({ 'x-custom': 'yes', 'accept-encoding': 'gzip' });
    expect(answer.totalMs).toBeGreaterThanOrEqual(answer.firstByteMs);
  });

  it('ends within seconds although a stream is still running', async () => {
    const { url } = await serve((_request, response) => void response.write('begun'));
    const running = dispatchOnce(egress, { poolKey: 'a', origin: url, connectTimeoutMs: 2_000 });
    running.catch(() => undefined);
    await until('the stream to begin', () => upstream!.running() === 1);
    const startedAt = performance.now();
    await egress.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await expect(running).rejects.toBeInstanceOf(Error);
  });
});
