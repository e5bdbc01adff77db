/** Calls that have ended are written down, answered and settled behind; nothing may tell the difference. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyLedger } from '../../app/domain/ledger/index.ts';
import {
  applyJournalled,
  holdCalls,
  journalSettles,
  settleCalls,
  settleJournalled,
  type HoldAnswer,
  type HoldRequest,
} from '../../app/domain/metering/index.ts';
import { runHolds } from '../../app/gateway/hold-batches.ts';
import { newId } from '../../app/lib/ids.ts';
import { budgets, type ChargeLine } from '../../db/schema/index.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';
import { heldCallsOf, type HeldCalls } from './held-calls.ts';

let fixture: GatewayFixture;
let upstream: Upstream;
let service: AddedService;
let plan: AddedPlan;
let calls: HeldCalls;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream();
  service = await fixture.addService({ baseUrl: upstream.url });
  plan = await fixture.addPlan(service, { kind: 'per_call', prices: { call: 100_000_000n } });
  calls = heldCallsOf(service, plan);
});
afterAll(async () => {
  await fixture.close();
  await upstream.close();
});

const metering = () => ({ sql: fixture.platform.database.sql });

async function held(buyer: AddedBuyer, amountNanos: bigint): Promise<HoldRequest> {
  const request = calls.requestOf(buyer, amountNanos);
  const answers = await holdCalls(metering(), [request]);
  expect(answers.get(request.requestId)?.refusal).toBeNull();
  return request;
}

async function expectBooksInOrder(): Promise<void> {
  const system = fixture.platform.createContext({ type: 'system', job: 'test' });
  expect((await verifyLedger(system)).problems).toEqual([]);
}

const ask = ({ key }: AddedBuyer): Promise<Response> => fixture.call(`/proxy/${service.slug}/x`, key.secret);
const rowsOf = async ({ organizationId }: AddedBuyer): Promise<number> => {
  const [row] = await metering()
    .sql`select count(*)::integer as count from settle_journal where organization_id = ${organizationId}`;
  return row!['count'] as number;
};
const refusedFiles = async (): Promise<number> =>
  (await readdir(join(fixture.platform.dataDir, 'spool')).catch(() => [])).filter((name) =>
    name.endsWith('.refused'),
  ).length;

describe('what another process has written down and not settled', () => {
  it('is there for the call that would be refused without it', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 150n });
    await journalSettles(metering(), [calls.eventOf(await held(buyer, 100n), 10n)]);
    expect((await ask(buyer)).status).toBe(200);
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 40n, held: 0n });
    expect((await ask(buyer)).status).toBe(402);
    await expectBooksInOrder();
  });

  it('is locked in order of its numbers, not of their text', async () => {
    const { organizationId } = await fixture.addBuyer(plan, { walletNanos: 150n });
    const { sql } = metering();
    for (const id of [99_999_999, 100_000_000])
      await sql`
        insert into settle_journal (organization_id, id, events) overriding system value
        values (${organizationId}, ${id}, '{"calls":[],"events":[]}')`;
    let others: Promise<number> | undefined;
    await sql.begin(async (tx) => {
      const lock = (id: number) =>
        tx`select 1 from settle_journal where organization_id = ${organizationId} and id = ${id} for update nowait`;
      await lock(99_999_999);
      others = settleJournalled(metering(), { organizationIds: [organizationId] }, () => Promise.resolve());
      // They are at the first row by now, and have no other.
      await sleep(500);
      await lock(100_000_000);
    });
    await others;
    await sql`delete from settle_journal where organization_id = ${organizationId}`;
  });

  it('is there for a call that its budget would refuse', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 1_000n });
    const { organizationId } = buyer;
    const id = newId('budget');
    await fixture.platform.db.insert(budgets).values({
      id,
      organizationId,
      scope: 'organization',
      period: 'day',
      amountNanos: 150n,
      enforcement: 'hard',
    });
    const old = calls.requestOf(buyer, 100n);
    old.call.budgets = [id];
    await holdCalls(metering(), [old]);
    await journalSettles(metering(), [calls.eventOf(old, 10n)]);
    expect((await ask(buyer)).status).toBe(200);
    await expectBooksInOrder();
  });

  it('pays for what a call needs more when it has ended', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 150n });
    const old = await held(buyer, 60n);
    const running = await held(buyer, 50n);
    await journalSettles(metering(), [calls.eventOf(old, 0n)]);
    const parts = { metering: metering(), logger: fixture.platform.logger, deadlineMs: 5_000 };
    const answer = await new Promise<HoldAnswer>((resolve, reject) => {
      const request: HoldRequest = { ...running, mode: 'top_up', amountNanos: 70n };
      void runHolds([{ request, resolve, reject }], {
        ...parts,
        releaseLate: () => undefined,
        settleFor: async (organizationIds) =>
          void (await settleJournalled(metering(), { organizationIds }, () => Promise.reject(new Error()))),
      });
    });
    expect(answer).toMatchObject({ refusal: null, grantedNanos: 70n });
    await settleCalls(metering(), [calls.eventOf(running, 120n)]);
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 30n, held: 0n });
    await expectBooksInOrder();
  });

  it('is settled by whoever starts next', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 100n });
    await journalSettles(metering(), [
      calls.eventOf(await held(buyer, 50n), 10n),
      calls.eventOf(await held(buyer, 50n), 0n),
    ]);
    const next = await createGatewayFixture({ platform: { databaseUrl: fixture.platform.databaseUrl } });
    await next.close();
    expect(await rowsOf(buyer)).toBe(0);
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 90n, held: 0n });
    expect(await fixture.events(buyer.organizationId)).toHaveLength(2);
    await expectBooksInOrder();
  });

  it('still says how each charge came about, as older programs wrote it down too', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 300n });
    const linesOf = (amountNanos: string): ChargeLine[] => [
      { meter: 'call', quantity: 1, nanosPerMillion: '1000000', amountNanos },
    ];
    const alike = linesOf('10');
    const withLines = async (lines: readonly ChargeLine[] | null) => ({
      ...calls.eventOf(await held(buyer, 50n), BigInt(lines?.[0]?.amountNanos ?? 0)),
      lines,
    });
    const events = [await withLines(alike), await withLines(linesOf('20')), await withLines(alike)];
    const plain = await withLines(null);
    await journalSettles(metering(), [...events, plain]);
    const [written] = await metering()
      .sql`select events from settle_journal where organization_id = ${buyer.organizationId}`;
    // What calls have in common is written once.
    expect((written!['events'] as string).match(/nanosPerMillion/g)).toHaveLength(2);
    const old = await withLines(linesOf('30'));
    await metering().sql`
      insert into settle_journal (organization_id, events)
      values (${buyer.organizationId}, ${JSON.stringify({ calls: [old], events: [{ call: 1, ...old }] })})`;
    // What those give back is needed.
    expect((await ask(buyer)).status).toBe(200);
    const rows = await fixture.events(buyer.organizationId);
    const recorded = new Map(rows.map(({ request_id, lines }) => [request_id, lines]));
    for (const { request_id, lines } of [...events, plain, old])
      expect(recorded.get(request_id)).toEqual(lines);
  });

  it('is settled by those that run, in a few seconds', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 100n });
    await journalSettles(metering(), [calls.eventOf(await held(buyer, 50n), 10n)]);
    await until('the row is gone', async () => (await rowsOf(buyer)) === 0, 10_000);
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 90n, held: 0n });
  });

  it('is settled even where one call is refused for what it is', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 200n });
    const before = await refusedFiles();
    const good = calls.eventOf(await held(buyer, 50n), 10n);
    const bad = { ...calls.eventOf(await held(buyer, 50n), 10n), status_code: Number.NaN };
    await journalSettles(metering(), [good, bad]);
    // Needs what the good one gives back.
    expect((await ask(buyer)).status).toBe(200);
    await expect(ask(buyer)).resolves.toMatchObject({ status: 402 });
    expect(await rowsOf(buyer)).toBe(0);
    expect(await refusedFiles()).toBe(before + 1);
    expect((await fixture.events(buyer.organizationId)).map(({ request_id }) => request_id)).toContain(
      good.request_id,
    );
    await expectBooksInOrder();
  });
});

describe('the journal', () => {
  it('charges once, however many settle it at the same time', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 10_000n });
    const { organizationId } = buyer;
    for (let round = 0; round < 10; round++) {
      const events = [calls.eventOf(await held(buyer, 50n), 10n), calls.eventOf(await held(buyer, 50n), 20n)];
      const rows = await journalSettles(metering(), events);
      const never = () => Promise.reject(new Error('nothing is refused here'));
      await Promise.all([
        applyJournalled(metering(), rows),
        settleJournalled(metering(), { organizationIds: [organizationId] }, never),
        settleJournalled(metering(), { minAgeSeconds: 0 }, never),
        settleCalls(metering(), events),
      ]);
    }
    expect(await fixture.wallet(organizationId)).toEqual({ available: 10_000n - 300n, held: 0n });
    expect(await fixture.events(organizationId)).toHaveLength(20);
    await expectBooksInOrder();
  });

  it('comes after the sweeper and charges what that did not', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 100n });
    const old = await held(buyer, 50n);
    const rows = await journalSettles(metering(), [calls.eventOf(old, 30n)]);
    await metering()
      .sql`update holds set expires_at = now() - interval '1 second' where request_id = ${old.requestId}`;
    await metering().sql`select release_expired_holds(100)`;
    await applyJournalled(metering(), rows);
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 70n, held: 0n });
    await expectBooksInOrder();
  });

  it('never locks two wallets against another batch', async () => {
    const one = await fixture.addBuyer(plan, { walletNanos: 1_000n });
    const other = await fixture.addBuyer(plan, { walletNanos: 1_000n });
    for (let round = 0; round < 10; round++) {
      const olds = [
        await held(one, 10n),
        await held(other, 10n),
        await held(one, 10n),
        await held(other, 10n),
      ];
      const events = olds.map((old) => calls.eventOf(old, 10n));
      const batches = [
        await journalSettles(metering(), [events[0]!, events[1]!]),
        await journalSettles(metering(), [events[3]!, events[2]!]),
      ];
      const nexts = [calls.requestOf(other, 10n), calls.requestOf(one, 10n)];
      const [, , answers] = await Promise.all([
        applyJournalled(metering(), batches[0]!),
        applyJournalled(metering(), batches[1]!),
        holdCalls(metering(), nexts),
      ]);
      for (const { requestId } of nexts) expect(answers.get(requestId)?.refusal).toBeNull();
      await settleCalls(
        metering(),
        nexts.map((next) => calls.eventOf(next, 0n)),
      );
    }
    await expectBooksInOrder();
  });
});

it('a hold is found by its index, however many were deleted before', async () => {
  const buyer = await fixture.addBuyer(plan, { walletNanos: 1_000_000n });
  for (let round = 0; round < 3; round++) {
    const requests = Array.from({ length: 300 }, () => calls.requestOf(buyer, 1n));
    await holdCalls(metering(), requests);
    await settleCalls(
      metering(),
      requests.map((request) => calls.eventOf(request, 1n)),
    );
  }
  const old = await held(buyer, 1n);
  const scans = await metering().sql.begin(async (tx) => {
    // Counts of the connection: other tests read the whole table too.
    const count = async (): Promise<number> => {
      const [row] =
        await tx`select seq_scan::int as scans from pg_stat_xact_user_tables where relname = 'holds'`;
      return row!['scans'] as number;
    };
    const before = await count();
    await settleCalls({ sql: tx as never }, [calls.eventOf(old, 1n)]);
    return (await count()) - before;
  });
  expect(scans).toBe(0);
});
