import { Redis } from 'ioredis';
import { BEAT_SCRIPT } from './redis-processes.ts';
import { TAKE_SCRIPT } from './take-script.ts';

/** A connection that knows our scripts. */
export interface LimiterClient extends Redis {
  tgTake(numberOfKeys: number, ...keysAndArguments: (string | number)[]): Promise<number[]>;
  tgBeat(numberOfKeys: number, key: string, id: string, silenceMs: number): Promise<number>;
}

export interface RedisClients {
  /** Round robin. */
  next(): LimiterClient;
  close(): void;
}

interface RedisClientsOptions {
  url: string;
  poolSize: number;
  /** Default 50. */
  commandTimeoutMs?: number;
}

const COMMAND_TIMEOUT_MS = 50;
const CONNECT_TIMEOUT_MS = 1_000;
const MAX_RECONNECT_DELAY_MS = 1_000;

/** Connections that fail at once instead of waiting: nothing in Redis is worth a caller's time. */
export function createRedisClients({ url, poolSize, commandTimeoutMs }: RedisClientsOptions): RedisClients {
  const timeoutMs = commandTimeoutMs ?? COMMAND_TIMEOUT_MS;
  const clients = Array.from({ length: Math.max(1, poolSize) }, () => connect(url, timeoutMs));
  let turn = 0;
  return {
    next() {
      turn = (turn + 1) % clients.length;
      return clients[turn]!;
    },
    close() {
      for (const client of clients) client.disconnect();
    },
  };
}

function connect(url: string, commandTimeoutMs: number): LimiterClient {
  const client = new Redis(url, {
    commandTimeout: commandTimeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: (attempt) => Math.min(50 * attempt, MAX_RECONNECT_DELAY_MS),
    connectionName: 'tollgate',
    scripts: { tgTake: { lua: TAKE_SCRIPT }, tgBeat: { lua: BEAT_SCRIPT } },
  });
  // Every failed command reports itself to the circuit; without a listener the event would be fatal.
  client.on('error', () => undefined);
  return client as LimiterClient;
}
