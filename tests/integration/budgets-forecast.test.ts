/** The estimate says its method, so it can be checked by hand. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { organizations } from '../../db/schema/index.ts';
import { forecastSpending } from '../../app/domain/budgets/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { rollUpUsage } from '../../app/domain/usage/index.ts';
import { NANOS_PER_UNIT } from '../../app/lib/money.ts';
import { createTestClock } from '../support/clock.ts';
import { fundWallet, makeBuyer, makeSeller, makeService, type Person } from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { insertUsageEvent } from '../support/usage-events.ts';

const DAY_MS = 86_400_000;
const clock = createTestClock();
let platform: TestPlatform;
let system: Context;
let services: string[];
beforeAll(async () => {
  platform = await createTestPlatform({}, { clock });
  system = platform.createContext({ type: 'system', job: 'test' });
  const seller = await makeSeller(platform);
  services = [(await makeService(seller)).service.id, (await makeService(seller)).service.id];
});
afterAll(() => platform.close());

async function call(buyer: Person, at: number, charge: bigint, service = 0) {
  await insertUsageEvent(system.db, {
    organizationId: buyer.organizationId,
    serviceId: services[service]!,
    chargeNanos: charge,
    occurredAt: new Date(at),
  });
}

describe('the forecast', () => {
  it('adds the average of seven days for the rest of the month, in all and by service', async () => {
    const buyer = await makeBuyer(platform, { balance: '10' });
    await system.db
      .update(organizations)
      .set({ timeZone: 'Asia/Kolkata' })
      .where(eq(organizations.id, buyer.organizationId));
    // Noon of the 21st in Kolkata: nine days and a half are left of November.
    const now = Date.parse('2026-11-21T06:30:00Z');
    const before = clock.now();
    clock.set(now);
    // In October by Kolkata's clock, and in November already by UTC's of the next call.
    await call(buyer, Date.parse('2026-10-31T18:29:00Z'), 1_000n * NANOS_PER_UNIT);
    await call(buyer, Date.parse('2026-10-31T18:31:00Z'), 3n * NANOS_PER_UNIT);
    for (let day = 1; day <= 7; day++) {
      await call(buyer, now - day * DAY_MS + 3_600_000, NANOS_PER_UNIT);
      await call(buyer, now - day * DAY_MS + 3_600_000, 2n * NANOS_PER_UNIT, 1);
    }
    await rollUpUsage(system);
    const forecast = await forecastSpending(buyer.ctx);
    expect(forecast).toMatchObject({
      spentNanos: 24n * NANOS_PER_UNIT,
      perDayNanos: 3n * NANOS_PER_UNIT,
      paceDays: 7,
      projectedNanos: 24n * NANOS_PER_UNIT + (3n * NANOS_PER_UNIT * 19n) / 2n,
      timeZone: 'Asia/Kolkata',
      monthStart: new Date('2026-10-31T18:30:00Z'),
      monthEnd: new Date('2026-11-30T18:30:00Z'),
    });
    expect(forecast.services.map(({ serviceId, spentNanos }) => [serviceId, spentNanos])).toEqual([
      [services[1], 14n * NANOS_PER_UNIT],
      [services[0], 10n * NANOS_PER_UNIT],
    ]);
    const sum = forecast.services.reduce((total, one) => total + one.projectedNanos, 0n);
    expect(forecast.projectedNanos! - sum).toBeLessThan(2n);
    // Ten units at three a day.
    expect(forecast.runsOutAt?.getTime()).toBe(now + (10 * DAY_MS) / 3);
    clock.set(before);
  });

  it('averages a younger buyer over the days there were, a day at least', async () => {
    const buyer = await makeBuyer(platform);
    const now = clock.now();
    await call(buyer, now - 1, NANOS_PER_UNIT);
    await rollUpUsage(system);
    expect(await forecastSpending(buyer.ctx)).toMatchObject({ paceDays: 1, perDayNanos: NANOS_PER_UNIT });
  });

  it('promises nothing without usage, and no date beyond a year', async () => {
    const buyer = await makeBuyer(platform);
    expect(await forecastSpending(buyer.ctx)).toMatchObject({
      spentNanos: 0n,
      projectedNanos: null,
      runsOutAt: null,
      services: [],
    });
    await fundWallet(platform, buyer, '1000');
    await call(buyer, clock.now() - 1, NANOS_PER_UNIT);
    await rollUpUsage(system);
    expect((await forecastSpending(buyer.ctx)).runsOutAt).toBeNull();
  });

  it('counts nothing of another organization', async () => {
    const [buyer, stranger] = [await makeBuyer(platform), await makeBuyer(platform)];
    await call(stranger, clock.now() - 1, NANOS_PER_UNIT);
    await rollUpUsage(system);
    expect((await forecastSpending(buyer.ctx)).spentNanos).toBe(0n);
  });
});
