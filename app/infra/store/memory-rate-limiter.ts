import type { Clock } from '../clock.ts';
import {
  createSlidingWindow,
  emptyIn,
  giveBack,
  prune,
  record,
  waitFor,
  type SlidingWindow,
} from './sliding-window.ts';
import type { RateLimit, RateLimitDecision, RateLimiter } from './store.ts';

/** The same limiter, known to answer at once. */
export interface MemoryRateLimiter extends RateLimiter {
  take(limits: readonly RateLimit[], cost?: number): RateLimitDecision;
  peek(limits: readonly RateLimit[]): RateLimitDecision;
  reset(key: string): void;
  /** How many keys are held. */
  readonly size: number;
}

/** Keys are partly chosen by strangers (addresses); beyond this such keys have to make room for each other. */
const MAX_KEYS = 250_000;
const SWEPT_PER_NEW_KEY = 2;
/** When there are too many: until one is found that may go. */
const SWEPT_WHEN_FULL = 32;
const UNLIMITED: RateLimit = { key: '', limit: Number.MAX_SAFE_INTEGER, windowMs: 0 };

/** Windows of this process. No timer: every new key pays for looking at two old ones. */
export function createMemoryRateLimiter(clock: Clock, maxKeys: number = MAX_KEYS): MemoryRateLimiter {
  const windows = new Map<string, SlidingWindow>();
  /** Keys by what they begin with: `ip`, `key`, `plan-day`, … */
  const kinds = new Map<string, number>();
  let cursor = windows.entries();

  function find(limit: RateLimit): SlidingWindow | null {
    let window = windows.get(limit.key) ?? null;
    while (window !== null && window.windowMs !== limit.windowMs) window = window.next;
    return window;
  }

  function add(limit: RateLimit, now: number): SlidingWindow {
    const others = windows.get(limit.key) ?? null;
    // Before the new window is in the map: it is still empty and would pass for idle.
    if (others === null) {
      sweep(now);
      count(limit.key, 1);
    }
    const window = createSlidingWindow(limit.windowMs, others);
    windows.set(limit.key, window);
    return window;
  }

  function remove(key: string): void {
    if (windows.delete(key)) count(key, -1);
  }

  function count(key: string, change: 1 | -1): void {
    const kind = kindOf(key);
    kinds.set(kind, (kinds.get(kind) ?? 0) + change);
  }

  /** Whoever makes up addresses must not make us forget what keys and plans have used. */
  function largestKind(): string {
    let largest = '';
    let most = 0;
    for (const [kind, keys] of kinds) {
      if (keys > most) [largest, most] = [kind, keys];
    }
    return largest;
  }

  function sweep(now: number): void {
    const crowd = windows.size >= maxKeys ? largestKind() : null;
    const most = crowd === null ? SWEPT_PER_NEW_KEY : SWEPT_WHEN_FULL;
    for (let looked = 0; looked < most; looked += 1) {
      const step = cursor.next();
      if (step.done) {
        cursor = windows.entries();
        return;
      }
      const [key, window] = step.value;
      const isInTheWay = crowd !== null && windows.size >= maxKeys && kindOf(key) === crowd;
      if (isInTheWay || isIdle(window, now)) remove(key);
      if (windows.size < maxKeys && looked + 1 >= SWEPT_PER_NEW_KEY) return;
    }
  }

  function decide(
    limits: readonly RateLimit[],
    cost: number,
    now: number,
    taking: boolean,
  ): RateLimitDecision {
    let refused: RateLimit | undefined;
    let refusedWait = -1;
    let tightest: RateLimit | undefined;
    let tightestRemaining = Number.POSITIVE_INFINITY;
    for (const limit of limits) {
      const window = find(limit);
      if (window !== null) prune(window, now);
      const used = window === null ? 0 : window.used;
      const remaining = limit.limit - used;
      if (remaining < cost) {
        const wait = window === null ? limit.windowMs : waitFor(window, now, limit.limit, cost);
        if (wait > refusedWait) {
          refused = limit;
          refusedWait = wait;
        }
      } else if (remaining < tightestRemaining) {
        tightest = limit;
        tightestRemaining = remaining;
      }
    }
    if (refused !== undefined) return describe(refused, now, false, refusedWait);
    if (taking && cost > 0) {
      for (const limit of limits) record(find(limit) ?? add(limit, now), now, limit.limit, cost);
    }
    return describe(tightest ?? UNLIMITED, now, true, 0);
  }

  function describe(
    limit: RateLimit,
    now: number,
    allowed: boolean,
    retryAfterMs: number,
  ): RateLimitDecision {
    const window = find(limit);
    const used = window === null ? 0 : window.used;
    return {
      allowed,
      limit,
      remaining: Math.max(0, limit.limit - used),
      retryAfterMs: Math.ceil(retryAfterMs),
      resetMs: window === null ? 0 : Math.ceil(emptyIn(window, now)),
    };
  }

  return {
    take(limits, cost = 1) {
      assertCost(cost);
      return decide(limits, cost, clock.now(), true);
    },
    peek: (limits) => decide(limits, 1, clock.now(), false),
    adjust(limits, units, takenAtMs) {
      const now = clock.now();
      for (const limit of limits) {
        const window = find(limit);
        if (window !== null) prune(window, now);
        if (units > 0) record(window ?? add(limit, now), now, limit.limit, units);
        else if (window !== null) giveBack(window, -units, takenAtMs);
      }
    },
    reset: (key) => remove(key),
    get size() {
      return windows.size;
    },
  };
}

function kindOf(key: string): string {
  return key.split(':', 1)[0]!;
}

/** Units are whole. */
export function assertCost(cost: number): void {
  if (!Number.isSafeInteger(cost) || cost < 0)
    throw new RangeError(`A cost of ${cost} units cannot be taken`);
}

function isIdle(first: SlidingWindow, now: number): boolean {
  for (let window: SlidingWindow | null = first; window !== null; window = window.next) {
    if (emptyIn(window, now) > 0) return false;
  }
  return true;
}
