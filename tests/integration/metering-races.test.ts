/** Many calls at once over two processes' worth of gateways on one database: nothing is spent twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyLedger } from '../../app/domain/ledger/index.ts';
import { budgets } from '../../db/schema/index.ts';
import { newId } from '../../app/lib/ids.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { createGatewayFixture, type AddedBuyer, type GatewayFixture } from './gateway-fixture.ts';

const PRICE = 1_000_003n;
const AFFORDED = 37;
const CALLS = 200;
const ROUNDS = 3;
const perMillion = (nanos: bigint): bigint => nanos * 1_000_000n;

describe.each([
  ['without Redis', false],
  ['with Redis', true],
])('two gateways on one database, %s', (_name, withRedis) => {
  let redis: TestRedis | null = null;
  let upstream: Upstream;
  let one: GatewayFixture;
  let other: GatewayFixture;

  beforeAll(async () => {
    if (withRedis) redis = await startRedis();
    upstream = await startUpstream();
    const environment = {
      KEY_PEPPER: 'the same pepper in both processes, of course',
      ...(redis && { REDIS_URL: redis.url }),
    };
    // Who is served is asked here, not how fast: a busy machine shall refuse nobody.
    const limits = { storageDeadlineMs: 20_000, settleDeadlineMs: 20_000 };
    one = await createGatewayFixture({ environment, limits });
    other = await createGatewayFixture({
      environment,
      limits,
      platform: { databaseUrl: one.platform.databaseUrl },
    });
    other.platform.egress.allow(upstream.hostAndPort);
  });
  afterAll(async () => {
    await other.close();
    await one.close();
    await upstream.close();
    await redis?.close();
  });

  /** Statuses and error codes of `CALLS` calls at once, half of them to each gateway. */
  async function race(slug: string, { key }: AddedBuyer): Promise<Map<string, number>> {
    const outcomes = await Promise.all(
      Array.from({ length: CALLS }, async (_, i) => {
        const answer = await (i % 2 === 0 ? one : other).call(`/proxy/${slug}/x`, key.secret);
        const body = (await answer.json()) as { error?: { code: string } };
        return answer.status === 200 ? 'served' : (body.error?.code ?? `${answer.status}`);
      }),
    );
    await Promise.all([one.gateway.settled(), other.gateway.settled()]);
    const counts = new Map<string, number>();
    for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    return counts;
  }

  async function expectBooksInOrder(): Promise<void> {
    const system = one.platform.createContext({ type: 'system', job: 'test' });
    expect((await verifyLedger(system)).problems).toEqual([]);
    const [open] = await one.platform.database.sql`select count(*)::integer as count from holds`;
    expect(open!['count']).toBe(0);
  }

  it(`serve exactly the ${AFFORDED} calls that the wallet pays for, in every round`, async () => {
    const service = await one.addService({ baseUrl: upstream.url });
    const plan = await one.addPlan(service, { kind: 'per_call', prices: { call: perMillion(PRICE) } });
    for (let round = 0; round < ROUNDS; round++) {
      const buyer = await one.addBuyer(plan, { walletNanos: PRICE * BigInt(AFFORDED) + 5n });
      const before = upstream.requests.length;
      const counts = await race(service.slug, buyer);
      expect(Object.fromEntries(counts)).toEqual({
        served: AFFORDED,
        insufficient_balance: CALLS - AFFORDED,
      });
      expect(upstream.requests.length - before).toBe(AFFORDED);
      expect(await one.wallet(buyer.organizationId)).toEqual({ available: 5n, held: 0n });
    }
    await expectBooksInOrder();
  });

  it.each([
    ['a key, of a month', 'key', 'month'],
    ['a key, of a day', 'key', 'day'],
    ['the organization, of a month', 'organization', 'month'],
  ] as const)('serve exactly what a hard budget of %s allows', async (_name, scope, period) => {
    const service = await one.addService({ baseUrl: upstream.url });
    const plan = await one.addPlan(service, { kind: 'per_call', prices: { call: perMillion(PRICE) } });
    const buyer = await one.addBuyer(plan, { walletNanos: PRICE * 1_000n });
    await one.platform.db.insert(budgets).values([
      {
        id: newId('budget'),
        organizationId: buyer.organizationId,
        scope,
        subjectId: scope === 'key' ? buyer.key.id : '',
        period,
        amountNanos: PRICE * BigInt(AFFORDED) + 5n,
        enforcement: 'hard',
      },
      {
        // Only counts.
        id: newId('budget'),
        organizationId: buyer.organizationId,
        scope,
        subjectId: scope === 'key' ? buyer.key.id : '',
        period: 'week',
        amountNanos: 1n,
        enforcement: 'soft',
      },
    ]);
    const counts = await race(service.slug, buyer);
    expect(Object.fromEntries(counts)).toEqual({ served: AFFORDED, budget_exceeded: CALLS - AFFORDED });
    const spent = PRICE * BigInt(AFFORDED);
    expect(await one.wallet(buyer.organizationId)).toEqual({
      available: PRICE * 1_000n - spent,
      held: 0n,
    });
    const windows = await one.platform.database.sql`
      select spent_nanos::text as spent, held_nanos::text as held from budget_windows
      where organization_id = ${buyer.organizationId}`;
    expect(windows.map((row) => ({ ...row }))).toEqual([
      { spent: `${spent}`, held: '0' },
      { spent: `${spent}`, held: '0' },
    ]);
    await expectBooksInOrder();
  });

  it('serve exactly what a quota with a hard stop includes, and say so', async () => {
    const service = await one.addService({ baseUrl: upstream.url });
    const plan = await one.addPlan(service, {
      kind: 'freemium',
      quotas: [{ meter: 'call', includedUnits: AFFORDED, overage: 'hard_stop' }],
    });
    const buyer = await one.addBuyer(plan);
    const counts = await race(service.slug, buyer);
    expect(Object.fromEntries(counts)).toEqual({ served: AFFORDED, insufficient_quota: CALLS - AFFORDED });
    const refused = await one.call(`/proxy/${service.slug}/x`, buyer.key.secret);
    expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([402, 'false']);
    const [counter] = await one.platform.database.sql`
      select used_units::integer as used, quota_units::integer as quota, held_units::integer as held,
        charged_nanos::integer as charged
      from subscription_counters where organization_id = ${buyer.organizationId}`;
    expect({ ...counter }).toEqual({ used: AFFORDED, quota: AFFORDED, held: 0, charged: 0 });
    await expectBooksInOrder();
  });

  it('let a quota with a price beyond it pass what the wallet pays for', async () => {
    const service = await one.addService({ baseUrl: upstream.url });
    const plan = await one.addPlan(service, {
      kind: 'freemium',
      prices: { call: perMillion(PRICE) },
      quotas: [{ meter: 'call', includedUnits: 20, overage: 'priced' }],
    });
    const buyer = await one.addBuyer(plan, { walletNanos: PRICE * 17n + 5n });
    const counts = await race(service.slug, buyer);
    expect(Object.fromEntries(counts)).toEqual({ served: 37, insufficient_balance: CALLS - 37 });
    expect(await one.wallet(buyer.organizationId)).toEqual({ available: 5n, held: 0n });
    const rows = await one.events(buyer.organizationId);
    expect(rows.filter((row) => row.charge_nanos === '0')).toHaveLength(20);
    await expectBooksInOrder();
  });
});
