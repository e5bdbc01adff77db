/** Windows of time as the database cuts them, and what happens when a period ends. */
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBillingPeriods } from '../../app/domain/billing-periods/index.ts';
import { refundCall } from '../../app/domain/refunds/index.ts';
import { getLedgerBalance, verifyLedger } from '../../app/domain/ledger/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { until } from '../support/until.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type GatewayFixture,
} from './gateway-fixture.ts';

let upstream: Upstream;
let fixture: GatewayFixture;
let system: Context;

beforeAll(async () => {
  upstream = await startUpstream();
  fixture = await createGatewayFixture();
  system = fixture.platform.createContext({ type: 'system', job: 'test' });
});
afterAll(async () => {
  await fixture.close();
  await upstream.close();
});

const sqlOf = () => fixture.platform.database.sql;

describe('a billing period', () => {
  it.each([
    [
      'in the middle of a month',
      'UTC',
      '2026-01-15T10:00:00Z',
      '2026-03-20T00:00:00Z',
      '2026-03-15T10:00:00Z',
      '2026-04-15T10:00:00Z',
    ],
    [
      'at its very beginning',
      'UTC',
      '2026-01-15T10:00:00Z',
      '2026-03-15T10:00:00Z',
      '2026-03-15T10:00:00Z',
      '2026-04-15T10:00:00Z',
    ],
    [
      'a microsecond before',
      'UTC',
      '2026-01-15T10:00:00Z',
      '2026-03-15T09:59:59.999999Z',
      '2026-02-15T10:00:00Z',
      '2026-03-15T10:00:00Z',
    ],
    [
      'from the 31st, in February',
      'UTC',
      '2026-01-31T00:00:00Z',
      '2026-02-28T12:00:00Z',
      '2026-02-28T00:00:00Z',
      '2026-03-31T00:00:00Z',
    ],
    [
      'from the 31st, in March again',
      'UTC',
      '2026-01-31T00:00:00Z',
      '2026-03-31T00:00:00Z',
      '2026-03-31T00:00:00Z',
      '2026-04-30T00:00:00Z',
    ],
    [
      'from February 29th, a year later',
      'UTC',
      '2028-02-29T08:00:00Z',
      '2029-02-28T09:00:00Z',
      '2029-02-28T08:00:00Z',
      '2029-03-29T08:00:00Z',
    ],
    [
      'over the clock going forward in Berlin',
      'Europe/Berlin',
      '2026-03-01T00:30:00Z',
      '2026-04-01T00:00:00Z',
      '2026-03-31T23:30:00Z',
      '2026-04-30T23:30:00Z',
    ],
    [
      'in a zone of +12:45',
      'Pacific/Chatham',
      '2026-05-31T11:15:00Z',
      '2026-06-30T11:14:59Z',
      '2026-05-31T11:15:00Z',
      '2026-06-30T11:15:00Z',
    ],
  ])('%s', async (_name, zone, anchor, at, start, end) => {
    const [row] = await sqlOf()`
      select period_start(${anchor}::timestamptz, ${zone}, ${at}::timestamptz) = ${start}::timestamptz as start,
        period_end(${anchor}::timestamptz, ${zone}, ${at}::timestamptz) = ${end}::timestamptz as end`;
    expect({ ...row }).toEqual({ start: true, end: true });
  });

  it('is followed by the next without a gap or an overlap, for ten years of every day from any anchor', async () => {
    const [row] = await sqlOf()`
      select count(*)::integer as wrong from unnest(array['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Pacific/Chatham']) as zone,
        unnest(array['2024-02-29T13:00:00Z', '2026-01-31T23:59:59Z', '2025-10-26T00:30:00Z']::timestamptz[]) as anchor,
        generate_series('2026-01-01T00:00:00Z'::timestamptz, '2036-01-01', interval '1 day') as day
      cross join lateral (select period_start(anchor, zone, day) as s, period_end(anchor, zone, day) as e) p
      where not (s <= day and day < e and period_start(anchor, zone, e) = e and period_end(anchor, zone, s) = e)`;
    expect(row!['wrong']).toBe(0);
  });
});

