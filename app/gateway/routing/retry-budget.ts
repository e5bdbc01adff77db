/** Of the calls that run, this share may be running again; a few always may. */
const SHARE = 0.2;
const ALWAYS = 3;

/** Bounds repeated attempts over the whole process, so that failing upstreams are not flooded. */
export class RetryBudget {
  readonly #running: () => number;
  #retrying = 0;

  /** @param running how many calls run now. */
  constructor(running: () => number) {
    this.#running = running;
  }

  /** True when one more attempt may be made; it counts until `giveBack`, when its call is over. */
  take(): boolean {
    if (this.#retrying >= Math.max(ALWAYS, this.#running() * SHARE)) return false;
    this.#retrying++;
    return true;
  }

  giveBack(): void {
    this.#retrying--;
  }
}
