/** Collects what many calls want from the database into few statements. */

export interface BatcherOptions<T> {
  /** Must not reject: what fails is its own affair. */
  run: (items: T[]) => Promise<void>;
  maxItems: number;
  /** What an item counts for; one, if nothing is said. */
  sizeOf?: ((item: T) => number) | undefined;
  /** Batches under way at once. */
  maxInFlight: number;
  /** How long the first item of a batch waits for company, in ms; 0: until the event loop turns. */
  lingerMs: () => number;
  /**
   * How long a batch under way keeps the next one waiting, in ms. Usually it is back before, and the
   * next is all the larger; one that is stuck behind a lock does not hold up the others for longer.
   */
  patienceMs: number;
}

export class Batcher<T> {
  readonly #options: BatcherOptions<T>;
  #queue: T[] = [];
  #inFlight = 0;
  #cancel: (() => void) | null = null;
  #idle: (() => void)[] = [];

  constructor(options: BatcherOptions<T>) {
    this.#options = options;
  }

  /** Items waiting, not counting those under way. */
  get waiting(): number {
    return this.#queue.length;
  }

  add(item: T): void {
    this.#queue.push(item);
    if (this.#cancel === null) this.#schedule();
  }

  /** Resolves when everything added so far is done. */
  drain(): Promise<void> {
    if (this.#queue.length === 0 && this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#flush();
    });
  }

  #schedule(): void {
    const { maxInFlight, lingerMs, patienceMs } = this.#options;
    if (this.#queue.length === 0 || this.#inFlight >= maxInFlight) return;
    const delayMs = this.#inFlight > 0 ? patienceMs : lingerMs();
    if (delayMs === 0) {
      const immediate = setImmediate(this.#flush);
      this.#cancel = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(this.#flush, delayMs);
      this.#cancel = () => clearTimeout(timer);
    }
  }

  #flush = (): void => {
    this.#cancel?.();
    this.#cancel = null;
    const { maxInFlight } = this.#options;
    if (this.#queue.length === 0 || this.#inFlight >= maxInFlight) return;
    const items = this.#queue.splice(0, this.#countNext());
    this.#inFlight++;
    void this.#options.run(items).finally(() => this.#done());
    if (this.#idle.length > 0) this.#flush();
    else this.#schedule();
  };

  /** An item that is too large by itself goes alone. */
  #countNext(): number {
    const { maxItems, sizeOf } = this.#options;
    if (!sizeOf) return maxItems;
    let size = 0;
    const end = this.#queue.findIndex((item) => (size += sizeOf(item)) > maxItems);
    return end === -1 ? this.#queue.length : Math.max(1, end);
  }

  #done(): void {
    this.#inFlight--;
    if (this.#queue.length > 0) {
      if (this.#idle.length > 0) {
        this.#flush();
        return;
      }
      // Whoever waited for the batch that is back goes next, without the rest of the wait.
      this.#cancel?.();
      this.#cancel = null;
      this.#schedule();
      return;
    }
    if (this.#inFlight > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
