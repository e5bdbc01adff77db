import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { createCircuit, type Circuit } from './circuit.ts';
import { createRedisClients, type RedisClients } from './redis-clients.ts';
import { createRedisCounters } from './redis-counters.ts';
import { countProcesses } from './redis-processes.ts';
import { RedisRateLimiter } from './redis-rate-limiter.ts';
import type { BlobCache, Cache, Store } from './store.ts';

export interface RedisStoreOptions {
  redis: { url: string; poolSize: number; commandTimeoutMs?: number };
  clock: Clock;
  logger: Pick<Logger, 'warn' | 'info'>;
}

const CACHE_PREFIX = 'tg:cache:';
const BLOB_PREFIX = 'tg:blob:';
const HEALTH_DEADLINE_MS = 500;
const HEALTH_RETRY_MS = 10;

/**
 * Shared between processes. While Redis is away each process admits its share of a limit, by the number
 * of processes last heard of, and caches are empty; nobody waits longer than one command timeout.
 */
export function createRedisStore({ redis, clock, logger }: RedisStoreOptions): Store {
  const clients = createRedisClients(redis);
  const circuit = createCircuit(logger, () => clients.next().ping());
  const processes = countProcesses(clients);
  const rateLimits = new RedisRateLimiter({ clients, circuit, clock, processes });
  return {
    kind: 'redis',
    rateLimits,
    cache: createRedisCache(clients, circuit),
    blobs: createRedisBlobs(clients, circuit),
    counters: createRedisCounters(clients, circuit),
    processes: processes.count,
    isHealthy: () => answersWithin(clients, HEALTH_DEADLINE_MS),
    async close() {
      await Promise.all([rateLimits.close(), processes.close()]);
      clients.close();
    },
  };
}

/** Runs `ask` unless Redis is known to be away; `fallback` answers in its place. */
async function orElse<T>(circuit: Circuit, ask: () => Promise<T>, fallback: () => T): Promise<T> {
  try {
    const answer = await ask();
    circuit.succeeded();
    return answer;
  } catch (error) {
    circuit.failed(error);
    return fallback();
  }
}

/** A `delete` that Redis does not hear leaves the value until its TTL: keep TTLs short. */
function createRedisCache(clients: RedisClients, circuit: Circuit): Cache {
  return {
    async get(key) {
      if (!circuit.mayTry()) return null;
      return orElse(
        circuit,
        () => clients.next().get(CACHE_PREFIX + key),
        () => null,
      );
    },
    async set(key, value, ttlMs) {
      if (!circuit.mayTry()) return;
      const client = clients.next();
      const write = async (): Promise<void> => {
        if (ttlMs <= 0) await client.del(CACHE_PREFIX + key);
        else await client.set(CACHE_PREFIX + key, value, 'PX', Math.ceil(ttlMs));
      };
      await orElse(circuit, write, () => undefined);
    },
    async delete(key) {
      if (!circuit.mayTry()) return;
      await orElse(
        circuit,
        async () => void (await clients.next().del(CACHE_PREFIX + key)),
        () => undefined,
      );
    },
  };
}

function createRedisBlobs(clients: RedisClients, circuit: Circuit): BlobCache {
  return {
    get(key) {
      if (!circuit.mayTry()) return null;
      return orElse(
        circuit,
        () => clients.next().getBuffer(BLOB_PREFIX + key),
        () => null,
      );
    },
    set(key, value, ttlMs) {
      if (ttlMs <= 0 || !circuit.mayTry()) return;
      void orElse(
        circuit,
        async () => void (await clients.next().set(BLOB_PREFIX + key, value, 'PX', Math.ceil(ttlMs))),
        () => undefined,
      );
    },
  };
}

/** A client that is still connecting gets a moment, so that a start is not reported as an outage. */
async function answersWithin(clients: RedisClients, deadlineMs: number): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  do {
    try {
      return (await clients.next().ping()) === 'PONG';
    } catch {
      await new Promise((resolve) => setTimeout(resolve, HEALTH_RETRY_MS));
    }
  } while (performance.now() < deadline);
  return false;
}
