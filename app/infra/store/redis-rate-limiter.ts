import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Circuit } from './circuit.ts';
import { Lease } from './lease.ts';
import { assertCost, createMemoryRateLimiter, type MemoryRateLimiter } from './memory-rate-limiter.ts';
import type { RedisClients } from './redis-clients.ts';
import type { ProcessCount } from './redis-processes.ts';
import type { RateLimit, RateLimitDecision, RateLimiter } from './store.ts';

export interface RedisRateLimiterOptions {
  clients: RedisClients;
  circuit: Circuit;
  clock: Clock;
  /** Who shares the limits. */
  processes: Pick<ProcessCount, 'count' | 'join'>;
}

const LIMIT_PREFIX = 'tg:limit:';
/** Beyond this the windows looked at longest ago go; what was leased of them counts as spent. */
const MAX_KEYS = 100_000;
/** How often what was not spent, or was estimated wrongly, is told. */
const TELL_EVERY_MS = 250;
const MAX_KEYS_PER_TELL = 200;
const UNLIMITED: RateLimit = { key: '', limit: Number.MAX_SAFE_INTEGER, windowMs: 0 };

/** One limit of a call that goes to Redis. */
interface Asked {
  limit: RateLimit;
  lease: Lease;
  wanted: number;
  leaseMs: number;
  owed: number;
  returns: number[];
}

/**
 * Limits of all processes together. Busy windows are leased in slices, so that most calls are decided
 * here; the rest ask. Never more than the limit is admitted in any window, as far as the machines'
 * clocks agree. While Redis is away each process admits its share, in windows that begin empty.
 */
export class RedisRateLimiter implements RateLimiter {
  readonly #clients: RedisClients;
  readonly #circuit: Circuit;
  readonly #clock: Clock;
  readonly #processes: RedisRateLimiterOptions['processes'];
  readonly #memory: MemoryRateLimiter;
  readonly #leases = new LRUCache<string, Lease>({ max: MAX_KEYS });
  /** Those that hold units or owe something. */
  readonly #open = new Set<Lease>();
  #telling: NodeJS.Timeout | null = null;

  constructor({ clients, circuit, clock, processes }: RedisRateLimiterOptions) {
    this.#clients = clients;
    this.#circuit = circuit;
    this.#clock = clock;
    this.#processes = processes;
    this.#memory = createMemoryRateLimiter(clock);
  }

