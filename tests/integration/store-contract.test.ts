/** What every store promises, run against memory and against a real Redis. */
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../app/infra/store/memory-store.ts';
import { createRedisStore } from '../../app/infra/store/redis-store.ts';
import type { RateLimit, Store } from '../../app/infra/store/store.ts';
import { createTestClock, type TestClock } from '../support/clock.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

interface Implementation {
  open(clock: TestClock): Promise<Store>;
  prepare?(): Promise<void>;
  dispose?(): Promise<void>;
  /** Runs of each property; Redis pays a round trip per step. */
  runs: number;
}

const silent = { warn: () => undefined, info: () => undefined };
// Long: a busy machine must not make the store fall back to memory behind the test's back.
const PATIENT_MS = 10_000;
let redis: TestRedis;

async function openRedisStore(clock: TestClock): Promise<Store> {
  const store = createRedisStore({
    redis: { url: redis.url, poolSize: 2, commandTimeoutMs: PATIENT_MS },
    clock,
    logger: silent,
  });
  expect(await store.isHealthy()).toBe(true);
  return store;
}

const implementations: Record<string, Implementation> = {
  memory: { open: (clock) => Promise.resolve(createMemoryStore(clock)), runs: 300 },
  redis: {
    open: openRedisStore,
    prepare: async () => void (redis = await startRedis()),
    dispose: () => redis.close(),
    runs: 60,
  },
};

/** Units admitted in the window that ends at the newest entry. */
function unitsInWindow(log: { at: number; cost: number }[], windowMs: number, now: number): number {
  return log.filter((entry) => entry.at > now - windowMs).reduce((sum, entry) => sum + entry.cost, 0);
}

