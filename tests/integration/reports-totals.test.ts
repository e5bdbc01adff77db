/** One range, one total: to the nano, in any zone, however it is cut, and as the ledger has it. */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../app/domain/context.ts';
import { reportBilling, reportUsage } from '../../app/domain/reports/index.ts';
import { rollUpUsage } from '../../app/domain/usage/index.ts';
import { newId } from '../../app/lib/ids.ts';
import { addDays, startOfDay } from '../../app/lib/time.ts';
import { createDatabase, type Database } from '../../db/client.ts';
import { PROGRAM_ROLE } from '../../db/program-role.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const BUYER = 'org_reports_buyer';
const SELLER = 'org_reports_seller';
const ZONES = [
  'UTC',
  'Asia/Kolkata',
  'Pacific/Chatham',
  'Europe/Berlin',
  'America/St_Johns',
  'Australia/Lord_Howe',
];

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase({
    url: testDatabase.url,
    poolSize: 4,
    applicationName: 'reports',
    role: PROGRAM_ROLE,
  });
  for (const id of [BUYER, SELLER, 'org_other', 'org_x']) await insertOrganization(id);
});
afterAll(async () => {
  await database.close();
  await testDatabase.close();
});

async function insertOrganization(id: string): Promise<string> {
  await database.db.execute(sql`
    insert into organizations (id, name, slug) values (${id}, ${`=Name of ${id}`}, ${id.replaceAll('_', '-')})`);
  return id;
}

const contextOf = (actor: Context['actor']) => ({ db: database.db, actor }) as Context;
const system = () => contextOf({ type: 'system', job: 'test' });
const member = (organizationId: string, isPlatformAdmin = false) =>
  contextOf({ type: 'user', userId: 'usr_1', organizationId, role: 'owner', isPlatformAdmin });

interface Event {
  at: string;
  charge?: bigint;
  promo?: bigint;
  credit?: bigint;
  buyer?: string;
  seller?: string;
  key?: string;
  model?: string | null;
  service?: string;
  totalMs?: number;
  fault?: string;
}

/** A call and its posting, as settling writes them: at the same moment. */
async function record(event: Event): Promise<string> {
  const { at, charge = 0n, promo = 0n, credit = 0n, buyer = BUYER, seller = SELLER } = event;
  const requestId = newId('request');
  const fee = charge / 10n;
  await database.db.transaction(async (tx) => {
    await tx.execute(sql`
      insert into usage_events (organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id,
        subscription_id, key_id, occurred_at, method, status_code, terminal_state, fault, request_bytes, response_bytes,
        model, input_tokens, output_tokens, cached_input_tokens, total_ms, charge_nanos, fee_nanos, promo_nanos, credit_nanos)
      values (${buyer}, ${requestId}, ${seller}, ${event.service ?? 'svc_1'}, 'pln_1', 'prv_1', 'sub_1', ${event.key ?? 'key_1'},
        ${at}::timestamptz, 'POST', 200, 'complete', ${event.fault ?? 'none'}, 10, 20, ${event.model ?? null}, 3, 5, 2,
        ${event.totalMs ?? 40}, ${String(charge)}::bigint, ${String(fee)}::bigint, ${String(promo)}::bigint, ${String(credit)}::bigint)`);
    if (charge > 0n) {
      await post(tx, 'usage', requestId, at, [
        [buyer, 'buyer_wallet', -(charge - promo - credit)],
        [buyer, 'promotional_credit', -promo],
        [buyer, 'buyer_receivable', -credit],
        [seller, 'seller_pending', charge - fee],
        [null, 'platform_fee', fee],
      ]);
    }
  });
  return requestId;
}

async function post(
  tx: Pick<Database['db'], 'execute'>,
  kind: string,
  reference: string,
  at: string,
  entries: [organizationId: string | null, purpose: string, nanos: bigint][],
): Promise<void> {
  const id = newId('ledgerTransaction');
  await tx.execute(sql`
    insert into ledger_transactions (id, kind, reference, created_at) values (${id}, ${kind}, ${reference}, ${at}::timestamptz)`);
  for (const [organizationId, purpose, nanos] of entries) {
    if (nanos === 0n) continue;
    await tx.execute(sql`
      insert into ledger_entries (transaction_id, account_id, amount_nanos, created_at)
      values (${id}, ledger_account(${organizationId}, ${purpose}, 'USD'), ${String(nanos)}::bigint, ${at}::timestamptz)`);
  }
}

