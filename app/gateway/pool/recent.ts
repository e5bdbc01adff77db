const SAMPLES = 64;
/** After this long without one, nothing is known any more: the slow get another chance. */
const FRESH_MS = 60_000;

/** The latest few measurements and their median. */
export class Recent {
  readonly #samples: number[] = [];
  #next = 0;
  #latestAtMs = 0;
  #median: number | null = null;

  add(value: number, nowMs: number): void {
    this.#samples[this.#next] = value;
    this.#next = (this.#next + 1) % SAMPLES;
    this.#latestAtMs = nowMs;
    this.#median = null;
  }

  /** Null: nothing was measured lately. */
  median(nowMs: number): number | null {
    if (this.#samples.length === 0 || nowMs - this.#latestAtMs > FRESH_MS) return null;
    this.#median ??= this.#samples.toSorted((a, b) => a - b)[this.#samples.length >> 1]!;
    return this.#median;
  }
}
