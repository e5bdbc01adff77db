import { LRUCache } from 'lru-cache';
import type { Clock } from '../infra/clock.ts';

interface Entry<T> {
  value: T | null;
  readAtMs: number;
  owner: string;
  refreshing: boolean;
}

interface Load<T> {
  promise: Promise<T | null>;
  /** Something changed while it ran: what it read may be from before. */
  stale: boolean;
}

export interface LazyTableOptions<T> {
  load: (key: string) => Promise<T | null>;
  /** The organization whose changes make an entry old. */
  ownerOf: (value: T) => string;
  clock: Clock;
  maxEntries: number;
  /** Entries older than this are never used. */
  ttlMs: number;
  /** Entries in use are read again in the background from this age on. */
  refreshMs: number;
}

/** How often a read starts over because of changes in the meantime, before it is used uncached. */
const MAX_READS = 3;
/** Owner of entries that say that something does not exist: any insert may change that. */
const NOBODY = '';

/**
 * Rows the gateway asks for again and again, read when first needed. Equal reads are shared, absence
 * is remembered too, and changes that arrive during a read make it start over.
 */
export class LazyTable<T> {
  readonly #options: LazyTableOptions<T>;
  readonly #entries: LRUCache<string, Entry<T>>;
  readonly #keysByOwner = new Map<string, Set<string>>();
  readonly #loads = new Map<string, Load<T>>();

  constructor(options: LazyTableOptions<T>) {
    this.#options = options;
    this.#entries = new LRUCache<string, Entry<T>>({
      max: options.maxEntries,
      dispose: (entry, key) => this.#unlink(entry.owner, key),
    });
  }

  /** The value when it is known and young enough; undefined: ask `load`. */
  peek(key: string): T | null | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const ageMs = this.#options.clock.now() - entry.readAtMs;
    if (ageMs >= this.#options.ttlMs || ageMs < 0) return undefined;
    if (ageMs >= this.#options.refreshMs && !entry.refreshing) {
      entry.refreshing = true;
      this.load(key).catch(() => {
        // The entry serves until its time is over; the next read reports the failure.
        entry.refreshing = false;
      });
    }
    return entry.value;
  }

  /** Reads the row, together with everybody else who is waiting for it. */
  load(key: string): Promise<T | null> {
    const running = this.#loads.get(key);
    if (running) return running.promise;
    const load: Load<T> = { promise: Promise.resolve(null), stale: false };
    load.promise = this.#read(key, load).finally(() => this.#loads.delete(key));
    this.#loads.set(key, load);
    return load.promise;
  }

  /** Forgets what belongs to this organization, and everything that was absent. */
  invalidate(owner: string): void {
    for (const load of this.#loads.values()) load.stale = true;
    this.#forget(owner);
    this.#forget(NOBODY);
  }

  clear(): void {
    for (const load of this.#loads.values()) load.stale = true;
    this.#entries.clear();
  }

  get size(): number {
    return this.#entries.size;
  }

  async #read(key: string, load: Load<T>): Promise<T | null> {
    for (let reads = 1; ; reads++) {
      load.stale = false;
      const readAtMs = this.#options.clock.now();
      const value = await this.#options.load(key);
      if (!load.stale) {
        this.#store(key, value, readAtMs);
        return value;
      }
      if (reads === MAX_READS) return value;
    }
  }

  #store(key: string, value: T | null, readAtMs: number): void {
    const owner = value === null ? NOBODY : this.#options.ownerOf(value);
    this.#entries.set(key, { value, readAtMs, owner, refreshing: false });
    const keys = this.#keysByOwner.get(owner);
    if (keys) keys.add(key);
    else this.#keysByOwner.set(owner, new Set([key]));
  }

  #forget(owner: string): void {
    const keys = this.#keysByOwner.get(owner);
    if (!keys) return;
    for (const key of [...keys]) this.#entries.delete(key);
  }

  #unlink(owner: string, key: string): void {
    const keys = this.#keysByOwner.get(owner);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysByOwner.delete(owner);
  }
}