const sumOf = <Row>(rows: readonly Row[], pick: (row: Row) => bigint) =>
  rows.reduce((sum, row) => sum + pick(row), 0n);

async function rangeOf(from: string, to: string, timeZone: string) {
  return { from: startOfDay(from, timeZone), to: startOfDay(addDays(to, 1), timeZone), timeZone };
}

/** Prime and unlike: two sums are the same by chance only if they are of the same events. */
const chargeOf = (index: number) => BigInt(1_000_003 + index * 7_919);

describe('the same range', () => {
  const events: { at: string; charge: bigint }[] = [];

  beforeAll(async () => {
    // Around the night the clocks go back in Berlin, with events on the edges of buckets and hours.
    const start = Date.parse('2026-10-23T00:00:00Z');
    for (let index = 0; index < 240; index++) {
      const at = new Date(start + index * 1_800_000 - (index % 3 === 0 ? 1 : 0)).toISOString();
      const charge = chargeOf(index);
      events.push({ at, charge });
      await record({
        at,
        charge,
        promo: index % 5 === 0 ? charge / 3n : 0n,
        credit: index % 7 === 0 ? charge / 4n : 0n,
        key: `key_${index % 3}`,
        model: index % 4 === 0 ? null : `model-${index % 4}`,
        service: `svc_${index % 2}`,
        fault: index % 10 === 0 ? 'seller' : 'none',
        totalMs: index,
      });
    }
    await rollUpUsage(system());
  });

  it.each(ZONES)('is the sum of its days, weeks and months in %s', async (timeZone) => {
    const range = await rangeOf('2026-10-24', '2026-10-26', timeZone);
    const expected = sumOf(
      events.filter(({ at }) => new Date(at) >= range.from && new Date(at) < range.to),
      ({ charge }) => charge,
    );
    const whole = await reportUsage(member(BUYER), { perspective: 'buyer', ...range });
    expect(whole.totals.chargeNanos).toBe(expected);
    expect(whole.periods.map(({ period }) => period)).toEqual(['2026-10-24', '2026-10-25', '2026-10-26']);
    const days = await Promise.all(
      ['2026-10-24', '2026-10-25', '2026-10-26'].map(async (day) =>
        reportUsage(member(BUYER), { perspective: 'buyer', ...(await rangeOf(day, day, timeZone)) }),
      ),
    );
    expect(sumOf(days, ({ totals }) => totals.chargeNanos)).toBe(expected);
    expect(days.map(({ totals }) => totals.chargeNanos)).toEqual(
      whole.periods.map(({ chargeNanos }) => chargeNanos),
    );
    for (const granularity of ['hour', 'week', 'month'] as const) {
      const cut = await reportUsage(member(BUYER), { perspective: 'buyer', ...range, granularity });
      expect(sumOf(cut.periods, ({ chargeNanos }) => chargeNanos)).toBe(expected);
      expect(cut.periods.reduce((sum, { calls }) => sum + calls, 0)).toBe(whole.totals.calls);
    }
  });

  it('has 25 hours on the day the clocks go back, each of them once', async () => {
    const range = await rangeOf('2026-10-25', '2026-10-25', 'Europe/Berlin');
    const { periods } = await reportUsage(member(BUYER), {
      perspective: 'buyer',
      ...range,
      granularity: 'hour',
    });
    expect(periods).toHaveLength(25);
    expect(new Set(periods.map(({ period }) => period)).size).toBe(25);
    expect(periods.every(({ calls }) => calls > 0)).toBe(true);
  });

  it.each(['service', 'plan', 'key', 'model', 'seller'] as const)(
    'is the sum of its groups by %s',
    async (groupBy) => {
      const range = await rangeOf('2026-10-23', '2026-10-27', 'Asia/Kolkata');
      const usage = await reportUsage(member(BUYER), { perspective: 'buyer', ...range, groupBy });
      expect(usage.groups.length).toBeGreaterThan(0);
      expect(sumOf(usage.groups, ({ chargeNanos }) => chargeNanos)).toBe(usage.totals.chargeNanos);
      expect(sumOf(usage.cells, ({ chargeNanos }) => chargeNanos)).toBe(usage.totals.chargeNanos);
      const billing = await reportBilling(member(BUYER), { perspective: 'buyer', ...range, groupBy });
      expect(billing.totals.usageNanos).toBe(usage.totals.chargeNanos);
      expect(sumOf(billing.groups, ({ netNanos }) => netNanos)).toBe(billing.totals.netNanos);
    },
  );

  it('is what the ledger says, for the buyer, the seller and everybody', async () => {
    const range = await rangeOf('2026-10-24', '2026-10-25', 'Pacific/Chatham');
    for (const [ctx, perspective] of [
      [member(BUYER), 'buyer'],
      [member(SELLER), 'seller'],
      [member('org_x', true), 'admin'],
    ] as const) {
      const { totals, ledgerUsageNanos } = await reportBilling(ctx, { perspective, ...range });
      expect(totals.usageNanos).toBeGreaterThan(0n);
      expect(ledgerUsageNanos).toBe(totals.usageNanos);
      expect(totals.walletNanos + totals.promoNanos + totals.creditNanos).toBe(totals.usageNanos);
    }
  });

  it('is the same before and after it is rolled up, also when it does not begin or end with a bucket', async () => {
    const bounds = [
      ['2026-10-24T00:00:00Z', '2026-10-25T00:00:00Z'],
      ['2026-10-24T00:07:13.001Z', '2026-10-25T00:29:59.999Z'],
      ['2026-10-24T00:29:59.999Z', '2026-10-24T00:30:00.000Z'],
      ['2026-10-24T00:31:00Z', '2026-10-24T00:32:00Z'],
    ];
    const read = () =>
      Promise.all(
        bounds.map(async ([from, to]) => {
          const range = { from: new Date(from!), to: new Date(to!), timeZone: 'UTC' };
          return (await reportUsage(member(BUYER), { perspective: 'buyer', ...range })).totals;
        }),
      );
    const rolledUp = await read();
    await database.db.execute(sql`delete from usage_rollups`);
    await database.db.execute(sql`delete from watermarks`);
    const fromEvents = await read();
    await rollUpUsage(system());
    expect(fromEvents).toEqual(rolledUp);
    expect(await read()).toEqual(rolledUp);
    for (const [index, [from, to]] of bounds.entries()) {
      const within = events.filter(
        ({ at }) => new Date(at) >= new Date(from!) && new Date(at) < new Date(to!),
      );
      expect(rolledUp[index]?.chargeNanos).toBe(sumOf(within, ({ charge }) => charge));
      expect(rolledUp[index]?.calls).toBe(within.length);
    }
  });
});

