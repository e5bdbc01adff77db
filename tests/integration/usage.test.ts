import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getUsageReport, rollUpUsage } from '../../app/domain/usage/index.ts';
import { newId } from '../../app/lib/ids.ts';
import type { Platform } from '../../app/platform.ts';
import { createTestPlatform } from '../support/platform.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await createTestPlatform();
});
afterAll(async () => {
  await platform.close();
});

const system = () => platform.createContext({ type: 'system', job: 'test' });
const actor = (organizationId: string) =>
  platform.createContext({
    type: 'user',
    userId: 'usr_x',
    organizationId,
    role: 'owner',
    isPlatformAdmin: false,
  });

async function record(event: {
  buyer: string;
  seller: string;
  at: string;
  charge?: bigint;
  fault?: string;
  totalMs?: number;
}) {
  await platform.db.execute(sql`
    insert into usage_events (organization_id, request_id, seller_organization_id, service_id, plan_id, price_version_id,
      subscription_id, key_id, occurred_at, method, status_code, terminal_state, fault, request_bytes, response_bytes,
      total_ms, charge_nanos, fee_nanos)
    values (${event.buyer}, ${newId('request')}, ${event.seller}, ${'svc_1'}, 'pln_1', 'prv_1', 'sub_1', 'key_1',
      ${event.at}::timestamptz, 'GET', 200, 'complete', ${event.fault ?? 'none'}, 10, 20, ${event.totalMs ?? 40},
      ${String(event.charge ?? 0n)}::bigint, 0)`);
}

async function snapshot() {
  return platform.db.execute(
    sql`select * from usage_rollups order by organization_id, bucket_start, service_id`,
  );
}

describe('usage roll-up', () => {
  it('gives the same rows however often it runs', async () => {
    for (let i = 0; i < 30; i++) {
      await record({
        buyer: 'org_a',
        seller: 'org_s',
        at: new Date(Date.now() - i * 300_000).toISOString(),
        charge: 7n,
      });
    }
    await rollUpUsage(system());
    const first = await snapshot();
    for (let i = 0; i < 4; i++) await rollUpUsage(system());
    await Promise.all([rollUpUsage(system()), rollUpUsage(system())]);
    expect(await snapshot()).toEqual(first);
    const [sum] = await platform.db.execute<{ calls: string; charge: string }>(
      sql`select sum(calls) as calls, sum(charge_nanos) as charge from usage_rollups where organization_id = 'org_a'`,
    );
    expect(sum).toEqual({ calls: '30', charge: '210' });
  });

  it('takes in an event that was committed late', async () => {
    await rollUpUsage(system());
    await record({
      buyer: 'org_late',
      seller: 'org_s',
      at: new Date(Date.now() - 60_000).toISOString(),
      charge: 3n,
    });
    await rollUpUsage(system());
    const rows = await platform.db.execute(
      sql`select calls from usage_rollups where organization_id = 'org_late'`,
    );
    expect(rows).toEqual([{ calls: '1' }]);
  });

  it('is for jobs only', async () => {
    await expect(rollUpUsage(actor('org_a'))).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('usage report', () => {
  it('adds single days up to the range in zones with odd offsets and on a day the clocks change', async () => {
    await platform.db.execute(sql`delete from watermarks`);
    for (let hour = 0; hour < 72; hour++) {
      const at = new Date(Date.parse('2026-10-24T00:07:00Z') + hour * 3_600_000).toISOString();
      await record({ buyer: 'org_z', seller: 'org_zs', at, charge: BigInt(hour + 1) });
    }
    await rollUpUsage(system());
    for (const timeZone of ['UTC', 'Asia/Kolkata', 'Pacific/Chatham', 'Europe/Berlin', 'America/New_York']) {
      const report = await getUsageReport(actor('org_z'), {
        perspective: 'buyer',
        from: new Date('2026-10-23T00:00:00Z'),
        to: new Date('2026-10-28T00:00:00Z'),
        timeZone,
      });
      expect(report.totals).toMatchObject({ calls: 72, chargeNanos: 2628n });
      expect(report.days.reduce((sum, day) => sum + day.calls, 0)).toBe(72);
      expect(report.days.reduce((sum, day) => sum + day.chargeNanos, 0n)).toBe(2628n);
    }
  });

  it('shows an organization only its own side', async () => {
    const range = {
      from: new Date('2026-10-23T00:00:00Z'),
      to: new Date('2026-10-28T00:00:00Z'),
      timeZone: 'UTC',
    };
    const asSeller = await getUsageReport(actor('org_zs'), { perspective: 'seller', ...range });
    const stranger = await getUsageReport(actor('org_stranger'), { perspective: 'buyer', ...range });
    expect(asSeller.totals.calls).toBe(72);
    expect(stranger.totals.calls).toBe(0);
    expect(stranger.byService).toEqual([]);
  });

  it('refuses a time zone that does not exist and a range turned around', async () => {
    const base = { perspective: 'buyer' as const, from: new Date(0), to: new Date(1000), timeZone: 'UTC' };
    await expect(
      getUsageReport(actor('org_a'), { ...base, timeZone: "UTC'; drop table users" }),
    ).rejects.toThrow();
    await expect(getUsageReport(actor('org_a'), { ...base, from: new Date(2000) })).rejects.toThrow();
  });
});