  take(limits: readonly RateLimit[], cost = 1): RateLimitDecision | Promise<RateLimitDecision> {
    assertCost(cost);
    if (limits.length === 0) return this.#memory.take(limits, cost);
    const now = this.#clock.now();
    let covered = true;
    let refusing: Lease | null = null;
    let refused: RateLimit | null = null;
    for (const limit of limits) {
      const lease = this.#find(limit);
      covered &&= lease !== null && lease.covers(cost, now);
      if (lease?.refuses(cost, now) && (refusing === null || lease.retryAt > refusing.retryAt)) {
        refusing = lease;
        refused = limit;
      }
    }
    if (refusing !== null) return describe(refused!, refusing, now, false);
    if (covered) return this.#spend(limits, cost, now);
    if (!this.#circuit.mayTry()) return this.#takeShare(limits, cost);
    return this.#ask(limits, cost, now);
  }

  async peek(limits: readonly RateLimit[]): Promise<RateLimitDecision> {
    if (limits.length === 0 || !this.#circuit.mayTry()) return this.#memory.peek(this.#sharesOf(limits, 1));
    const now = this.#clock.now();
    const asked = limits.map((limit) => this.#prepare(limit, null));
    const refused = await this.#run(asked, 1, now, false);
    if (refused === null) return this.#memory.peek(this.#sharesOf(limits, 1));
    return this.#decide(limits, refused, now);
  }

  adjust(limits: readonly RateLimit[], units: number, takenAtMs: number): void {
    const now = this.#clock.now();
    // While Redis is away the take was counted here.
    if (this.#circuit.isOpen) this.#memory.adjust(limits, units, takenAtMs);
    for (const limit of limits) {
      const lease = this.#findOrAdd(limit);
      lease.adjust(units, takenAtMs, now);
      this.#remember(lease);
    }
  }

  async reset(key: string): Promise<void> {
    this.#memory.reset(key);
    for (let lease = this.#leases.get(key) ?? null; lease !== null; lease = lease.next)
      this.#open.delete(lease);
    this.#leases.delete(key);
    if (!this.#circuit.mayTry()) return;
    try {
      await this.#clients.next().del(LIMIT_PREFIX + key);
      this.#circuit.succeeded();
    } catch (error) {
      this.#circuit.failed(error);
    }
  }

  /** Gives back what was not spent. */
  async close(): Promise<void> {
    if (this.#telling) clearTimeout(this.#telling);
    await this.#tell(true);
  }

  #find(limit: RateLimit): Lease | null {
    let lease = this.#leases.get(limit.key) ?? null;
    while (lease !== null && lease.windowMs !== limit.windowMs) lease = lease.next;
    return lease !== null && lease.limit === limit.limit ? lease : null;
  }

  #findOrAdd(limit: RateLimit): Lease {
    const first = this.#leases.get(limit.key) ?? null;
    for (let lease = first; lease !== null; lease = lease.next) {
      if (lease.windowMs !== limit.windowMs) continue;
      // Another limit under the same key: a changed plan. What the old one refused may fit now.
      if (lease.limit !== limit.limit) lease.refusedUntil = 0;
      lease.limit = limit.limit;
      return lease;
    }
    const added = new Lease(limit, first);
    this.#leases.set(limit.key, added);
    return added;
  }

  /** All limits have slices: nothing to wait for. */
  #spend(limits: readonly RateLimit[], cost: number, now: number): RateLimitDecision {
    for (const limit of limits) {
      const lease = this.#find(limit)!;
      lease.spend(cost);
      if (lease.isEnding(now)) this.#renew(limit, now);
    }
    return this.#tightest(limits, now);
  }

  /** Ahead of need, so that nobody waits for it. */
  #renew(limit: RateLimit, now: number): void {
    if (!this.#circuit.mayTry()) return;
    void this.#run([this.#prepare(limit, now)], 0, now, true);
  }

  /**
   * What is not covered is taken at Redis, all or none; what is covered is spent before, so that nobody
   * else spends it meanwhile, and comes back when another limit refuses.
   */
  async #ask(limits: readonly RateLimit[], cost: number, now: number): Promise<RateLimitDecision> {
    this.#processes.join();
    const asked: Asked[] = [];
    const spent: { lease: Lease; at: number }[] = [];
    for (const limit of limits) {
      const lease = this.#findOrAdd(limit);
      if (lease.covers(cost, now)) {
        lease.spend(cost);
        spent.push({ lease, at: lease.at });
      } else {
        lease.note(cost);
        lease.close();
        asked.push(this.#prepare(limit, lease.asking ? null : now));
      }
    }
    const refused = await this.#run(asked, cost, now, true);
    if (refused !== 0) {
      for (const { lease, at } of spent) {
        lease.unspend(cost, at);
        this.#remember(lease);
      }
    }
    if (refused === null) return this.#takeShare(limits, cost);
    if (refused > 0) return this.#decide([asked[refused - 1]!.limit], 1, now);
    return this.#tightest(limits, now);
  }

  /** @param wantsAt when a slice is wanted too: now; null: none, and what is held goes back. */
  #prepare(limit: RateLimit, wantsAt: number | null): Asked {
    const lease = this.#findOrAdd(limit);
    if (wantsAt === null && !lease.asking) lease.close();
    const { owed, returns, leaseMs } = lease;
    lease.owed = 0;
    lease.returns = [];
    const wanted = wantsAt === null ? 0 : lease.wanted(wantsAt);
    if (wanted > 0) lease.asking = true;
    return { limit, lease, wanted, leaseMs, owed, returns };
  }

  /**
   * Runs the script and takes over what it says. Debts of a failed run are dropped, as it may have run.
   * @returns the index (from 1) of the limit that refused, 0 for none, or null without an answer.
   */
  async #run(asked: readonly Asked[], cost: number, now: number, taking: boolean): Promise<number | null> {
    const keys = asked.map(({ limit }) => LIMIT_PREFIX + limit.key);
    const parameters = asked.flatMap(({ limit, wanted, leaseMs, owed, returns }) => [
      limit.limit,
      limit.windowMs,
      wanted,
      leaseMs,
      owed,
      returns.length / 2,
      ...returns,
    ]);
    let reply: number[];
    try {
      reply = await this.#clients
        .next()
        .tgTake(keys.length, ...keys, now, cost, taking ? 1 : 0, ...parameters);
      this.#circuit.succeeded();
    } catch (error) {
      this.#circuit.failed(error);
      return null;
    } finally {
      for (const { lease, wanted } of asked) if (wanted > 0) lease.asking = false;
    }
    const [, refused = 0, retryAfterMs = 0] = reply;
    for (const [index, { lease, leaseMs }] of asked.entries()) {
      const [left = 0, resetMs = 0, slice = 0, stampedAt = 0] = reply.slice(3 + index * 4);
      lease.left = left;
      lease.emptyAt = now + resetMs;
      if (slice > 0) {
        lease.open(slice, stampedAt, now + leaseMs);
        this.#remember(lease);
      }
    }
    if (refused > 0) asked[refused - 1]!.lease.refuse(cost, now, retryAfterMs);
    return refused;
  }

  #decide(limits: readonly RateLimit[], refused: number, now: number): RateLimitDecision {
    if (refused === 0) return this.#tightest(limits, now);
    const limit = limits[refused - 1]!;
    return describe(limit, this.#findOrAdd(limit), now, false);
  }

  #tightest(limits: readonly RateLimit[], now: number): RateLimitDecision {
    let tightest = UNLIMITED;
    let found: Lease | null = null;
    let least = Infinity;
    for (const limit of limits) {
      const lease = this.#findOrAdd(limit);
      if (lease.left + lease.units >= least) continue;
      least = lease.left + lease.units;
      tightest = limit;
      found = lease;
    }
    return describe(tightest, found!, now, true);
  }

  #takeShare(limits: readonly RateLimit[], cost: number): RateLimitDecision {
    const shares = this.#sharesOf(limits, cost);
    const decision = this.#memory.take(shares, cost);
    return { ...decision, limit: limits[shares.indexOf(decision.limit)]! };
  }

