import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Cache } from './store.ts';

const MAX_ENTRIES = 20_000;
const MAX_CHARACTERS = 32 * 1024 * 1024;

/** Least recently used values go first, by number and by size; a value larger than all is not kept. */
export function createMemoryCache(clock: Clock): Cache {
  const entries = new LRUCache<string, string>({
    max: MAX_ENTRIES,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (value, key) => value.length + key.length + 1,
    perf: clock,
    ttlResolution: 0,
  });
  return {
    async get(key) {
      return entries.get(key) ?? null;
    },
    async set(key, value, ttlMs) {
      if (ttlMs <= 0) entries.delete(key);
      else entries.set(key, value, { ttl: Math.ceil(ttlMs) });
    },
    async delete(key) {
      entries.delete(key);
    },
  };
}
