import type { Clock } from '../clock.ts';
import { createMemoryBlobs } from './memory-blobs.ts';
import { createMemoryCache } from './memory-cache.ts';
import { createMemoryCounters } from './memory-counters.ts';
import { createMemoryRateLimiter } from './memory-rate-limiter.ts';
import type { Store } from './store.ts';

/** For one process; two processes would each admit the whole limit. */
export function createMemoryStore(clock: Clock): Store {
  return {
    kind: 'memory',
    rateLimits: createMemoryRateLimiter(clock),
    cache: createMemoryCache(clock),
    blobs: createMemoryBlobs(clock),
    counters: createMemoryCounters(),
    processes: () => 1,
    isHealthy: () => Promise.resolve(true),
    close: () => Promise.resolve(),
  };
}
