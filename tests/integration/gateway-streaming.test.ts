import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { startUpstream, type RecordedRequest, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

const MIB = 1024 * 1024;
const PRICE = 1_000n;

type Handler = (request: IncomingMessage, response: ServerResponse, recorded: RecordedRequest) => void;

let fixture: GatewayFixture;
let upstream: Upstream;
let service: AddedService;
let free: AddedPlan;
let paid: AddedPlan;
let buyer: AddedBuyer;
/** What the upstream does next. */
let behave: Handler;

beforeAll(async () => {
  fixture = await createGatewayFixture({ limits: { keepAliveMs: 100, callerIdleMs: 20_000 } });
  upstream = await startUpstream((request, response, recorded) => behave(request, response, recorded), {
    recordBodies: false,
  });
  await freshService('stream');
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

/** What one test makes the upstream answer is not held against it in the next. */
async function freshService(slug?: string): Promise<void> {
  service = await fixture.addService({
    baseUrl: `${upstream.url}/base`,
    slug,
    upstream: {
      firstByteTimeoutMs: 700,
      idleTimeoutMs: 700,
      totalTimeoutMs: 6_000,
      connectTimeoutMs: 500,
      maxRequestBytes: 8 * MIB,
    },
    credential: { placement: 'query', parameterName: 'api_key', secret: 'se/cret' },
  });
  free = await fixture.addPlan(service, { kind: 'free' });
  paid = await fixture.addPlan(service, { kind: 'per_call', prices: { call: PRICE * 1_000_000n } });
}

async function freshBuyer(plan: AddedPlan = free): Promise<AddedBuyer> {
  buyer = await fixture.addBuyer(plan, { walletNanos: 10n * PRICE });
  return buyer;
}

const call = (path = '/x', init: RequestInit = {}) =>
  fixture.call(`/proxy/v1/${service.slug}${path}`, buyer.key.secret, init);

interface Peer {
  port: number;
  /** Reads `${url}?mib=…` after a pause in which it takes nothing; resolves with the bytes received. */
  read(url: string, key: string, mib: number): Promise<number>;
  close(): void;
}

/** Upstream and caller in a process of their own, so that this one's memory is the gateway's. */
async function startPeer(): Promise<Peer> {
  const child = fork(new URL('./gateway-large-stream-peer.ts', import.meta.url), { execArgv: [] });
  const next = () =>
    new Promise<number>((resolve) => child.once('message', (value) => resolve(Number(value))));
  return {
    port: await next(),
    read(url, key, mib) {
      const received = next();
      child.send({ url: `${url}?mib=${mib}`, key });
      return received;
    },
    close: () => void child.kill(),
  };
}

async function onlyEvent() {
  const events = await fixture.waitForEvents(buyer.organizationId, 1);
  expect(events).toHaveLength(1);
  return events[0]!;
}

describe('the answer', () => {
  it('arrives chunk by chunk: the first is here before the second is sent', async () => {
    await freshBuyer();
    let sendSecond = (): void => {};
    behave = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('first');
      sendSecond = () => response.end('second');
    };
    const answer = await call();
    const reader = answer.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('first');
    sendSecond();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('second');
    expect((await reader.read()).done).toBe(true);
  });

  it('shows its headers before its first byte of body exists', async () => {
    await freshBuyer();
    let finish = (): void => {};
    behave = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      finish = () => response.end('data: x\n\n');
    };
    const answer = await call();
    expect(answer.headers.get('x-accel-buffering')).toBe('no');
    finish();
    expect(await answer.text()).toContain('data: x');
  });

  it('keeps every byte, compressed ones too', async () => {
    await freshBuyer();
    const body = randomBytes(3 * MIB);
    behave = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'x-encoding-test': 'br' });
      response.end(body);
    };
    const received = Buffer.from(await (await call()).arrayBuffer());
    expect(received.equals(body)).toBe(true);
    expect((await onlyEvent()).response_bytes).toBe(String(body.length));
  });

  it(
    'passes 1 GB to a slow reader without moving memory by more than 64 MB',
    { timeout: 120_000 },
    async () => {
      const peer = await startPeer();
      try {
        const large = await fixture.addService({ baseUrl: `http://127.0.0.1:${peer.port}` });
        buyer = await fixture.addBuyer(await fixture.addPlan(large, { kind: 'free' }));
        const url = `${fixture.url}/proxy/v1/${large.slug}/x`;
        // Buffers and code that every first call brings are not the stream's.
        await peer.read(url, buyer.key.secret, 256);
        const before = process.memoryUsage().rss;
        let peak = before;
        const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
        const received = await peer.read(url, buyer.key.secret, 1024);
        clearInterval(watch);
        expect(received).toBe(1024 * MIB);
        expect((peak - before) / MIB).toBeLessThan(64);
      } finally {
        peer.close();
      }
    },
  );
});

