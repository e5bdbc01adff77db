import type { Clock } from '../../app/infra/clock.ts';

export interface TestClock extends Clock {
  advance(ms: number): void;
  set(epochMs: number): void;
}

/** A clock that moves only when told to; starts at the real time, so that ids sort as usual. */
export function createTestClock(startMs: number = Date.now()): TestClock {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    date: () => new Date(nowMs),
    advance(ms) {
      nowMs += ms;
    },
    set(epochMs) {
      nowMs = epochMs;
    },
  };
}