describe('calls of the last minutes', () => {
  const now = Date.now();
  const range = { from: new Date(now - 3_600_000), to: new Date(now + 3_600_000), timeZone: 'UTC' };

  it('are in before any roll-up, and are not counted twice after it', async () => {
    await database.db.execute(sql`delete from usage_rollups`);
    await database.db.execute(sql`delete from watermarks`);
    const buyer = await insertOrganization(newId('organization'));
    for (const [minutes, charge] of [
      [40, 11n],
      [16, 13n],
      [4, 17n],
      [0, 19n],
    ] as const) {
      await record({ at: new Date(now - minutes * 60_000).toISOString(), charge, buyer });
    }
    const read = async () =>
      (await reportUsage(member(buyer), { perspective: 'buyer', ...range })).totals.chargeNanos;
    expect(await read()).toBe(60n);
    await rollUpUsage(system());
    expect(await read()).toBe(60n);
    await record({ at: new Date().toISOString(), charge: 23n, buyer });
    expect(await read()).toBe(83n);
  });

  it('that came another way than by settling are in after their range is recomputed', async () => {
    const at = '2026-09-05T10:07:00Z';
    await record({ at, charge: 5n, buyer: 'org_other' });
    const september = await rangeOf('2026-09-01', '2026-09-30', 'UTC');
    const read = async () =>
      (await reportUsage(member('org_other'), { perspective: 'buyer', ...september })).totals.chargeNanos;
    expect(await read()).toBe(0n);
    await rollUpUsage(system(), {
      from: new Date('2026-09-05T10:00:00Z'),
      to: new Date('2026-09-05T10:08:00Z'),
    });
    expect(await read()).toBe(5n);
  });
});