describe('a caller who leaves while the line is full', () => {
  it('leaves no timer behind', async () => {
    await freshBuyer();
    const chunk = randomBytes(MIB);
    behave = (_request, response) => {
      const more = (): void => void (response.destroyed || response.write(chunk, more));
      more();
    };
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const callers = 40;
    await Promise.all(
      Array.from({ length: callers }, async () => {
        const leave = new AbortController();
        await call('/x', { signal: leave.signal });
        await sleep(100);
        leave.abort();
      }),
    );
    await until('the timers are gone', () => timers() < before + callers / 4, 5_000);
  });
});

describe('the request', () => {
  it('streams up with its declared length, byte for byte', async () => {
    await freshBuyer();
    const body = randomBytes(5 * MIB);
    let seen = '';
    behave = (request, response) => {
      const hash = createHash('sha256');
      request.on('data', (chunk: Buffer) => hash.update(chunk));
      request.on('end', () => {
        seen = hash.digest('hex');
        response.end('ok');
      });
    };
    expect((await call('/up', { method: 'PUT', body })).status).toBe(200);
    expect(seen).toBe(createHash('sha256').update(body).digest('hex'));
    expect(upstream.requests.at(-1)!.headers).toMatchObject({ 'content-length': String(body.length) });
    expect(upstream.requests.at(-1)!.headers['transfer-encoding']).toBeUndefined();
  });

  it('streams up in chunks while the answer already comes down', async () => {
    await freshBuyer();
    behave = (request, response) => {
      response.writeHead(200);
      request.on('data', (chunk: Buffer) => response.write(`got ${chunk.toString()};`));
      request.on('end', () => response.end('end'));
    };
    const received: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const request = httpRequest(`${fixture.url}/proxy/v1/${service.slug}/x`, {
        method: 'POST',
        headers: { authorization: `Bearer ${buyer.key.secret}`, 'transfer-encoding': 'chunked' },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        response.setEncoding('utf8').on('data', (text: string) => {
          received.push(text);
          if (received.join('') === 'got one;') request.end('two');
        });
        response.on('end', resolve);
      });
      request.write('one');
    });
    expect(received.join('')).toBe('got one;got two;end');
  });

  it('is refused with 413 when it is declared too large, before the upstream is called', async () => {
    await freshBuyer();
    const before = upstream.requests.length;
    const answer = await call('/up', { method: 'POST', body: Buffer.alloc(8 * MIB + 1) });
    expect(answer.status).toBe(413);
    expect(upstream.requests.length).toBe(before);
  });

  it('is cut off with 413 at the byte when it does not say how long it is', async () => {
    await freshBuyer();
    behave = (request, response) => {
      request.resume();
      request.on('end', () => response.end('never'));
    };
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${fixture.url}/proxy/v1/${service.slug}/x`, {
        method: 'POST',
        headers: { authorization: `Bearer ${buyer.key.secret}`, 'transfer-encoding': 'chunked' },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        response.resume();
        resolve(response.statusCode!);
        request.destroy();
      });
      for (let i = 0; i < 9; i++) request.write(Buffer.alloc(MIB));
    });
    expect(status).toBe(413);
    expect(await onlyEvent()).toMatchObject({ status_code: 413, fault: 'buyer', charge_nanos: '0' });
  });
});

describe('a caller who leaves', () => {
  it('cancels the upstream within 250 ms, and the call becomes one event', async () => {
    await freshBuyer(paid);
    behave = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('some');
    };
    const controller = new AbortController();
    const answer = await call('/x', { signal: controller.signal });
    const reader = answer.body!.getReader();
    await reader.read();
    const leftAt = Date.now();
    controller.abort();
    await reader.read().catch(() => undefined);
    const recorded = upstream.requests.at(-1)!;
    await until('the upstream is cancelled', () => recorded.abortedAt);
    expect(recorded.abortedAt! - leftAt).toBeLessThan(250);
    expect(await onlyEvent()).toMatchObject({
      terminal_state: 'client_gone',
      fault: 'buyer',
      charge_nanos: PRICE.toString(),
    });
    expect((await fixture.wallet(buyer.organizationId)).held).toBe(0n);
  });

  it('before the answer began pays nothing', async () => {
    await freshBuyer(paid);
    behave = () => {};
    const controller = new AbortController();
    const count = upstream.requests.length;
    const pending = call('/x', { signal: controller.signal }).catch(() => undefined);
    await until('the upstream is asked', () => upstream.requests.length > count);
    controller.abort();
    await pending;
    await until('the upstream is cancelled', () => upstream.requests.at(-1)!.abortedAt, 500);
    expect(await onlyEvent()).toMatchObject({
      status_code: 499,
      terminal_state: 'client_gone',
      charge_nanos: '0',
    });
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 10n * PRICE, held: 0n });
  });

  it(
    '200 times at any moment leaves no upstream request, no call and no held money behind',
    { timeout: 60_000 },
    async () => {
      buyer = await fixture.addBuyer(paid, { walletNanos: 1_000n * PRICE });
      behave = (_request, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write('x'.repeat(1_000)), 5);
        response.on('close', () => clearInterval(timer));
      };
      await Promise.all(
        Array.from({ length: 200 }, async (_, i) => {
          const controller = new AbortController();
          setTimeout(() => controller.abort(), 5 + ((i * 37) % 300));
          const answer = await call('/x', { signal: controller.signal }).catch(() => null);
          await answer?.text().catch(() => undefined);
        }),
      );
      await until('all upstream requests are over', () => upstream.running() === 0, 500);
      await until('all calls are over', () => fixture.gateway.activeCalls === 0, 2_000);
      await until(
        'all money is free',
        async () => (await fixture.wallet(buyer.organizationId)).held === 0n,
        2_000,
      );
      expect(await fixture.ledgerSum()).toBe(0n);
    },
  );
});

describe('an upstream that fails', () => {
  beforeEach(() => freshService());
  afterAll(() => freshService());

  it.each([
    [401, 502, 'upstream_auth_failed'],
    [403, 502, 'upstream_auth_failed'],
  ])('with %i is the seller’s affair: %i %s', async (status, expected, code) => {
    await freshBuyer(paid);
    behave = (_request, response) =>
      void response.writeHead(status, { 'www-authenticate': 'Bearer' }).end('no');
    const answer = await call();
    expect(answer.status).toBe(expected);
    expect(await answer.json()).toMatchObject({ error: { code } });
    expect(answer.headers.get('www-authenticate')).toBeNull();
    expect(await onlyEvent()).toMatchObject({ fault: 'seller', charge_nanos: '0', error_code: code });
  });

  it.each([400, 404, 409, 422, 429, 500, 503])('with %i passes as it is, at no charge', async (status) => {
    await freshBuyer(paid);
    behave = (_request, response) =>
      void response.writeHead(status, { 'retry-after': '7' }).end('its own words');
    const answer = await call();
    expect([answer.status, await answer.text()]).toEqual([status, 'its own words']);
    expect(answer.headers.get('x-error-source')).toBe('upstream');
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(await onlyEvent()).toMatchObject({ status_code: status, charge_nanos: '0' });
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 10n * PRICE, held: 0n });
  });

  it('that cannot be reached is 502', async () => {
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve));
    const { port } = dead.address() as AddressInfo;
    await new Promise((resolve) => dead.close(resolve));
    const gone = await fixture.addService({ baseUrl: `http://127.0.0.1:${port}` });
    buyer = await fixture.addBuyer(await fixture.addPlan(gone, { kind: 'free' }));
    const answer = await fixture.call(`/proxy/v1/${gone.slug}/x`, buyer.key.secret, {
      method: 'POST',
      body: 'x'.repeat(100_000),
    });
    expect(answer.status).toBe(502);
    expect(await onlyEvent()).toMatchObject({
      terminal_state: 'upstream_error',
      fault: 'seller',
      error_code: 'upstream_error',
    });
  });

  it('that may not be reached is refused at the dial', async () => {
    const inside = await fixture.addService({ baseUrl: upstream.url });
    await fixture.platform.database
      .sql`update upstreams set base_url = 'http://169.254.169.254' where id = ${inside.upstreamId}`;
    buyer = await fixture.addBuyer(await fixture.addPlan(inside, { kind: 'free' }));
    const answer = await fixture.call(`/proxy/v1/${inside.slug}/latest/meta-data`, buyer.key.secret);
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ error: { code: 'upstream_blocked' } });
  });

  it('that never begins to answer is 504', async () => {
    await freshBuyer(paid);
    behave = () => {};
    const answer = await call();
    expect(answer.status).toBe(504);
    expect(await onlyEvent()).toMatchObject({
      terminal_state: 'timeout',
      fault: 'seller',
      charge_nanos: '0',
    });
  });

  it('that resets before the answer is 502', async () => {
    await freshBuyer();
    behave = (request) => request.socket.destroy();
    expect((await call()).status).toBe(502);
    expect(await onlyEvent()).toMatchObject({ terminal_state: 'upstream_error' });
  });

  it.each([
    ['breaks off', 'truncated', (response: ServerResponse) => setTimeout(() => response.destroy(), 20)],
    ['stalls', 'timeout', () => {}],
  ])('and %s in the middle never looks like a clean end', async (_name, state, then) => {
    await freshBuyer(paid);
    behave = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('half');
      then(response);
    };
    const answer = await call();
    await expect(answer.text()).rejects.toThrow();
    expect(await onlyEvent()).toMatchObject({
      status_code: 200,
      terminal_state: state,
      fault: 'seller',
      charge_nanos: '0',
    });
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 10n * PRICE, held: 0n });
  });

  it('in the middle of an event ends with one error event, and nobody takes the half for a whole', async () => {
    await freshBuyer();
    behave = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: one\n\ndata: tw');
      setTimeout(() => response.destroy(), 20);
    };
    const text = await (await call()).text();
    expect(text).toMatch(/^data: one\n\nevent: error\ndata: \{"error":\{.*"upstream_error".*\}\}\n\n$/);
    expect(await onlyEvent()).toMatchObject({ terminal_state: 'truncated' });
  });

  it('to answer with a valid length is cut, not ended', async () => {
    await freshBuyer(paid);
    behave = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('x'.repeat(50));
      setTimeout(() => response.destroy(), 20);
    };
    await expect(call().then((answer) => answer.text())).rejects.toThrow();
  });
});

