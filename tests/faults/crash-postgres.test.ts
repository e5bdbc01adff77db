/**
 * The database server crashes under load, again and again: what its memory held and its disk did not is gone, holds
 * of the last moment among it, as they do not wait for the disk. What was delivered is billed all the same, once.
 */
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyLedger } from '../../app/domain/ledger/index.ts';
import { getWallet, releaseExpiredHolds } from '../../app/domain/wallets/index.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../app/infra/embedded-postgres.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { makeBuyer, makeSeller, makeService, makeSubscriptionWithKey } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { findFreePort } from '../support/ports.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { startGateway } from './start-gateway.ts';

const CRASHES = 8;
const LIFE_MS = 800;
/** 200 a second. */
const EVERY_MS = 5;

let folder: string;
let server: EmbeddedPostgres;
let platform: TestPlatform;
let upstream: Upstream;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-crash-'));
  chmodSync(folder, 0o755);
  server = await startEmbeddedPostgres({ dataDir: folder });
  await migrateDatabase(server.url);
  platform = await createTestPlatform({}, { databaseUrl: server.url });
  upstream = await startUpstream((_request, response) => {
    setTimeout(() => response.end('{"done":true}'), 5 + Math.random() * 40);
  });
});
afterAll(async () => {
  await upstream.close();
  await platform.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const rows = <T extends Record<string, unknown>>(query: ReturnType<typeof sql>) =>
  platform.db.execute<T>(query);

/** The server ends all its processes at once, begins anew, and knows what its log on the disk says. */
async function crash(): Promise<void> {
  const [backend] = await rows<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  process.kill(backend!.pid, 'SIGKILL');
  await sleep(200);
  await until('the server is back', async () =>
    rows(sql`select 1`).then(
      () => true,
      () => false,
    ),
  );
}

it('bills what was delivered, once, and leaves nothing held', { timeout: 240_000 }, async () => {
  const made = await makeService(await makeSeller(platform), {
    upstream,
    plans: [{ name: 'Per call', kind: 'per_call', callPrice: '0.001' }],
  });
  const buyer = await makeBuyer(platform, { balance: '100000' });
  const { secret } = await makeSubscriptionWithKey(buyer, made);
  const port = await findFreePort();
  const options = {
    databaseUrl: server.url,
    dataDir: platform.dataDir,
    egressAllow: upstream.hostAndPort,
    port,
    logLevel: 'silent' as const,
  };
  let gateway = await startGateway(options);
  let starts = 1;
  /** The driver may throw where nobody can catch it when its server dies: a supervisor starts the process anew. */
  async function supervise(): Promise<void> {
    if (gateway.exitCode === null && gateway.signalCode === null) return;
    gateway = await startGateway(options);
    starts++;
  }
  /** The request's id where its answer came whole. */
  async function call(): Promise<string | null> {
    const answer = await fetch(`http://127.0.0.1:${port}/proxy/v1/${made.service.slug}/thing`, {
      headers: { authorization: `Bearer ${secret}` },
    });
    const text = await answer.text();
    return answer.status === 200 && text === '{"done":true}' ? answer.headers.get('x-request-id') : null;
  }

  const all: Promise<string | null>[] = [];
  for (let round = 0; round <= CRASHES; round++) {
    const ends = Date.now() + LIFE_MS;
    const crashed = round < CRASHES ? sleep(LIFE_MS / 2).then(crash) : undefined;
    while (Date.now() < ends) {
      all.push(call().catch(() => null));
      await sleep(EVERY_MS);
    }
    await crashed;
    await supervise();
  }
  const delivered = (await Promise.all(all)).filter((id) => id !== null);
  const gone = once(gateway, 'exit');
  gateway.kill('SIGTERM');
  await gone;
  await platform.db.execute(sql`update holds set expires_at = now() - interval '1 second'`);
  await platform.db.execute(sql`update allowances set expires_at = now() - interval '1 second'`);
  const system = platform.createContext({ type: 'system', job: 'test' });
  await releaseExpiredHolds(system);

  const charged = await rows<{ id: string; times: number; corrected: number }>(sql`
    select coalesce(trace ->> 'corrects', request_id) as id, count(*)::integer as times,
      count(trace ->> 'corrects')::integer as corrected
    from usage_events where organization_id = ${buyer.organizationId} and charge_nanos > 0 group by 1`);
  const figures = {
    sent: all.length,
    delivered: delivered.length,
    billed: charged.length,
    starts,
    lostHolds: charged.filter(({ corrected }) => corrected > 0).length,
  };
  process.stdout.write(`${JSON.stringify({ check: 'postgres-crash', ...figures })}\n`);

  expect(figures.delivered).toBeGreaterThan(CRASHES * 20);
  expect(figures.sent).toBeGreaterThan(figures.delivered);
  expect(figures.lostHolds).toBeGreaterThan(0);
  const ids = new Set(charged.map(({ id }) => id));
  expect(delivered.filter((id) => !ids.has(id))).toEqual([]);
  expect(charged.filter(({ times }) => times > 1)).toEqual([]);
  expect((await getWallet(buyer.ctx)).heldNanos).toBe(0n);
  expect(await rows(sql`select 1 from settle_journal`)).toEqual([]);
  expect(await verifyLedger(system)).toMatchObject({ ok: true, problems: [] });
});
