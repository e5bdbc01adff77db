import { expect, it } from 'vitest';
import { createMemoryRateLimiter } from './memory-rate-limiter.ts';

function movingClock(): { now: () => number; date: () => Date; advance: (ms: number) => void } {
  let now = 1_000_000;
  return { now: () => now, date: () => new Date(now), advance: (ms) => void (now += ms) };
}

it('forgets idle keys as new ones come', () => {
  const clock = movingClock();
  const limiter = createMemoryRateLimiter(clock);
  for (let key = 0; key < 50_000; key += 1) {
    clock.advance(1);
    limiter.take([{ key: `address:${key}`, limit: 10, windowMs: 1_000 }]);
  }
  expect(limiter.size).toBeLessThan(2_500);
});

it('holds no more keys than it may, even when all are fresh', () => {
  const limiter = createMemoryRateLimiter(movingClock(), 1_000);
  for (let key = 0; key < 20_000; key += 1)
    limiter.take([{ key: `address:${key}`, limit: 10, windowMs: 60_000 }]);
  expect(limiter.size).toBeLessThanOrEqual(1_001);
});

it('forgets no key’s use because strangers come from ever more addresses', () => {
  const limiter = createMemoryRateLimiter(movingClock(), 1_000);
  const ofKeys = Array.from({ length: 100 }, (_, key) => [
    { key: `key:${key}`, limit: 3, windowMs: 60_000 },
    { key: `plan-day:${key}`, limit: 100, windowMs: 86_400_000 },
  ]);
  for (const limits of ofKeys.slice(0, 50)) limiter.take(limits, 3);
  for (let key = 0; key < 500; key += 1) limiter.take([{ key: `ip:${key}`, limit: 10, windowMs: 60_000 }]);
  for (const limits of ofKeys.slice(50)) limiter.take(limits, 3);
  for (let key = 500; key < 20_000; key += 1)
    limiter.take([{ key: `ip:${key}`, limit: 10, windowMs: 60_000 }]);
  expect(ofKeys.filter((limits) => limiter.take(limits).allowed)).toEqual([]);
  expect(limiter.size).toBeLessThan(1_100);
});

it('counts a window whose key comes when everything else is swept', () => {
  const clock = movingClock();
  const limiter = createMemoryRateLimiter(clock);
  const limit = { key: 'only', limit: 1, windowMs: 1_000 };
  expect(limiter.take([limit]).allowed).toBe(true);
  expect(limiter.take([limit]).allowed).toBe(false);
  clock.advance(1_000);
  limiter.take([{ key: 'other', limit: 1, windowMs: 1_000 }]);
  expect(limiter.take([limit]).allowed).toBe(true);
  expect(limiter.take([limit]).allowed).toBe(false);
});
