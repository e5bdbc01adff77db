/** Collects what many calls want from the database into few statements. */

export interface BatcherOptions<T> {
  /** Must not reject: what fails is its own affair. */
  run: (items: T[]) => Promise<void>;
  maxItems: number;
  /** Batches under way at once; what comes meanwhile waits for the next. */
  maxInFlight: number;
  /** How long the first item of a batch waits for company, in ms; 0: until the event loop turns. */
  lingerMs: () => number;
}

export class Batcher<T> {
  readonly #options: BatcherOptions<T>;
  #queue: T[] = [];
  #inFlight = 0;
  #scheduled = false;
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
    if (!this.#scheduled) this.#schedule();
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
    if (this.#queue.length === 0 || this.#inFlight >= this.#options.maxInFlight) return;
    this.#scheduled = true;
    const lingerMs = this.#options.lingerMs();
    if (lingerMs === 0) setImmediate(this.#flush);
    else setTimeout(this.#flush, lingerMs);
  }

  #flush = (): void => {
    this.#scheduled = false;
    while (this.#queue.length > 0 && this.#inFlight < this.#options.maxInFlight) {
      const { maxItems } = this.#options;
      const items = this.#queue.length <= maxItems ? this.#queue : this.#queue.slice(0, maxItems);
      this.#queue = this.#queue.length <= maxItems ? [] : this.#queue.slice(maxItems);
      this.#inFlight++;
      void this.#options.run(items).finally(() => this.#done());
    }
  };

  #done(): void {
    this.#inFlight--;
    if (this.#queue.length > 0) {
      if (this.#idle.length > 0) this.#flush();
      else if (!this.#scheduled) this.#schedule();
      return;
    }
    if (this.#inFlight > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
