/** Calls that run at once under one name; a ceiling for them. */
export interface ConcurrencyLimit {
  key: string;
  limit: number;
}

/**
 * Slots of running calls. They are this process's own, so nothing is left behind when it is killed;
 * with several processes each has its share of a ceiling, and never less than one slot.
 */
export class ConcurrencySlots {
  readonly #running = new Map<string, number>();
  readonly #processes: () => number;

  /** @param processes how many share a ceiling now. */
  constructor(processes: () => number) {
    this.#processes = processes;
  }

  /** Takes a slot of every limit, or of none. @returns the limit that is full, or null. */
  acquire(limits: readonly ConcurrencyLimit[]): ConcurrencyLimit | null {
    const processes = this.#processes();
    for (const limit of limits) {
      const share = Math.max(1, Math.floor(limit.limit / processes));
      if ((this.#running.get(limit.key) ?? 0) >= share) return limit;
    }
    for (const { key } of limits) this.#running.set(key, (this.#running.get(key) ?? 0) + 1);
    return null;
  }

  /** Once for every `acquire` that took slots, with the same limits. */
  release(limits: readonly ConcurrencyLimit[]): void {
    for (const { key } of limits) {
      const running = (this.#running.get(key) ?? 1) - 1;
      if (running > 0) this.#running.set(key, running);
      else this.#running.delete(key);
    }
  }
}
