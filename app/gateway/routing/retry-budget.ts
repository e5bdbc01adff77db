/** Of the calls of the last seconds, this share may be made again. */
const SHARE = 0.2;
const WINDOW_MS = 10_000;
/** Fewer calls in a window have the share of so many, and beyond it a few at once: streams run for minutes. */
const FEW_CALLS = 50;
const FEW_RETRIES = 3;

/** Bounds the repeated attempts of one service, so that failing upstreams are not flooded, in this process. */
export class RetryBudget {
  /** This half of the window, and the one before. */
  #calls = 0;
  #callsBefore = 0;
  #retries = 0;
  #retriesBefore = 0;
  #halfEndsAt = 0;
  #retrying = 0;

  /** A call is sent for the first time. @param now of `performance.now()`. */
  count(now: number): void {
    this.#turn(now);
    this.#calls++;
  }

  /** True when one more attempt may be made; it counts as running until `giveBack`. */
  take(now: number): boolean {
    this.#turn(now);
    const calls = this.#calls + this.#callsBefore;
    const isFree =
      this.#retries + this.#retriesBefore < Math.max(calls, FEW_CALLS) * SHARE ||
      (calls < FEW_CALLS && this.#retrying < FEW_RETRIES);
    if (!isFree) return false;
    this.#retries++;
    this.#retrying++;
    return true;
  }

  /** The call of a repeated attempt is over. */
  giveBack(): void {
    this.#retrying--;
  }

  #turn(now: number): void {
    if (now < this.#halfEndsAt) return;
    const isNext = now < this.#halfEndsAt + WINDOW_MS / 2;
    this.#callsBefore = isNext ? this.#calls : 0;
    this.#retriesBefore = isNext ? this.#retries : 0;
    this.#calls = 0;
    this.#retries = 0;
    this.#halfEndsAt = now + WINDOW_MS / 2;
  }
}
