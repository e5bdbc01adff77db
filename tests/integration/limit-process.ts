/**
 * A process that takes from limits as fast as it is told to, for the test of several processes. Prints
 * when it was let through, by limit: asked and answered, `{ "key": [[ms, ms], …] }`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../app/infra/clock.ts';
import { createRedisStore } from '../../app/infra/store/redis-store.ts';
import type { RateLimit } from '../../app/infra/store/store.ts';

export interface LimitProcessOptions {
  url: string;
  limits: RateLimit[];
  /** `steady`: a little every millisecond; `bursts`: twice the limit at once, again and again. */
  arrivals: 'steady' | 'bursts';
  durationMs: number;
}

const BURST_EVERY_MS = 130;

const options = JSON.parse(process.argv[2]!) as LimitProcessOptions;
const store = createRedisStore({
  redis: { url: options.url, poolSize: 1, commandTimeoutMs: 10_000 },
  clock: systemClock,
  logger: { warn: () => undefined, info: () => undefined },
});
const admitted: Record<string, [number, number][]> = Object.fromEntries(
  options.limits.map(({ key }) => [key, []]),
);
const counts = { calls: 0, waited: 0 };

async function take(limit: RateLimit): Promise<void> {
  const at = Date.now();
  const taking = store.rateLimits.take([limit]);
  counts.calls += 1;
  if (taking instanceof Promise) counts.waited += 1;
  if (!(taking instanceof Promise)) {
    if (taking.allowed) admitted[limit.key]!.push([at, at]);
  } else if ((await taking).allowed) {
    admitted[limit.key]!.push([at, Date.now()]);
  }
}

function arrive(limit: RateLimit): Promise<void>[] {
  const perMs = limit.limit / limit.windowMs;
  const calls = options.arrivals === 'bursts' ? limit.limit * 2 : Math.ceil(perMs * 2);
  return Array.from({ length: calls }, () => take(limit));
}

while (!(await store.isHealthy())) await sleep(10);
const until = Date.now() + options.durationMs;
const running: Promise<void>[] = [];
while (Date.now() < until) {
  running.push(...options.limits.flatMap(arrive));
  await sleep(options.arrivals === 'bursts' ? BURST_EVERY_MS : 1);
}
await Promise.all(running);
await store.close();
process.stdout.write(JSON.stringify({ admitted, ...counts }));
