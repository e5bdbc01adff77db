import { LRUCache } from 'lru-cache';
import type { Counters } from './store.ts';

const MAX_COUNTERS = 20_000;

/** Counters of this process; the one asked longest ago begins anew when there are too many. */
export function createMemoryCounters(): { next(key: string): number } & Counters {
  const counters = new LRUCache<string, { value: number }>({ max: MAX_COUNTERS });
  return {
    next(key) {
      const counter = counters.get(key);
      if (counter) return counter.value++;
      counters.set(key, { value: 1 });
      return 0;
    },
  };
}
