/**
 * A sliding window as a short log: when something was taken and how much. Beyond
 * `EXACT_UNITS` units neighbours are merged under the later time, so the log stays short and a unit
 * is never forgotten early. The Redis script in `take-script.ts` is the same algorithm.
 */

/** Windows of at most this many units log every take; larger ones merge within 1/64 of the window. */
export const EXACT_UNITS = 64;
export const MERGE_FRACTION = 64;

export interface SlidingWindow {
  readonly windowMs: number;
  /** When each logged entry stops counting is its time plus the window. Ascending. */
  times: number[];
  units: number[];
  used: number;
  /** When the newest entry was begun; later takes join it for a while. */
  newestStart: number;
  /** Another window under the same key. */
  next: SlidingWindow | null;
}

export function createSlidingWindow(windowMs: number, next: SlidingWindow | null): SlidingWindow {
  return { windowMs, times: [], units: [], used: 0, newestStart: 0, next };
}

/** Forgets what is a whole window old. */
export function prune(window: SlidingWindow, now: number): void {
  const { times, units } = window;
  let expired = 0;
  while (expired < times.length && times[expired]! + window.windowMs <= now) {
    window.used -= units[expired]!;
    expired += 1;
  }
  if (expired === 0) return;
  times.splice(0, expired);
  units.splice(0, expired);
}

/** Logs `cost` units; `limit` decides how finely. */
export function record(window: SlidingWindow, now: number, limit: number, cost: number): void {
  const { times, units } = window;
  const last = times.length - 1;
  // A clock that stepped back must not shorten what was already promised.
  const at = last >= 0 ? Math.max(now, times[last]!) : now;
  const quantum = limit <= EXACT_UNITS ? 0 : window.windowMs / MERGE_FRACTION;
  window.used += cost;
  if (last >= 0 && (at === times[last] || at - window.newestStart < quantum)) {
    times[last] = at;
    units[last] = units[last]! + cost;
    return;
  }
  window.newestStart = at;
  times.push(at);
  units.push(cost);
}

/** Takes units out of the log again that were logged at `at` or merged with later ones. */
export function giveBack(window: SlidingWindow, units: number, at: number): void {
  let left = units;
  for (let index = 0; index < window.times.length && left > 0; index += 1) {
    if (window.times[index]! < at) continue;
    const removed = Math.min(left, window.units[index]!);
    window.units[index]! -= removed;
    window.used -= removed;
    left -= removed;
  }
}

/** Milliseconds until `cost` more units fit; 0 when they do now. A cost above the limit never fits. */
export function waitFor(window: SlidingWindow, now: number, limit: number, cost: number): number {
  let excess = window.used + cost - limit;
  if (excess <= 0) return 0;
  if (cost > limit) return window.windowMs;
  const { times, units } = window;
  for (let index = 0; index < times.length; index += 1) {
    excess -= units[index]!;
    if (excess <= 0) return times[index]! + window.windowMs - now;
  }
  return window.windowMs;
}

/** Milliseconds until nothing is logged any more. */
export function emptyIn(window: SlidingWindow, now: number): number {
  const newest = window.times.at(-1);
  return newest === undefined ? 0 : Math.max(0, newest + window.windowMs - now);
}
