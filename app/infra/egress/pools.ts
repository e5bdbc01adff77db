import { Pool, type buildConnector } from 'undici';
import type { EgressPool } from './egress.ts';

export interface Pools {
  /** The pool of this owner and origin; made on first use. */
  get(pool: EgressPool): Pool;
  /** How many are open. */
  readonly size: number;
  close(): Promise<void>;
}

interface PoolsOptions {
  maxPools: number;
  /** A pool that sat idle between two sweeps is closed. */
  sweepIntervalMs: number;
  /** @throws AppError `blocked_target` for an origin that must not be reached. */
  connectorFor(pool: EgressPool): buildConnector.connector;
}

interface Entry {
  pool: Pool;
  usedSinceSweep: boolean;
}

// Streams hold theirs for minutes; how many calls may run is the service's to say, not the pool's.
const MAX_CONNECTIONS = 10_000;
const MAX_HEADER_BYTES = 64 * 1024;
// Below the 5 s at which common servers (Node, uvicorn) drop idle connections without telling.
const KEEP_ALIVE_MS = 4_000;
const KEEP_ALIVE_MAX_MS = 60_000;
const CLOSE_GRACE_MS = 2_000;

/** Connection pools per owner, origin and proxy node: bounded in number, closed when idle, never shared. */
export function createPools({ maxPools, sweepIntervalMs, connectorFor }: PoolsOptions): Pools {
  const entries = new Map<string, Entry>();
  let sweeper: NodeJS.Timeout | undefined;

  function retire(key: string, entry: Entry): void {
    entries.delete(key);
    // Graceful: running calls finish, new ones find a new pool.
    entry.pool.close().catch(() => undefined);
  }

  function sweep(): void {
    for (const [key, entry] of entries) {
      if (entry.usedSinceSweep || isBusy(entry.pool)) entry.usedSinceSweep = false;
      else retire(key, entry);
    }
    if (entries.size > 0) return;
    clearInterval(sweeper);
    sweeper = undefined;
  }

  function makeRoom(): void {
    if (entries.size < maxPools) return;
    let victim: [string, Entry] | undefined;
    for (const candidate of entries) {
      victim ??= candidate;
      if (isBusy(candidate[1].pool)) continue;
      victim = candidate;
      if (!candidate[1].usedSinceSweep) break;
    }
    if (victim) retire(...victim);
  }

  function open(key: string, target: EgressPool): Pool {
    const connect = connectorFor(target);
    makeRoom();
    const pool = new Pool(target.origin, {
      connect,
      connections: MAX_CONNECTIONS,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    entries.set(key, { pool, usedSinceSweep: true });
    sweeper ??= setInterval(sweep, sweepIntervalMs).unref();
    return pool;
  }

  return {
    get(target) {
      const key = `${target.poolKey} ${target.connectTimeoutMs} ${target.origin} ${target.via?.key ?? ''}`;
      const entry = entries.get(key);
      if (entry === undefined) return open(key, target);
      entry.usedSinceSweep = true;
      return entry.pool;
    },
    get size() {
      return entries.size;
    },
    async close() {
      clearInterval(sweeper);
      const pools = [...entries.values()].map((entry) => entry.pool);
      entries.clear();
      await Promise.all(pools.map(closeWithin));
    },
  };
}

function isBusy(pool: Pool): boolean {
  const { running, pending, queued } = pool.stats;
  return running + pending + queued > 0;
}

/** Lets running calls finish for a moment, then cuts them off. */
async function closeWithin(pool: Pool): Promise<void> {
  const timer = setTimeout(() => void pool.destroy().catch(() => undefined), CLOSE_GRACE_MS);
  try {
    await pool.close();
  } catch {
    // Destroyed meanwhile: closed all the same.
  } finally {
    clearTimeout(timer);
  }
}
