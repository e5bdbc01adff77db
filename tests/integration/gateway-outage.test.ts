import { readdirSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGateway } from '../../app/gateway/router.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { createGatewayFixture, type AddedBuyer, type GatewayFixture } from './gateway-fixture.ts';

/** A wire to the database that can be cut or frozen. */
interface Wire {
  url: string;
  cut(): void;
  freeze(): void;
  mend(): void;
  close(): void;
}

async function startWire(targetUrl: string): Promise<Wire> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let state: 'whole' | 'cut' | 'frozen' = 'whole';
  const server = createServer((near) => {
    if (state === 'cut') return void near.destroy();
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (state === 'frozen') from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(targetUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.toString(),
    cut() {
      state = 'cut';
      for (const socket of sockets) socket.destroy();
    },
    freeze() {
      state = 'frozen';
      for (const socket of sockets) socket.pause();
    },
    mend() {
      state = 'whole';
      for (const socket of sockets) socket.resume();
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const PRICE = 1_000n;

let database: TestDatabase;
let wire: Wire;
let fixture: GatewayFixture;
let upstream: Upstream;
/** Ends the slow answers that are under way. */
const finishers: (() => void)[] = [];
let paid: AddedBuyer;
let free: AddedBuyer;

beforeEach(async () => {
  database = await createTestDatabase();
  wire = await startWire(database.url);
  fixture = await createGatewayFixture({
    platform: { databaseUrl: wire.url },
    limits: { settleDeadlineMs: 400, storageDeadlineMs: 600 },
  });
  upstream = await startUpstream((request, response) => {
    if (!request.url!.startsWith('/slow')) return void response.end('ok');
    response.writeHead(200);
    response.write('begun');
    finishers.push(() => response.end(' and done'));
  });
  const service = await fixture.addService({ baseUrl: upstream.url, slug: 'echo' });
  paid = await fixture.addBuyer(
    await fixture.addPlan(service, { kind: 'per_call', prices: { call: PRICE * 1_000_000n } }),
    { walletNanos: 10n * PRICE },
  );
  free = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
  for (const { key } of [paid, free])
    expect((await fixture.call('/proxy/v1/echo/x', key.secret)).status).toBe(200);
});

afterEach(async () => {
  wire.mend();
  await fixture?.close();
  await upstream?.close();
  wire.close();
  await database?.close();
});

function finishAll(): void {
  for (const finish of finishers.splice(0)) finish();
}

const spooled = (): string[] => {
  try {
    return readdirSync(join(fixture.platform.dataDir, 'spool'));
  } catch {
    return [];
  }
};

describe.each(['cut', 'freeze'] as const)('when the line to the database is %s', (fault) => {
  it('paid calls fail closed within a second, and work again when it is back', async () => {
    const before = upstream.requests.length;
    wire[fault]();
    const startedAt = performance.now();
    const answer = await fixture.call('/proxy/v1/echo/x', paid.key.secret);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'storage_unavailable' } });
    expect(answer.headers.get('retry-after')).toBeTruthy();
    expect(upstream.requests.length).toBe(before);
    wire.mend();
    await until(
      'calls work again',
      async () => (await fixture.call('/proxy/v1/echo/x', paid.key.secret)).status === 200,
      5_000,
    );
    await until(
      'no money stays held',
      async () => (await fixture.wallet(paid.organizationId)).held === 0n,
      5_000,
    );
  });

  it('an unknown key is told so as a failure of ours, not of the key', async () => {
    const other = await fixture.addKey(free.organizationId);
    wire[fault]();
    expect((await fixture.call('/proxy/v1/echo/x', other.secret)).status).toBe(503);
  });

  it('running calls finish and are settled from the spool afterwards, exactly once', async () => {
    await fixture.waitForEvents(free.organizationId, 1);
    const answers = await Promise.all(
      [paid, free].map(({ key }) => fixture.call('/proxy/v1/echo/slow', key.secret)),
    );
    wire[fault]();
    finishAll();
    for (const answer of answers) expect(await answer.text()).toBe('begun and done');
    await until('something is on disk', () => spooled().some((name) => name.endsWith('.jsonl')), 12_000);
    wire.mend();
    const events = await until(
      'the paid call is settled',
      async () => {
        const rows = await fixture.events(paid.organizationId);
        return rows.length === 2 && rows;
      },
      8_000,
    );
    expect(events.map((event) => event.charge_nanos)).toEqual([PRICE.toString(), PRICE.toString()]);
    expect(await fixture.wallet(paid.organizationId)).toEqual({ available: 8n * PRICE, held: 0n });
    await until(
      'the free call is recorded',
      async () => (await fixture.events(free.organizationId)).length === 2,
      15_000,
    );
    await until('the spool is empty', () => spooled().length === 0);
    expect(await fixture.ledgerSum()).toBe(0n);
  });
});

describe('after the line was cut', () => {
  it('the gateway hears of changes again: a revoked key is refused within a second', async () => {
    wire.cut();
    await sleep(300);
    wire.mend();
    const { sql } = fixture.platform.database;
    // Roles see their own statements only; the login sees those of the program.
    const login = postgres(database.url, { max: 1 });
    await until('somebody listens again', async () => {
      const rows =
        await login`select 1 from pg_stat_activity where query ilike 'listen%' and datname = current_database()`;
      return rows.length > 0;
    });
    await login.end();
    await until(
      'calls work',
      async () => (await fixture.call('/proxy/v1/echo/x', free.key.secret)).status === 200,
    );
    await sql`update keys set status = 'revoked' where id = ${free.key.id}`;
    await until(
      'the key is refused',
      async () => (await fixture.call('/proxy/v1/echo/x', free.key.secret)).status === 401,
      1_000,
    );
  });
});

describe('what a process leaves behind', () => {
  it('is settled by the next one', async () => {
    const answer = await fixture.call('/proxy/v1/echo/slow', paid.key.secret);
    wire.cut();
    finishAll();
    expect(await answer.text()).toBe('begun and done');
    await until('the event is on disk', () => spooled().length > 0);
    // The same folder, the same database, another gateway.
    const second = createGateway(fixture.platform);
    wire.mend();
    await sleep(50);
    await until('the next gateway starts', async () =>
      second.start().then(
        () => true,
        () => false,
      ),
    );
    await until('the call is settled', async () => (await fixture.events(paid.organizationId)).length === 2);
    expect(await fixture.wallet(paid.organizationId)).toEqual({ available: 8n * PRICE, held: 0n });
    await second.close();
  });
});

describe('draining', () => {
  it('lets running calls finish, refuses new ones, and leaves nothing unwritten', async () => {
    const answer = await fixture.call('/proxy/v1/echo/slow', paid.key.secret);
    const drained = fixture.gateway.drain();
    const refused = await fixture.call('/proxy/v1/echo/x', paid.key.secret);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: 'draining' } });
    let isDrained = false;
    void drained.then(() => (isDrained = true));
    await sleep(50);
    expect(isDrained).toBe(false);
    finishAll();
    expect(await answer.text()).toBe('begun and done');
    await drained;
    expect(fixture.gateway.activeCalls).toBe(0);
    expect(await fixture.events(paid.organizationId)).toHaveLength(2);
    expect(await fixture.events(free.organizationId)).toHaveLength(1);
  });
});
