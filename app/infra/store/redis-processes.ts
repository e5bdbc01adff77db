import { randomUUID } from 'node:crypto';
import type { RedisClients } from './redis-clients.ts';

export interface ProcessCount {
  /** Processes that share limits over this Redis, as last heard; at least this one, which is one of them now. */
  count(): number;
  /** This process takes from limits: from now on it is counted. Workers and commands never do. */
  join(): void;
  close(): Promise<void>;
}

const PROCESSES_KEY = 'tg:processes';
const BEAT_MS = 5_000;
/** Until the first answer: Redis may still be connecting. */
const FIRST_BEAT_MS = 200;
/** Who was not heard of for so long is gone. */
const SILENCE_MS = 15_000;

/**
 * Once joined, says every few seconds that this process lives, and hears how many do. While Redis is away
 * the last word holds.
 */
export function countProcesses(clients: RedisClients): ProcessCount {
  const id = randomUUID();
  const state = { count: 1, joined: false, heard: false, closed: false };
  let timer: NodeJS.Timeout | undefined;

  async function beat(): Promise<void> {
    try {
      state.count = Math.max(1, await clients.next().tgBeat(1, PROCESSES_KEY, id, SILENCE_MS));
      state.heard = true;
    } catch {
      // The last word holds.
    }
    if (!state.closed) timer = setTimeout(() => void beat(), state.heard ? BEAT_MS : FIRST_BEAT_MS).unref();
  }

  function join(): void {
    if (state.joined || state.closed) return;
    state.joined = true;
    void beat();
  }

  return {
    join,
    count() {
      join();
      return state.count;
    },
    async close() {
      state.closed = true;
      clearTimeout(timer);
      if (!state.joined) return;
      await clients
        .next()
        .zrem(PROCESSES_KEY, id)
        .catch(() => undefined);
    },
  };
}

/** By the clock of Redis, so that machines need not agree. ARGV: id, silence in ms. */
export const BEAT_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
`;