describe('a window of a budget', () => {
  it.each([
    ['day', 'Asia/Kolkata', '2026-11-21T18:29:59Z', '2026-11-20T18:30:00Z'],
    ['day', 'Asia/Kolkata', '2026-11-21T18:30:00Z', '2026-11-21T18:30:00Z'],
    ['day', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z'],
    ['day', 'Europe/Berlin', '2026-03-30T12:00:00Z', '2026-03-29T22:00:00Z'],
    ['day', 'Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z'],
    ['week', 'UTC', '2026-11-22T23:59:59Z', '2026-11-16T00:00:00Z'],
    ['month', 'UTC', '2028-02-29T23:59:59Z', '2028-02-01T00:00:00Z'],
    ['month', 'Pacific/Chatham', '2026-10-31T10:15:00Z', '2026-10-31T10:15:00Z'],
  ])('of a %s in %s at %s', async (period, zone, at, start) => {
    const [row] = await sqlOf()`
      select window_start(${period}, ${zone}, ${at}::timestamptz) = ${start}::timestamptz as is_right`;
    expect(row!['is_right']).toBe(true);
  });
});

const calls = async (plan: AddedPlan, { key }: AddedBuyer, count: number): Promise<void> => {
  for (let i = 0; i < count; i++)
    expect((await fixture.call(`/proxy/${plan.service.slug}/x`, key.secret)).status).toBe(200);
};

/** The period of what was counted so far ended four hours ago. */
async function endPeriod({ subscriptionId }: AddedBuyer): Promise<void> {
  await sqlOf()`update subscriptions set period_anchor = now() - interval '1 month 4 hours' where id = ${subscriptionId}`;
  await sqlOf()`update subscription_counters c set period_start = s.period_anchor
    from subscriptions s where s.id = c.subscription_id and s.id = ${subscriptionId}`;
}

describe('a quota', () => {
  it('is there again when the next period begins, without anybody who resets it', async () => {
    const service = await fixture.addService({ baseUrl: upstream.url });
    const plan = await fixture.addPlan(service, {
      kind: 'freemium',
      quotas: [{ meter: 'call', includedUnits: 3, overage: 'hard_stop' }],
    });
    const buyer = await fixture.addBuyer(plan);
    await calls(plan, buyer, 3);
    const ask = () => fixture.call(`/proxy/${service.slug}/x`, buyer.key.secret);
    expect((await ask()).status).toBe(402);
    await endPeriod(buyer);
    await calls(plan, buyer, 3);
    expect(await (await ask()).json()).toMatchObject({
      error: { code: 'insufficient_quota', meter: 'call' },
    });
    const rows = await sqlOf()`select used_units::integer as used from subscription_counters
      where subscription_id = ${buyer.subscriptionId} order by period_start`;
    expect(rows.map((row) => row['used'])).toEqual([3, 3]);
  });
});

describe('volume tiers', () => {
  it('give back what early units cost too much, once, when the period has ended', async () => {
    const service = await fixture.addService({ baseUrl: upstream.url });
    const plan = await fixture.addPlan(service, {
      kind: 'tiered',
      tierMode: 'volume',
      components: [
        { meter: 'call', nanosPerMillion: 100_000_000n },
        { meter: 'call', nanosPerMillion: 60_000_000n, fromUnits: 4 },
      ],
    });
    const buyer = await fixture.addBuyer(plan, { walletNanos: 10_000n });
    await calls(plan, buyer, 6);
    const rows = await fixture.events(buyer.organizationId);
    expect(rows.map((row) => row.charge_nanos)).toEqual(['100', '100', '100', '100', '60', '60']);
    const refund = (position: number) =>
      refundCall(system, {
        organizationId: buyer.organizationId,
        requestId: rows[position]!.request_id,
        reason: 'test',
        createdBy: 'system:test',
      });
    expect((await refund(0)).amountNanos).toBe(100n);
    await closeBillingPeriods(system);
    expect(await closeBillingPeriods(system)).toBe(0);
    await endPeriod(buyer);
    // The program cannot change events: the tables' owner moves time under them.
    const owner = postgres(fixture.platform.databaseUrl, { max: 1 });
    await owner`alter table usage_events disable trigger usage_events_append_only`;
    await owner`update usage_events set occurred_at = occurred_at - interval '5 hours'
      where organization_id = ${buyer.organizationId}`;
    await owner`alter table usage_events enable trigger usage_events_append_only`;
    await owner.end();
    const closed = await Promise.all([closeBillingPeriods(system), closeBillingPeriods(system)]);
    expect(Math.max(...closed)).toBe(1);
    expect(await closeBillingPeriods(system)).toBe(0);
    // The refunded call is not discounted as well, and a discounted one is refunded at what it cost in the end.
    expect((await fixture.wallet(buyer.organizationId)).available).toBe(10_000n - 5n * 60n);
    const account = { organizationId: service.organizationId, purpose: 'seller_pending' } as const;
    expect(await getLedgerBalance(system, account)).toBe((5n * 60n * 9n) / 10n);
    expect((await refund(1)).amountNanos).toBe(60n);
    expect((await fixture.wallet(buyer.organizationId)).available).toBe(10_000n - 4n * 60n);
    expect((await verifyLedger(system)).problems).toEqual([]);
  });
});

describe('tiers and quotas of running calls', () => {
  it('price each call by where the period has come, and say so line by line', async () => {
    const service = await fixture.addService({ baseUrl: upstream.url });
    const plan = await fixture.addPlan(service, {
      kind: 'tiered',
      components: [
        { meter: 'call', nanosPerMillion: 10_000_000n },
        { meter: 'call', nanosPerMillion: 5_000_000n, fromUnits: 2 },
      ],
      quotas: [{ meter: 'call', includedUnits: 1, overage: 'priced' }],
    });
    const buyer = await fixture.addBuyer(plan, { walletNanos: 1_000n });
    const costs: (string | null)[] = [];
    for (let i = 0; i < 4; i++) {
      const answer = await fixture.call(`/proxy/${service.slug}/x`, buyer.key.secret);
      await answer.text();
      costs.push(answer.headers.get('x-tollgate-cost'));
    }
    const rows = await fixture.events(buyer.organizationId);
    expect(rows.map((row) => row.charge_nanos)).toEqual(['0', '10', '10', '5']);
    expect(rows[0]!.lines).toMatchObject([{ meter: 'call', quantity: 0, included: 1, amountNanos: '0' }]);
    // Nobody knows in advance what place a call will have.
    expect(costs).toEqual([null, null, null, null]);
    const explained = await fixture.call(`/v1/requests/${rows[3]!.request_id}`, buyer.key.secret);
    expect(await explained.json()).toMatchObject({
      cost: { charged: '0.000000005', lines: [{ meter: 'call', quantity: 1, amount: '0.000000005' }] },
    });
  });

  it('count bytes and milliseconds of what was answered, and nothing of what failed', async () => {
    const fails = await startUpstream((_request, response) => {
      response.statusCode = 500;
      response.end('no');
    });
    const answers = await startUpstream((request, response) => {
      request.on('end', () => response.end('x'.repeat(2_000)));
    });
    for (const [seller, isCharged] of [
      [fails, false],
      [answers, true],
    ] as const) {
      const service = await fixture.addService({ baseUrl: seller.url });
      const plan = await fixture.addPlan(service, {
        kind: 'custom',
        prices: { request_byte: 1_000_000n, response_byte: 2_000_000n, millisecond: 1_000n },
      });
      const buyer = await fixture.addBuyer(plan, { walletNanos: 1_000_000_000n });
      const body = 'y'.repeat(500);
      await (
        await fixture.call(`/proxy/${service.slug}/x`, buyer.key.secret, { method: 'POST', body })
      ).text();
      const row = await until(
        'the call is settled',
        async () => (await fixture.events(buyer.organizationId))[0],
      );
      if (!isCharged) expect(row.charge_nanos).toBe('0');
      else {
        const lines = new Map(row.lines!.map((line) => [line.meter, line.quantity]));
        expect([lines.get('request_byte'), lines.get('response_byte')]).toEqual([500, 2_000]);
        expect(BigInt(row.charge_nanos)).toBeGreaterThanOrEqual(4_500n);
      }
      expect((await fixture.wallet(buyer.organizationId)).held).toBe(0n);
    }
    await fails.close();
    await answers.close();
    expect((await verifyLedger(system)).problems).toEqual([]);
  });
});
