import type { Sql } from '../../db/client.ts';
import {
  findEgressPool,
  recordEgressMarks,
  type DialableEgressPool,
  type EgressMark,
  type SealedEgressProxy,
} from '../domain/metering/index.ts';
import type { Clock } from '../infra/clock.ts';
import type { EgressPool } from '../infra/egress/egress.ts';
import { EgressRoute, chooseRoute } from '../infra/egress/egress-route.ts';
import { RouteHealth } from '../infra/egress/route-health.ts';
import type { Keyring } from '../infra/keyring.ts';
import type { Logger } from '../infra/logger.ts';
import { AppError } from '../lib/app-error.ts';
import { withDeadline } from './deadline.ts';
import { LazyTable } from './lazy-table.ts';

/** Where to dial an upstream: its connections, through a node of its pool when it names one. */
export function poolFor(
  routes: EgressRoutes,
  { pool, egressPoolId }: { pool: EgressPool; egressPoolId: string | null },
): EgressPool | Promise<EgressPool> {
  if (egressPoolId === null) return pool;
  const via = routes.choose(egressPoolId);
  return via instanceof Promise ? via.then((chosen) => ({ ...pool, via: chosen })) : { ...pool, via };
}

interface CompiledPool {
  organizationId: string;
  routes: EgressRoute[];
}

export interface EgressRoutesOptions {
  sql: Sql;
  clock: Clock;
  keyring: Keyring;
  logger: Logger;
  /** How long the database may take, in ms. */
  deadlineMs: number;
}

const CHANNEL = 'tollgate_changes';
const TTL_MS = 5_000;
const REFRESH_MS = 4_000;
const MAX_POOLS = 1_000;
const MAX_NODES = 20_000;
const WRITE_MS = 1_000;

/**
 * The proxy nodes of upstreams' pools. What dialling teaches about a node stays here while the pool is
 * read again and again, and is written every second for its owner and for other processes.
 */
export class EgressRoutes {
  readonly #options: EgressRoutesOptions;
  readonly #pools: LazyTable<CompiledPool>;
  readonly #healthByKey = new Map<string, RouteHealth>();
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #unlisten: (() => Promise<unknown>) | undefined;

  constructor(options: EgressRoutesOptions) {
    this.#options = options;
    this.#pools = new LazyTable({
      clock: options.clock,
      ttlMs: TTL_MS,
      refreshMs: REFRESH_MS,
      maxEntries: MAX_POOLS,
      ownerOf: (pool) => pool.organizationId,
      load: (poolId) => this.#load(poolId),
    });
  }

  /**
   * The node for the next connection of a pool.
   * @throws AppError `no_healthy_upstream` when all its nodes are out: never directly instead.
   */
  choose(poolId: string): EgressRoute | Promise<EgressRoute> {
    const pool = this.#pools.peek(poolId);
    return pool === undefined ? this.#pools.load(poolId).then(chooseFrom) : chooseFrom(pool);
  }

  async start(): Promise<void> {
    const listening = await this.#options.sql.listen(
      CHANNEL,
      (payload) => this.#onChange(payload),
      () => this.#pools.clear(),
    );
    this.#unlisten = () => listening.unlisten();
  }

  /** Writes what was learnt since the last time. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const keys = [...this.#changed];
    const marks = keys.flatMap((key) => this.#markOf(key));
    if (marks.length === 0) return;
    try {
      await recordEgressMarks(this.#options, marks);
      for (const key of keys) this.#changed.delete(key);
    } catch (error) {
      // They matter to this process first, and it has them.
      this.#options.logger.warn({ err: error, marks: marks.length }, 'marks of proxies could not be written');
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#unlisten?.().catch((error: unknown) =>
      this.#options.logger.debug({ err: error }, 'unlisten failed'),
    );
  }

  #onChange(payload: string): void {
    const [table = '', , organizationId = ''] = payload.split(':');
    if (table === 'egress_pools' || table === 'egress_proxies') this.#pools.invalidate(organizationId);
  }

  async #load(poolId: string): Promise<CompiledPool | null> {
    const { deadlineMs } = this.#options;
    const pool = await withDeadline(findEgressPool(this.#options, { poolId }), deadlineMs);
    if (pool === null) return null;
    return {
      organizationId: pool.organizationId,
      routes: pool.proxies.flatMap((proxy) => this.#compile(proxy, pool)),
    };
  }

  /** Fails closed: a node whose password does not open is left out. */
  #compile(proxy: SealedEgressProxy, pool: DialableEgressPool): EgressRoute[] {
    const { keyring, logger } = this.#options;
    try {
      const { protocol, host, port, username, passwordEnvelope, weight } = proxy;
      const password = passwordEnvelope && keyring.open(passwordEnvelope, `egress-proxy:${proxy.id}`);
      return [
        new EgressRoute({
          address: { protocol, host, port, username, password },
          key: keyOf(proxy),
          weight,
          health: this.#healthOf(proxy, pool),
          trusted: false,
        }),
      ];
    } catch (error) {
      logger.error({ err: error, proxyId: proxy.id }, 'a password of a proxy does not open');
      return [];
    }
  }

  /**
   * One for each node as long as it is the same: open connections report to it. What another process has
   * found is taken over, unless we know something that is not written yet.
   */
  #healthOf(proxy: SealedEgressProxy, { readAtMs }: DialableEgressPool): RouteHealth {
    const key = keyOf(proxy);
    const { clock } = this.#options;
    const retryAtMs = proxy.retryAtMs === null ? 0 : clock.now() + proxy.retryAtMs - readAtMs;
    const marks = { failures: proxy.failures, retryAtMs, latencyMs: proxy.latencyMs };
    const known = this.#healthByKey.get(key);
    if (known) {
      if (known.marks.failures !== marks.failures && !this.#changed.has(key)) known.adopt(marks);
      return known;
    }
    const health = new RouteHealth(clock, marks, () => this.#remember(key));
    if (this.#healthByKey.size >= MAX_NODES) this.#healthByKey.clear();
    this.#healthByKey.set(key, health);
    return health;
  }

  #remember(key: string): void {
    this.#changed.add(key);
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_MS).unref();
  }

  #markOf(key: string): EgressMark[] {
    const marks = this.#healthByKey.get(key)?.marks;
    if (!marks) return [];
    const retryInMs = marks.retryAtMs === 0 ? null : marks.retryAtMs - this.#options.clock.now();
    return [
      { proxyId: key.split(' ', 1)[0]!, failures: marks.failures, retryInMs, latencyMs: marks.latencyMs },
    ];
  }
}

function keyOf({ id, version }: SealedEgressProxy): string {
  return `${id} ${version}`;
}

function chooseFrom(pool: CompiledPool | null): EgressRoute {
  const route = pool && chooseRoute(pool.routes);
  if (route) return route;
  throw new AppError(
    'no_healthy_upstream',
    'None of the proxies that the service is reached through works.',
    {
      retryAfterSeconds: 10,
    },
  );
}
