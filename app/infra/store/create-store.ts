import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';
import { createMemoryStore } from './memory-store.ts';
import { createRedisStore } from './redis-store.ts';
import type { Store } from './store.ts';

export interface StoreOptions {
  /** Null: everything stays in this process. */
  redis: Config['redis'];
  clock: Clock;
  logger: Pick<Logger, 'warn' | 'info'>;
}

/** Redis when it is configured, else memory. */
export function createStore({ redis, clock, logger }: StoreOptions): Store {
  return redis ? createRedisStore({ redis, clock, logger }) : createMemoryStore(clock);
}
