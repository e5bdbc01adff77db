/** Limits of several processes together: leased in slices, and still exact. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../app/infra/clock.ts';
import { createRedisStore } from '../../app/infra/store/redis-store.ts';
import type { RateLimit, Store } from '../../app/infra/store/store.ts';
import { createTestClock } from '../support/clock.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import type { LimitProcessOptions } from './limit-process.ts';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('limit-process.ts', import.meta.url));
const WINDOW_MS = 1_000;
const silent = { warn: () => undefined, info: () => undefined };

interface Report {
  /** When each call asked and was answered. */
  admitted: Record<string, [askedAt: number, answeredAt: number][]>;
  calls: number;
  waited: number;
}

let redis: TestRedis;
beforeAll(async () => void (redis = await startRedis()));
afterAll(() => redis.close());

async function open(clock: Clock = createTestClock()): Promise<Store> {
  const store = createRedisStore({
    redis: { url: redis.url, poolSize: 1, commandTimeoutMs: 10_000 },
    clock,
    logger: silent,
  });
  await until('redis to answer', () => store.isHealthy());
  return store;
}

async function runProcess(options: LimitProcessOptions): Promise<Report> {
  const { stdout } = await run(process.execPath, [PROGRAM, JSON.stringify(options)], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout) as Report;
}

/** The most calls that were asked and admitted within any window. */
function fullest(calls: Report['admitted'][string]): number {
  const sorted = calls.toSorted(([a], [b]) => a - b);
  let most = 0;
  for (const [from, [begin]] of sorted.entries()) {
    let within = 0;
    for (let call = from; call < sorted.length && sorted[call]![0] < begin + WINDOW_MS; call += 1) {
      if (sorted[call]![1] < begin + WINDOW_MS) within += 1;
    }
    most = Math.max(most, within);
  }
  return most;
}

describe('two processes', () => {
  for (const arrivals of ['steady', 'bursts'] as const) {
    it(
      `admit no more than the limit in any window, and hardly less: ${arrivals}`,
      { timeout: 30_000 },
      async () => {
        const limits = [4, 37, 100, 300, 1_000].map((limit): RateLimit => ({
          key: `${arrivals}:${limit}`,
          limit,
          windowMs: WINDOW_MS,
        }));
        const options: LimitProcessOptions = { url: redis.url, limits, arrivals, durationMs: 4_000 };
        const reports = await Promise.all([runProcess(options), runProcess(options)]);
        for (const { key, limit } of limits) {
          const calls = reports.flatMap(({ admitted }) => admitted[key]!);
          expect(fullest(calls), key).toBeLessThanOrEqual(limit + 1);
          const begins = calls.map(([askedAt]) => askedAt);
          const windows = (Math.max(...begins) - Math.min(...begins)) / WINDOW_MS;
          expect(calls.length, key).toBeGreaterThan(limit * windows * 0.8);
        }
      },
    );
  }
});

describe('leases', () => {
  const minute = (key: string, limit: number): RateLimit => ({ key, limit, windowMs: 60_000 });

  it('decide most calls of a busy limit without asking', async () => {
    const store = await open(systemClock);
    const limits = [minute('busy:org', 60_000), minute('busy:key', 30_000)];
    let waited = 0;
    for (let call = 0; call < 4_000; call += 1) {
      const taking = store.rateLimits.take(limits);
      if (taking instanceof Promise) waited += 1;
      const decision = await taking;
      expect(decision.allowed).toBe(true);
      if (call % 8 === 0) await new Promise(setImmediate);
    }
    expect(waited).toBeLessThan(200);
    const { remaining } = await store.rateLimits.peek([limits[1]!]);
    expect(remaining).toBe(26_000);
    await store.close();
  });

  it('go back when their process stops, and what was spent stays spent', async () => {
    const limit = minute('restart', 1_000);
    const first = await open();
    for (let call = 0; call < 300; call += 1) await first.rateLimits.take([limit]);
    await first.close();
    const second = await open();
    expect((await second.rateLimits.peek([limit])).remaining).toBe(700);
    await second.close();
  });

  it('go back by themselves when nobody spends them', async () => {
    const clock = createTestClock();
    const [busy, other] = [await open(clock), await open(clock)];
    const limit = minute('idle', 1_000);
    for (let call = 0; call < 100; call += 1) await busy.rateLimits.take([limit]);
    clock.advance(2_000);
    await until('the slice to be back', async () => (await other.rateLimits.peek([limit])).remaining === 900);
    await Promise.all([busy.close(), other.close()]);
  });

  it('are corrected when a cost turns out to be another', async () => {
    const clock = createTestClock();
    const [store, other] = [await open(clock), await open(clock)];
    const tokens = minute('tokens', 10_000);
    await store.rateLimits.take([tokens], 1_000);
    store.rateLimits.adjust([tokens], -900, clock.now());
    await until('units to be back', async () => (await other.rateLimits.peek([tokens])).remaining === 9_900);
    store.rateLimits.adjust([tokens], 12_000, clock.now());
    await until('units to be gone', async () => (await other.rateLimits.peek([tokens])).remaining === 0);
    expect(await store.rateLimits.take([tokens])).toMatchObject({ allowed: false });
    await Promise.all([store.close(), other.close()]);
  });

  it('repeat a refusal without asking, and admit again in time', async () => {
    const clock = createTestClock();
    const store = await open(clock);
    const limit: RateLimit = { key: 'refused', limit: 2, windowMs: 1_000 };
    for (let call = 0; call < 3; call += 1) await store.rateLimits.take([limit]);
    expect(store.rateLimits.take([limit])).toMatchObject({
      allowed: false,
      retryAfterMs: 1_000,
      remaining: 0,
    });
    clock.advance(1_000);
    expect(await store.rateLimits.take([limit])).toMatchObject({ allowed: true });
    await store.close();
  });
});

describe('a process that takes from no limit', () => {
  it('is none of those that share them: a worker halves nobody’s ceiling', { timeout: 20_000 }, async () => {
    const worker = await open();
    const web = await open();
    await web.rateLimits.take([{ key: 'any', limit: 10, windowMs: 1_000 }]);
    const { Redis } = await import('ioredis');
    const client = new Redis(redis.url);
    await until('the web process to be known', async () => (await client.zcard('tg:processes')) > 0);
    expect(web.processes()).toBe(1);
    expect(await client.zcard('tg:processes')).toBe(1);
    client.disconnect();
    await Promise.all([worker.close(), web.close()]);
  });
});

describe('without redis', () => {
  it('each process admits its share', { timeout: 20_000 }, async () => {
    const server = await startRedis();
    const clock = createTestClock();
    const options = { redis: { url: server.url, poolSize: 1 }, clock, logger: silent };
    const first = createRedisStore(options);
    await until('redis to answer', () => first.isHealthy());
    await until('the first to be known', async () => first.processes() === 1 && (await first.isHealthy()));
    const second = createRedisStore(options);
    await until('both to be known', () => second.processes() === 2, 10_000);
    await server.kill();
    const limit: RateLimit = { key: 'shared', limit: 6, windowMs: 60_000 };
    let admitted = 0;
    for (let call = 0; call < 20; call += 1)
      if ((await second.rateLimits.take([limit])).allowed) admitted += 1;
    expect(admitted).toBe(3);
    expect(await second.rateLimits.take([limit])).toMatchObject({ allowed: false, limit });
    await Promise.all([first.close(), second.close()]);
  });
});