describe('silence in a stream of events', () => {
  it('is filled with comments, between events only', async () => {
    await freshBuyer();
    behave = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: one\n\n');
      setTimeout(() => response.write('data: tw'), 250);
      setTimeout(() => response.end('o\n\n'), 500);
    };
    const text = await (await call()).text();
    expect(text).toMatch(/^data: one\n\n(: keep-alive\n\n){1,6}data: two\n\n$/);
  });
});

describe('redirects', () => {
  it('are not followed, and their target is the proxy’s or nothing', async () => {
    await freshBuyer();
    const locationFor = async (location: string) => {
      behave = (_request, response) => void response.writeHead(302, { location }).end();
      const answer = await call('/a/b');
      expect(answer.status).toBe(302);
      return answer.headers.get('location');
    };
    expect(await locationFor('/base/c?d=1&api_key=se%2Fcret')).toBe(`/proxy/v1/${service.slug}/c?d=1`);
    expect(await locationFor('c')).toBe(`/proxy/v1/${service.slug}/a/c`);
    expect(await locationFor(`${upstream.url}/base/x`)).toBe(`/proxy/v1/${service.slug}/x`);
    expect(await locationFor('/other')).toBeNull();
    expect(await locationFor('http://169.254.169.254/base/x')).toBeNull();
    expect(await locationFor('//evil.example/base/x')).toBeNull();
  });
});