  /** This process's part of each limit; a cost that fits the limit fits its share. */
  #sharesOf(limits: readonly RateLimit[], cost: number): readonly RateLimit[] {
    const processes = this.#processes.count();
    if (processes === 1) return limits;
    return limits.map((limit) => ({
      ...limit,
      limit: Math.min(limit.limit, Math.max(cost, Math.floor(limit.limit / processes))),
    }));
  }

  #remember(lease: Lease): void {
    this.#open.add(lease);
    this.#telling ??= setTimeout(() => void this.#tell(false), TELL_EVERY_MS).unref();
  }

  /** Gives back slices whose time is over, and settles debts. */
  async #tell(all: boolean): Promise<void> {
    this.#telling = null;
    const now = this.#clock.now();
    const due: Asked[] = [];
    for (const lease of this.#open) {
      if (due.length >= MAX_KEYS_PER_TELL) break;
      if (all || now >= lease.until) lease.close();
      if (lease.units === 0) this.#open.delete(lease);
      if (lease.hasDebts) due.push(this.#settleOf(lease));
    }
    // A try that fails would only cost the debts that stand.
    if (due.length > 0 && !this.#circuit.isOpen) await this.#run(due, 0, now, false);
    if (this.#open.size > 0 && !all) {
      this.#telling ??= setTimeout(() => void this.#tell(false), TELL_EVERY_MS).unref();
    }
  }

  #settleOf(lease: Lease): Asked {
    const { owed, returns, leaseMs } = lease;
    lease.owed = 0;
    lease.returns = [];
    return { limit: lease, lease, wanted: 0, leaseMs, owed, returns };
  }
}

function describe(limit: RateLimit, lease: Lease, now: number, allowed: boolean): RateLimitDecision {
  return {
    allowed,
    limit,
    remaining: lease.left + lease.units,
    retryAfterMs: allowed ? 0 : Math.max(0, lease.retryAt - now),
    resetMs: Math.max(0, lease.emptyAt - now),
  };
}