describe('a billing report', () => {
  it('tells what was refunded, with the fees that went back', async () => {
    const at = '2026-08-10T12:00:00Z';
    const requestId = await record({
      at,
      charge: 1_000n,
      promo: 300n,
      key: 'key_r',
      model: 'm-r',
      service: 'svc_r',
    });
    const refundId = newId('refund');
    await database.db.transaction(async (tx) => {
      await tx.execute(sql`
        insert into refunds (id, organization_id, seller_organization_id, kind, reference, amount_nanos, fee_nanos, destination,
          status, reason, created_by, created_at)
        values (${refundId}, ${BUYER}, ${SELLER}, 'call', ${requestId}, 400, 40, 'source', 'succeeded', 'test', 'system:test',
          '2026-08-11T12:00:00Z')`);
      await post(tx, 'refund', refundId, '2026-08-11T12:00:00Z', [
        [SELLER, 'seller_pending', -360n],
        [null, 'platform_fee', -40n],
        [BUYER, 'buyer_wallet', 280n],
        [BUYER, 'promotional_credit', 120n],
      ]);
    });
    await rollUpUsage(system(), {
      from: new Date('2026-08-01T00:00:00Z'),
      to: new Date('2026-09-01T00:00:00Z'),
    });
    const range = await rangeOf('2026-08-01', '2026-08-31', 'UTC');
    const buyer = await reportBilling(member(BUYER), { perspective: 'buyer', ...range, groupBy: 'model' });
    expect(buyer.totals).toEqual({
      usageNanos: 1_000n,
      walletNanos: 700n,
      promoNanos: 300n,
      creditNanos: 0n,
      subscriptionNanos: 0n,
      refundedNanos: 400n,
      discountNanos: 0n,
      netNanos: 600n,
      feeNanos: 0n,
    });
    expect(buyer.groups).toMatchObject([{ group: { id: 'm-r' }, usageNanos: 1_000n, refundedNanos: 400n }]);
    expect(buyer.cells.map(({ period, netNanos }) => [period, netNanos])).toEqual([
      ['2026-08-10', 1_000n],
      ['2026-08-11', -400n],
    ]);
    const seller = await reportBilling(member(SELLER), { perspective: 'seller', ...range });
    expect(seller.totals).toMatchObject({ netNanos: 600n, feeNanos: 60n });
    expect(seller.ledgerUsageNanos).toBe(1_000n);
  });
});

describe('who may read what', () => {
  const range = {
    from: new Date('2026-10-23T00:00:00Z'),
    to: new Date('2026-10-28T00:00:00Z'),
    timeZone: 'UTC',
  };

  it('shows an organization its own side and nothing of others', async () => {
    for (const report of [reportUsage, reportBilling]) {
      for (const perspective of ['buyer', 'seller'] as const) {
        const { totals, groups } = await report(member('org_x'), {
          perspective,
          ...range,
          groupBy: 'service',
        });
        expect(JSON.stringify(Object.values(totals).map(String))).not.toMatch(/[1-9]/);
        expect(groups).toEqual([]);
      }
    }
    const asSeller = await reportUsage(member(SELLER), { perspective: 'seller', ...range, groupBy: 'buyer' });
    expect(asSeller.groups.map(({ group }) => group.id)).toEqual([BUYER]);
  });

  it('keeps the whole platform to administrators, and keys to their buyers', async () => {
    await expect(reportUsage(member(BUYER), { perspective: 'admin', ...range })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      reportBilling(
        { db: database.db, actor: { type: 'key', keyId: 'key_1', organizationId: BUYER } },
        { perspective: 'admin', ...range },
      ),
    ).rejects.toMatchObject({ status: 401 });
    await expect(
      reportUsage(member(SELLER), { perspective: 'seller', ...range, groupBy: 'key' }),
    ).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'groupBy', reason: 'invalid_choice' }],
    });
    await expect(
      reportUsage(contextOf({ type: 'anonymous' }), { perspective: 'buyer', ...range }),
    ).rejects.toMatchObject({ status: 401 });
  });

  it('refuses ranges without a bound', async () => {
    const open = {
      perspective: 'buyer' as const,
      timeZone: 'UTC',
      from: new Date('2020-01-01T00:00:00Z'),
      to: new Date(),
    };
    await expect(reportUsage(member(BUYER), open)).rejects.toMatchObject({
      issues: [{ field: 'from', reason: 'too_big' }],
    });
    await expect(
      reportUsage(member(BUYER), {
        ...open,
        from: new Date(Date.now() - 60 * 86_400_000),
        granularity: 'hour',
      }),
    ).rejects.toMatchObject({ issues: [{ field: 'granularity', reason: 'too_big' }] });
  });
});
