import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { BlobCache } from './store.ts';

const MAX_ENTRIES = 20_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** Least recently used values go first, by number and by size. */
export function createMemoryBlobs(clock: Clock): BlobCache {
  const entries = new LRUCache<string, Buffer>({
    max: MAX_ENTRIES,
    maxSize: MAX_BYTES,
    sizeCalculation: (value, key) => value.length + key.length,
    perf: clock,
    ttlResolution: 0,
  });
  return {
    get: (key) => entries.get(key) ?? null,
    set(key, value, ttlMs) {
      if (ttlMs > 0) entries.set(key, value, { ttl: Math.ceil(ttlMs) });
    },
  };
}