describe('what the seller sends along', () => {
  it('cannot touch the platform’s origin or give the secret away', async () => {
    await freshBuyer();
    behave = (_request, response) => {
      response.writeHead(200, {
        'content-type': 'text/html',
        'set-cookie': 'a=b',
        'strict-transport-security': 'max-age=1',
        'clear-site-data': '"*"',
        'content-security-policy': 'default-src *',
        'access-control-allow-origin': '*',
        'content-disposition': 'inline; filename="page.html"',
        'x-echo': 'se/cret',
        'x-kept': 'yes',
      });
      response.end('<script>1</script>');
    };
    const { headers } = await call('/x?api_key=mine&q=1');
    expect(upstream.requests.at(-1)!.url).toBe('/base/x?q=1&api_key=se%2Fcret');
    for (const name of [
      'set-cookie',
      'strict-transport-security',
      'clear-site-data',
      'access-control-allow-origin',
      'x-echo',
    ]) {
      expect(headers.get(name)).toBeNull();
    }
    expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-disposition')).toBe('attachment; filename="page.html"');
    expect(headers.get('x-kept')).toBe('yes');
  });
});

describe('HTTP itself', () => {
  it('keeps HEAD, 204 and 304 without bodies, at no charge for empty answers', async () => {
    await freshBuyer(paid);
    behave = (request, response) => {
      const status = Number(request.url!.split('/')[2]!.split('?')[0]);
      response.writeHead(status, status === 200 ? { 'content-length': '5' } : {});
      response.end();
    };
    const head = await call('/200', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '5']);
    expect((await call('/204')).status).toBe(204);
    expect((await call('/304')).status).toBe(304);
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 10n * PRICE, held: 0n });
  });

  it('continues when it is asked to, and keeps one connection for many calls', async () => {
    await freshBuyer();
    behave = (request, response) => {
      request.resume();
      request.on('end', () => response.end('ok'));
    };
    const socket = connect(Number(new URL(fixture.url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    const head = `POST /proxy/v1/${service.slug}/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${buyer.key.secret}\r\nContent-Length: 2\r\n`;
    socket.write(`${head}Expect: 100-continue\r\n\r\n`);
    await until('100 Continue', () => text.includes('100 Continue'));
    socket.write('ab');
    await until('the first answer', () => text.includes('200 OK'));
    await sleep(20);
    text = '';
    socket.write(`${head}\r\nab`);
    await until('the second answer', () => text.includes('200 OK'));
    socket.destroy();
  });
});
