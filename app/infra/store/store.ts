/**
 * Shared short-lived state: rate-limit windows and hot caches. Holds nothing that must not be lost.
 * Two implementations, memory and Redis, pass one contract test.
 */

/** At most `limit` units in any `windowMs`, under `key`. */
export interface RateLimit {
  key: string;
  limit: number;
  windowMs: number;
}

export interface RateLimitDecision {
  allowed: boolean;
  /** The limit that refused, or the one with the least left. */
  limit: RateLimit;
  /** Units left in that limit's window. */
  remaining: number;
  /** Milliseconds until the window has room for `cost` again; 0 when allowed. */
  retryAfterMs: number;
  /** Milliseconds until the window is empty if nothing more comes. */
  resetMs: number;
}

export interface RateLimiter {
  /**
   * Takes `cost` units from every limit, or from none. Answers without a promise when it can:
   * the gateway's hot path awaits only what has to be awaited.
   */
  take(limits: readonly RateLimit[], cost?: number): RateLimitDecision | Promise<RateLimitDecision>;
  /** Reads the state without taking anything. */
  peek(limits: readonly RateLimit[]): RateLimitDecision | Promise<RateLimitDecision>;
  /**
   * Corrects a take whose cost was an estimate: so many units more, which are never refused, or fewer.
   * @param takenAtMs the clock at the take.
   */
  adjust(limits: readonly RateLimit[], units: number, takenAtMs: number): void;
  /** Forgets a window, e.g. after a successful log-in. */
  reset(key: string): void | Promise<void>;
}

export interface Cache {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Larger values: whole answers. What does not fit is not kept. */
export interface BlobCache {
  get(key: string): Buffer | null | Promise<Buffer | null>;
  /** Nobody waits for it: a value that is not kept is only asked for again. */
  set(key: string, value: Buffer, ttlMs: number): void;
}

export interface Counters {
  /**
   * A number that no other caller of any process gets for this key: 0, 1, 2, … with small gaps, for
   * round robins. A counter that rests for a day, or whose server is away, may begin anew.
   */
  next(key: string): number | Promise<number>;
}

export interface Store {
  readonly kind: 'memory' | 'redis';
  rateLimits: RateLimiter;
  cache: Cache;
  blobs: BlobCache;
  counters: Counters;
  /** True when the backing server answers; memory always does. */
  isHealthy(): Promise<boolean>;
  /** Processes that take from limits, as last heard; 1 without a server. What each keeps by itself is divided by it. */
  processes(): number;
  close(): Promise<void>;
}
