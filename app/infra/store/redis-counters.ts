import { LRUCache } from 'lru-cache';
import type { Circuit } from './circuit.ts';
import type { RedisClients } from './redis-clients.ts';
import type { Counters } from './store.ts';

interface Block {
  next: number;
  end: number;
  /** The next block is on its way. */
  leasing: Promise<void> | null;
}

const COUNTER_PREFIX = 'tg:counter:';
const MAX_COUNTERS = 20_000;
/** Numbers a process takes at once, so that one call in so many waits for Redis. */
const BLOCK = 64;
const LIFETIME_MS = 24 * 60 * 60 * 1_000;

/** While Redis is away a process counts on from where it is. */
export function createRedisCounters(clients: RedisClients, circuit: Circuit): Counters {
  const blocks = new LRUCache<string, Block>({ max: MAX_COUNTERS });

  async function lease(key: string, block: Block): Promise<void> {
    try {
      const replies = await clients
        .next()
        .multi()
        .incrby(COUNTER_PREFIX + key, BLOCK)
        .pexpire(COUNTER_PREFIX + key, LIFETIME_MS)
        .exec();
      circuit.succeeded();
      block.end = Number(replies?.[0]?.[1]);
      block.next = block.end - BLOCK;
    } catch (error) {
      circuit.failed(error);
      block.end = block.next + BLOCK;
    }
    block.leasing = null;
  }

  function next(key: string): number | Promise<number> {
    let block = blocks.get(key);
    if (!block) {
      block = { next: 0, end: 0, leasing: null };
      blocks.set(key, block);
    }
    if (block.next < block.end) return block.next++;
    if (block.leasing === null) {
      if (!circuit.mayTry()) {
        block.end = block.next + BLOCK;
        return block.next++;
      }
      block.leasing = lease(key, block);
    }
    return block.leasing.then(() => next(key));
  }
  return { next };
}
