/** WebSockets through the gateway: bytes both ways, refusals as HTTP, metering, and how tunnels end. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { keys, plans, services, subscriptions } from '../../db/schema/index.ts';
import { until } from '../support/until.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

const CALL_PRICE = 250_000_000n;

interface Upstream {
  url: string;
  server: WebSocketServer;
  requests: IncomingMessage[];
  /** Open connections. */
  sockets: Set<Socket>;
  /** Answers handshakes with this status instead. */
  refuseWith: number | null;
  close(): Promise<void>;
}

async function startEcho(): Promise<Upstream> {
  const http: Server = createServer((_request, response) => void response.end('plain'));
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  const upstream: Upstream = {
    url: '',
    server,
    requests: [],
    sockets: new Set(),
    refuseWith: null,
    close: () =>
      new Promise((resolve) => {
        for (const socket of upstream.sockets) socket.destroy();
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  http.on('connection', (socket) => {
    upstream.sockets.add(socket);
    socket.once('close', () => upstream.sockets.delete(socket));
  });
  http.on('upgrade', (request, socket, head) => {
    upstream.requests.push(request);
    // 0: no answer at all.
    if (upstream.refuseWith === 0) {
      socket.once('end', () => socket.destroy()).resume();
      return;
    }
    if (upstream.refuseWith !== null) {
      socket.end(`HTTP/1.1 ${upstream.refuseWith} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      return;
    }
    server.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => undefined);
      client.on('message', (data, isBinary) => {
        if (String(data) === 'close me') client.close(4001, 'as you wish');
        else if (String(data) === 'repeat me') client.send(JSON.stringify(request.headers));
        else if (String(data) === 'repeat me in pieces') {
          const [secret] = /seller-secret/.exec(request.headers.authorization!)!;
          // A whole frame by hand, cut inside of the secret.
          socket.write(Buffer.from([0x81, secret.length + 2, 0x3c, ...Buffer.from(secret.slice(0, 5))]));
          setTimeout(() => socket.write(`${secret.slice(5)}>`), 30);
        } else if (String(data) === 'drop me') client.terminate();
        else client.send(data, { binary: isBinary });
      });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  upstream.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return upstream;
}

describe('gateway WebSockets', () => {
  let fixture: GatewayFixture;
  let upstream: Upstream;
  let service: AddedService;
  let plan: AddedPlan;
  let clients: WebSocket[];
  beforeAll(async () => {
    fixture = await createGatewayFixture({ limits: { websocketIdleMs: 60_000 } });
  });
  afterAll(() => fixture.close());
  beforeEach(async () => {
    clients = [];
    upstream = await startEcho();
    service = await fixture.addService({
      baseUrl: `${upstream.url}/base`,
      options: { websockets: true },
      credential: { placement: 'bearer', secret: 'seller-secret' },
    });
    plan = await fixture.addPlan(service, { kind: 'per_call', prices: { call: CALL_PRICE * 1_000_000n } });
  });
  afterEach(async () => {
    for (const client of clients) client.terminate();
    await upstream.close();
  });

  const newBuyer = (walletNanos = 10n * CALL_PRICE): Promise<AddedBuyer> =>
    fixture.addBuyer(plan, { walletNanos });
  function dial(path: string, key: string | null, protocols: string[] = [], headers = {}): WebSocket {
    const auth = key === null ? {} : { authorization: `Bearer ${key}` };
    const client = new WebSocket(`${fixture.url.replace('http', 'ws')}${path}`, protocols, {
      headers: { ...auth, ...headers },
    });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  }
  const opened = (client: WebSocket): Promise<void> =>
    new Promise((resolve, reject) => {
      client.once('open', () => resolve());
      client.once('error', reject);
    });
  const message = (client: WebSocket): Promise<{ data: Buffer; isBinary: boolean }> =>
    new Promise((resolve) =>
      client.once('message', (data, isBinary) => resolve({ data: data as Buffer, isBinary })),
    );
  const closed = (client: WebSocket): Promise<{ code: number; reason: string }> =>
    new Promise((resolve) =>
      client.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
    );
  /** The HTTP answer to a handshake that is refused. */
  const refused = (client: WebSocket): Promise<{ status: number; code: string }> =>
    new Promise((resolve, reject) => {
      client.once('open', () => reject(new Error('it was accepted')));
      client.once('unexpected-response', (_request, response: IncomingMessage) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, code: JSON.parse(body || '{"error":{}}').error.code }),
        );
      });
    });
  const path = (): string => `/proxy/v1/${service.slug}/live?room=1`;

  it('tunnels text, binary and fragments, and meters one call', async () => {
    const buyer = await newBuyer();
    const client = dial(path(), buyer.key.secret, ['chat'], { 'x-vendor-hint': 'yes', cookie: 'a=b' });
    await opened(client);
    expect(client.protocol).toBe('chat');
    client.send('hello');
    expect(String((await message(client)).data)).toBe('hello');
    const bytes = Buffer.alloc(100_000, 7);
    client.send(bytes);
    expect(await message(client)).toEqual({ data: bytes, isBinary: true });
    client.send('one ', { fin: false });
    client.send('two', { fin: true });
    expect(String((await message(client)).data)).toBe('one two');
    client.close(1000, 'done');
    expect((await closed(client)).code).toBe(1000);

    const [request] = upstream.requests;
    expect(request!.url).toBe('/base/live?room=1');
    expect(request!.headers).toMatchObject({ authorization: 'Bearer seller-secret', 'x-vendor-hint': 'yes' });
    expect(request!.headers.cookie).toBeUndefined();
    expect(JSON.stringify(request!.rawHeaders)).not.toContain(buyer.key.secret);
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({
      status_code: 101,
      terminal_state: 'complete',
      fault: 'none',
      charge_nanos: CALL_PRICE.toString(),
      streamed: true,
    });
    expect(Number(event!.request_bytes)).toBeGreaterThan(100_000);
    expect(Number(event!.response_bytes)).toBeGreaterThan(100_000);
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 9n * CALL_PRICE, held: 0n });
    expect(await fixture.ledgerSum()).toBe(0n);
  });

  it.each([
    ['?key=', (key: string) => dial(`${path()}&key=${key}`, null)],
    ['a subprotocol', (key: string) => dial(path(), null, ['realtime', `openai-insecure-api-key.${key}`])],
  ])('takes a key in %s, and keeps it', async (_words, connect) => {
    const buyer = await newBuyer();
    const client = connect(buyer.key.secret);
    await opened(client);
    client.send('x');
    await message(client);
    const { url, rawHeaders } = upstream.requests[0]!;
    expect(`${url} ${rawHeaders.join(' ')}`).not.toContain(buyer.key.secret);
  });

  it('never shows the seller’s secret, however the upstream repeats it', async () => {
    const client = dial(path(), (await newBuyer()).key.secret);
    await opened(client);
    // What is compressed could not be masked.
    expect(upstream.requests[0]!.headers['sec-websocket-extensions']).toBeUndefined();
    client.send('repeat me');
    const repeated = JSON.parse(String((await message(client)).data)) as { authorization: string };
    expect(repeated.authorization).toBe('Bearer *************');
    client.send('repeat me in pieces');
    expect(String((await message(client)).data)).toBe('<*************>');
    // The beginning of a secret at the end of a frame is not waited behind.
    for (const text of ['seller', 's', 'seller-secre']) {
      client.send(text);
      expect(String((await message(client)).data)).toBe(text);
    }
  });

  it('agrees to extensions where there is no secret to mask', async () => {
    const open = await fixture.addService({ baseUrl: upstream.url, options: { websockets: true } });
    const buyer = await fixture.addBuyer(await fixture.addPlan(open, { kind: 'free' }));
    await opened(dial(`/proxy/v1/${open.slug}/live`, buyer.key.secret));
    expect(upstream.requests[0]!.headers['sec-websocket-extensions']).toContain('permessage-deflate');
  });

  it('counts a tunnel among the calls at once for as long as it is open', async () => {
    const two = await fixture.addPlan(service, { kind: 'free' });
    await fixture.platform.db.update(plans).set({ maxConcurrency: 2 }).where(eq(plans.id, two.id));
    const buyer = await fixture.addBuyer(two);
    const pair = [dial(path(), buyer.key.secret), dial(path(), buyer.key.secret)];
    await Promise.all(pair.map(opened));
    expect(await refused(dial(path(), buyer.key.secret))).toMatchObject({ status: 429 });
    const end = closed(pair[0]!);
    pair[0]!.close();
    await end;
    await fixture.waitForEvents(buyer.organizationId, 1);
    await opened(dial(path(), buyer.key.secret));
  });

  it('is limited in how often it is opened', async () => {
    const slow = await fixture.addPlan(service, { kind: 'free', requestsPerMinute: 1 });
    const buyer = await fixture.addBuyer(slow);
    await opened(dial(path(), buyer.key.secret));
    expect(await refused(dial(path(), buyer.key.secret))).toEqual({ status: 429, code: 'rate_limited' });
  });

  it('passes the upstream’s goodbye on', async () => {
    const client = dial(path(), (await newBuyer()).key.secret);
    await opened(client);
    client.send('close me');
    expect(await closed(client)).toEqual({ code: 4001, reason: 'as you wish' });
  });

  it('says when the upstream breaks off', async () => {
    const buyer = await newBuyer();
    const client = dial(path(), buyer.key.secret);
    await opened(client);
    client.send('drop me');
    expect((await closed(client)).code).toBe(1006);
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({ terminal_state: 'truncated', fault: 'seller' });
  });

  it('leaves no connection behind when the caller breaks off', async () => {
    const buyer = await newBuyer();
    const client = dial(path(), buyer.key.secret);
    await opened(client);
    client.terminate();
    await until('the upstream connection to end', () => upstream.sockets.size === 0, 3_000);
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({
      status_code: 101,
      terminal_state: 'client_gone',
      charge_nanos: CALL_PRICE.toString(),
    });
    expect(fixture.gateway.activeCalls).toBe(0);
  });

  it('stops dialling when the caller leaves before the upstream has agreed', async () => {
    upstream.refuseWith = 0;
    const buyer = await newBuyer();
    const client = dial(path(), buyer.key.secret);
    await until('the handshake to arrive', () => upstream.requests.length === 1);
    client.terminate();
    await until('the upstream connection to end', () => upstream.sockets.size === 0, 3_000);
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({ status_code: 499, terminal_state: 'client_gone', charge_nanos: '0' });
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 10n * CALL_PRICE, held: 0n });
  });

  it('carries a hundred at once', async () => {
    const buyer = await newBuyer(200n * CALL_PRICE);
    const hundred = Array.from({ length: 100 }, () => dial(path(), buyer.key.secret));
    await Promise.all(hundred.map(opened));
    const answers = hundred.map(message);
    hundred.forEach((client, index) => client.send(`number ${index}`));
    const texts = (await Promise.all(answers)).map(({ data }) => String(data));
    expect(texts).toEqual(hundred.map((_client, index) => `number ${index}`));
    const ends = hundred.map(closed);
    for (const client of hundred) client.close();
    await Promise.all(ends);
    const events = await fixture.waitForEvents(buyer.organizationId, 100);
    expect(events.filter((event) => event.terminal_state === 'complete')).toHaveLength(100);
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 100n * CALL_PRICE, held: 0n });
  });

  it('slows a sender down whose reader is slow', async () => {
    const client = dial(path(), (await newBuyer()).key.secret);
    await opened(client);
    const [peer] = [...upstream.server.clients];
    client.pause();
    const chunk = Buffer.alloc(1024 * 1024);
    for (let sent = 0; sent < 64; sent++) peer!.send(chunk);
    const socket = [...upstream.sockets][0]!;
    await until('the sender to wait', () => socket.writableLength > 8 * chunk.length);
    let received = 0;
    const all = new Promise<void>((resolve) => {
      client.on('message', (data: Buffer) => {
        received += data.length;
        if (received === 64 * chunk.length) resolve();
      });
    });
    client.resume();
    await all;
  });

  it.each([
    [
      'a revoked key',
      'invalid_api_key',
      (buyer: AddedBuyer) =>
        fixture.platform.db.update(keys).set({ status: 'revoked' }).where(eq(keys.id, buyer.key.id)),
    ],
    [
      'a cancelled subscription',
      'subscription_required',
      (buyer: AddedBuyer) =>
        fixture.platform.db
          .update(subscriptions)
          .set({ status: 'canceled' })
          .where(eq(subscriptions.id, buyer.subscriptionId!)),
    ],
    [
      'a paused service',
      'no_healthy_upstream',
      () => fixture.platform.db.update(services).set({ status: 'paused' }).where(eq(services.id, service.id)),
    ],
    [
      'a service that takes no more WebSockets',
      'upgrade_required',
      () =>
        fixture.platform.db.update(services).set({ websockets: false }).where(eq(services.id, service.id)),
    ],
  ])('closes within a second for %s', async (_words, code, change) => {
    const buyer = await newBuyer();
    const client = dial(path(), buyer.key.secret);
    await opened(client);
    client.send('x');
    await message(client);
    const end = closed(client);
    await change(buyer);
    const changedAt = performance.now();
    expect(await end).toEqual({ code: 1008, reason: code });
    expect(performance.now() - changedAt).toBeLessThan(1_000);
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({ terminal_state: 'policy_stop', fault: 'buyer', error_code: code });
    await until('the upstream connection to end', () => upstream.sockets.size === 0, 3_000);
  });

  it.each([
    [401, 502, 'upstream_auth_failed'],
    [404, 502, 'upstream_error'],
    [503, 502, 'upstream_error'],
  ])('answers %i of the upstream with %i %s, at no charge', async (status, ours, code) => {
    upstream.refuseWith = status;
    const buyer = await newBuyer();
    expect(await refused(dial(path(), buyer.key.secret))).toEqual({ status: ours, code });
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({ status_code: ours, error_code: code, charge_nanos: '0', fault: 'seller' });
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 10n * CALL_PRICE, held: 0n });
  });

  it('answers refusals in HTTP before anything is dialled', async () => {
    const buyer = await newBuyer();
    expect(await refused(dial(path(), null))).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect(await refused(dial(path(), `${buyer.key.secret}x`))).toMatchObject({ status: 401 });
    expect(await refused(dial('/proxy/v1/nobody/live', buyer.key.secret))).toMatchObject({ status: 404 });
    const poor = await newBuyer(1n);
    expect(await refused(dial(path(), poor.key.secret))).toMatchObject({
      status: 402,
      code: 'insufficient_balance',
    });
    const closedService = await fixture.addService({ baseUrl: upstream.url });
    const closedPlan = await fixture.addPlan(closedService, { kind: 'free' });
    const other = await fixture.addBuyer(closedPlan);
    expect(await refused(dial(`/proxy/v1/${closedService.slug}/live`, other.key.secret))).toMatchObject({
      status: 426,
      code: 'upgrade_required',
    });
    expect(upstream.requests).toHaveLength(0);
  });

  it('finds the service of a realtime model, and asks for the seller’s name of it', async () => {
    const llm = await fixture.addService({
      baseUrl: `${upstream.url}/v1`,
      kind: 'llm',
      options: { websockets: true, modelAliases: { talker: 'gpt-realtime-2' } },
      upstream: { dialect: 'openai-chat', models: ['gpt-realtime-2'] },
    });
    const free = await fixture.addPlan(llm, { kind: 'free' });
    const buyer = await fixture.addBuyer(free);
    const client = dial('/v1/realtime?model=talker&x=1', buyer.key.secret, ['realtime']);
    await opened(client);
    expect(upstream.requests[0]!.url).toBe('/v1/realtime?model=gpt-realtime-2&x=1');
    expect(await refused(dial('/v1/realtime?model=nobody', buyer.key.secret))).toMatchObject({ status: 404 });
    expect(await refused(dial('/v1/realtime', buyer.key.secret))).toMatchObject({ status: 400 });
    expect(await refused(dial('/v1/models', buyer.key.secret))).toMatchObject({ status: 426 });
    // Sessions and stored responses of others are not joined through the account that all share.
    for (const path of [
      `/llm/${llm.slug}/v1/responses`,
      `/proxy/v1/${llm.slug}/v1/realtime/calls/rtc_1`,
      `/llm/${llm.slug}/v1/realtime?call_id=rtc_1`,
      '/v1/realtime?model=talker&call_id=rtc_1',
    ])
      expect(await refused(dial(path, buyer.key.secret))).toMatchObject({ status: 404 });
    await opened(dial(`/llm/${llm.slug}/v1/realtime?model=gpt-realtime-2`, buyer.key.secret));
    const perToken = await fixture.addPlan(llm, {
      kind: 'per_token',
      prices: { input_token: 1n, output_token: 1n },
    });
    const payer = await fixture.addBuyer(perToken, { walletNanos: CALL_PRICE });
    expect(await refused(dial('/v1/realtime?model=talker', payer.key.secret))).toMatchObject({
      status: 402,
      code: 'price_missing',
    });
  });

  it('closes what is idle for too long', async () => {
    const impatient = await createGatewayFixture({ limits: { websocketIdleMs: 200 } });
    const idle = await impatient.addService({ baseUrl: upstream.url, options: { websockets: true } });
    const buyer = await impatient.addBuyer(await impatient.addPlan(idle, { kind: 'free' }));
    const client = new WebSocket(`${impatient.url.replace('http', 'ws')}/proxy/${idle.slug}/x`, {
      headers: { 'x-api-key': buyer.key.secret },
    });
    clients.push(client);
    expect((await closed(client)).code).toBe(1001);
    const [event] = await impatient.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({ terminal_state: 'timeout', status_code: 101 });
    await impatient.close();
  });

  it('tells everybody to go elsewhere when the process stops', async () => {
    const stopping = await createGatewayFixture();
    const there = await stopping.addService({ baseUrl: upstream.url, options: { websockets: true } });
    const buyer = await stopping.addBuyer(await stopping.addPlan(there, { kind: 'free' }));
    const client = new WebSocket(`${stopping.url.replace('http', 'ws')}/proxy/${there.slug}/x`, {
      headers: { 'x-api-key': buyer.key.secret },
    });
    clients.push(client);
    await opened(client);
    const end = closed(client);
    const startedAt = performance.now();
    await stopping.gateway.drain();
    expect((await end).code).toBe(1001);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await stopping.waitForEvents(buyer.organizationId, 1)).toMatchObject([
      { terminal_state: 'policy_stop', fault: 'platform', error_code: 'draining' },
    ]);
    await stopping.close();
  });
});
