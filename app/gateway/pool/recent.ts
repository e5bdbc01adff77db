const SAMPLES = 64;

/** The latest few measurements and their median; nothing is known before the first. */
export class Recent {
  readonly #samples: number[] = [];
  #next = 0;
  #median: number | null = null;

  add(value: number): void {
    this.#samples[this.#next] = value;
    this.#next = (this.#next + 1) % SAMPLES;
    this.#median = null;
  }

  /** Null: nothing was measured. */
  get median(): number | null {
    if (this.#median === null && this.#samples.length > 0) {
      const sorted = this.#samples.toSorted((a, b) => a - b);
      this.#median = sorted[sorted.length >> 1]!;
    }
    return this.#median;
  }
}