describe.each(Object.entries(implementations))('%s store', (_name, implementation) => {
  let store: Store;
  const clock = createTestClock();
  const uniqueLimit = (limit: number, windowMs: number): RateLimit => ({
    key: randomUUID(),
    limit,
    windowMs,
  });

  beforeAll(async () => {
    await implementation.prepare?.();
    store = await implementation.open(clock);
  });
  afterAll(async () => {
    await store.close();
    await implementation.dispose?.();
  });

  it('never admits more than the limit in any window, whatever the arrivals', async () => {
    // Bursts inside one merge interval, pauses of about a window, and retries when told to.
    const pause = fc.oneof(
      fc.constant(0),
      fc.integer({ min: 1, max: 1_000 }).map((thousandths) => thousandths / 20_000),
      fc.double({ min: 0.9, max: 1.1, noNaN: true }),
      fc.constant('retryAfter' as const),
    );
    const arrivals = fc.array(fc.record({ pause, cost: fc.integer({ min: 1, max: 40 }) }), {
      minLength: 20,
      maxLength: 120,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 10_000 }),
        arrivals,
        async (units, windowMs, steps) => {
          const limit = uniqueLimit(units, windowMs);
          const log: { at: number; cost: number }[] = [];
          let retryAfterMs = 0;
          for (const { pause, cost } of steps) {
            clock.advance(pause === 'retryAfter' ? retryAfterMs : Math.round(pause * windowMs));
            const decision = await store.rateLimits.take([limit], cost);
            retryAfterMs = decision.retryAfterMs;
            const before = unitsInWindow(log, windowMs, clock.now());
            if (decision.allowed) {
              log.push({ at: clock.now(), cost });
              expect(before + cost).toBeLessThanOrEqual(units);
            } else if (units <= 64) {
              // Small windows are exact both ways: nobody is refused who would fit.
              expect(before + cost).toBeGreaterThan(units);
            }
          }
        },
      ),
      { numRuns: implementation.runs },
    );
  });

  it('admits again right at retryAfterMs and not a millisecond before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 10, max: 5_000 }),
        fc.array(fc.record({ waitMs: fc.nat(200), cost: fc.integer({ min: 1, max: 50 }) }), {
          maxLength: 60,
        }),
        async (units, windowMs, steps) => {
          const limit = uniqueLimit(units, windowMs);
          const own: RateLimit = { ...uniqueLimit(units * 2, windowMs * 2) };
          for (const { waitMs, cost } of steps) {
            clock.advance(waitMs);
            const affordable = Math.min(cost, units);
            const refused = await store.rateLimits.take([limit, own], affordable);
            if (refused.allowed) {
              expect(refused.retryAfterMs).toBe(0);
              continue;
            }
            expect(refused.retryAfterMs).toBeGreaterThan(0);
            clock.advance(refused.retryAfterMs - 1);
            expect((await store.rateLimits.take([limit, own], affordable)).allowed).toBe(false);
            clock.advance(1);
            expect((await store.rateLimits.take([limit, own], affordable)).allowed).toBe(true);
          }
        },
      ),
      { numRuns: implementation.runs },
    );
  });

  it('keeps a busy window within 1/64 of its limit', async () => {
    const limit = uniqueLimit(1_000, 60_000);
    let admitted = 0;
    for (let step = 0; step < 3_000; step += 1) {
      clock.advance(40);
      if ((await store.rateLimits.take([limit])).allowed) admitted += 1;
    }
    // Two minutes of arrivals faster than the limit: close to twice 1000.
    expect(admitted).toBeGreaterThan(1_960);
    expect(admitted).toBeLessThanOrEqual(2_000);
  });

  it('takes from every limit or from none', async () => {
    const wide = uniqueLimit(100, 1_000);
    const narrow = uniqueLimit(2, 1_000);
    for (let call = 0; call < 10; call += 1) await store.rateLimits.take([wide, narrow]);
    const left = await store.rateLimits.peek([wide]);
    expect(left.remaining).toBe(98);
    expect((await store.rateLimits.peek([narrow])).remaining).toBe(0);
  });

  it('names the limit that refused, and the tightest when it allows', async () => {
    const wide = uniqueLimit(100, 1_000);
    const narrow = uniqueLimit(2, 1_000);
    const allowed = await store.rateLimits.take([wide, narrow]);
    expect(allowed).toMatchObject({
      allowed: true,
      limit: narrow,
      remaining: 1,
      retryAfterMs: 0,
      resetMs: 1_000,
    });
    await store.rateLimits.take([wide, narrow]);
    clock.advance(400);
    const refused = await store.rateLimits.take([wide, narrow]);
    expect(refused).toMatchObject({
      allowed: false,
      limit: narrow,
      remaining: 0,
      retryAfterMs: 600,
      resetMs: 600,
    });
  });

  it('waits for the slowest when several limits refuse', async () => {
    const short = uniqueLimit(1, 1_000);
    const long = uniqueLimit(1, 60_000);
    await store.rateLimits.take([short, long]);
    const refused = await store.rateLimits.take([short, long]);
    expect(refused.limit).toEqual(long);
    clock.advance(refused.retryAfterMs);
    expect((await store.rateLimits.take([short, long])).allowed).toBe(true);
  });

  it('keeps windows of different length apart under one key', async () => {
    const perSecond = uniqueLimit(2, 1_000);
    const perMinute: RateLimit = { ...perSecond, limit: 3, windowMs: 60_000 };
    expect((await store.rateLimits.take([perSecond, perMinute], 2)).allowed).toBe(true);
    expect((await store.rateLimits.take([perSecond, perMinute])).limit).toEqual(perSecond);
    clock.advance(1_000);
    expect((await store.rateLimits.take([perSecond, perMinute])).remaining).toBe(0);
    clock.advance(1_000);
    expect((await store.rateLimits.take([perSecond, perMinute])).limit).toEqual(perMinute);
    await store.rateLimits.reset(perSecond.key);
    expect((await store.rateLimits.peek([perMinute])).remaining).toBe(3);
  });

  it('takes nothing when peeking', async () => {
    const limit = uniqueLimit(1, 1_000);
    for (let call = 0; call < 5; call += 1) expect((await store.rateLimits.peek([limit])).allowed).toBe(true);
    expect((await store.rateLimits.take([limit])).allowed).toBe(true);
    expect((await store.rateLimits.peek([limit])).allowed).toBe(false);
  });

  it('forgets a window on reset', async () => {
    const limit = uniqueLimit(1, 60_000);
    await store.rateLimits.take([limit]);
    await store.rateLimits.reset(limit.key);
    expect(await store.rateLimits.take([limit])).toMatchObject({ allowed: true, remaining: 0 });
  });

  it('takes several units at once, and refuses a cost that never fits', async () => {
    const limit = uniqueLimit(10, 1_000);
    expect(await store.rateLimits.take([limit], 7)).toMatchObject({ allowed: true, remaining: 3 });
    expect(await store.rateLimits.take([limit], 4)).toMatchObject({ allowed: false, remaining: 3 });
    expect(await store.rateLimits.take([limit], 3)).toMatchObject({ allowed: true, remaining: 0 });
    const fresh = uniqueLimit(10, 1_000);
    expect(await store.rateLimits.take([fresh], 11)).toMatchObject({
      allowed: false,
      remaining: 10,
      retryAfterMs: 1_000,
    });
    expect(() => store.rateLimits.take([fresh], -1)).toThrow(RangeError);
  });

  it('corrects a take whose cost was an estimate, both ways', async () => {
    for (const units of [60, 100_000]) {
      const limit = uniqueLimit(units, 60_000);
      await store.rateLimits.take([limit], 10);
      const takenAt = clock.now();
      clock.advance(100);
      store.rateLimits.adjust([limit], -4, takenAt);
      expect((await store.rateLimits.peek([limit])).remaining).toBe(units - 6);
      store.rateLimits.adjust([limit], units * 2, takenAt);
      expect(await store.rateLimits.peek([limit])).toMatchObject({ allowed: false, remaining: 0 });
      expect((await store.rateLimits.take([limit])).allowed).toBe(false);
      clock.advance(61_000);
      expect((await store.rateLimits.peek([limit])).remaining).toBe(units);
    }
  });

  it('admits exactly the limit to simultaneous callers', async () => {
    const limit = uniqueLimit(37, 60_000);
    const decisions = await Promise.all(
      Array.from({ length: 200 }, async () => store.rateLimits.take([limit])),
    );
    expect(decisions.filter((decision) => decision.allowed)).toHaveLength(37);
  });

  it('allows everything when there is no limit', async () => {
    expect((await store.rateLimits.take([])).allowed).toBe(true);
  });

  it('does not shorten a window when the clock steps back', async () => {
    const limit = uniqueLimit(2, 1_000);
    await store.rateLimits.take([limit]);
    clock.advance(-500);
    await store.rateLimits.take([limit]);
    expect((await store.rateLimits.take([limit])).allowed).toBe(false);
    // A second after the later of the two moments, and not of the earlier.
    clock.advance(1_499);
    expect((await store.rateLimits.take([limit])).allowed).toBe(false);
    clock.advance(1);
    expect(await store.rateLimits.take([limit], 2)).toMatchObject({ allowed: true });
  });

  it('keeps values by key, replaces and deletes them', async () => {
    const key = randomUUID();
    expect(await store.cache.get(key)).toBeNull();
    await store.cache.set(key, 'first', 60_000);
    await store.cache.set(key, 'zweite ✓', 60_000);
    expect(await store.cache.get(key)).toBe('zweite ✓');
    await store.cache.delete(key);
    expect(await store.cache.get(key)).toBeNull();
    await store.cache.set(key, 'never', 0);
    expect(await store.cache.get(key)).toBeNull();
  });

  it('keeps bytes by key as they are', async () => {
    const [key, bytes] = [randomUUID(), Buffer.from([0, 255, 10, 13, 128])];
    expect(await store.blobs.get(key)).toBeNull();
    store.blobs.set(key, bytes, 60_000);
    const kept = await until('the value to be kept', () => store.blobs.get(key));
    expect(bytes.equals(kept)).toBe(true);
    store.blobs.set(randomUUID(), bytes, 0);
  });

  it('gives every caller of a counter another number, and each turn of a round robin its share', async () => {
    const key = randomUUID();
    const numbers = await Promise.all(Array.from({ length: 300 }, async () => store.counters.next(key)));
    expect(new Set(numbers).size).toBe(300);
    for (const turn of [0, 1, 2]) expect(numbers.filter((number) => number % 3 === turn)).toHaveLength(100);
    expect(await store.counters.next(randomUUID())).toBe(0);
  });
});

describe('memory store', () => {
  it('decides without a promise', async () => {
    const store = createMemoryStore(createTestClock());
    expect(store.rateLimits.take([{ key: 'a', limit: 1, windowMs: 1_000 }])).not.toBeInstanceOf(Promise);
    expect(await store.isHealthy()).toBe(true);
  });

  it('forgets cached values when their time is over', async () => {
    const clock = createTestClock();
    const { cache } = createMemoryStore(clock);
    await cache.set('a', 'value', 1_000);
    clock.advance(999);
    expect(await cache.get('a')).toBe('value');
    clock.advance(2);
    expect(await cache.get('a')).toBeNull();
  });
});
