/**
 * What one turn of the event loop has read is acted on when the turn is over: calls go to their upstreams one right
 * after the other, and so do whole answers to their callers (decision 17).
 */
export class EndOfTurn {
  readonly #onError: (error: unknown) => void;
  #waiting: (() => void)[] = [];

  /** @param onError takes what an act throws; the others are acted on all the same. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(act: () => void): void {
    if (this.#waiting.push(act) === 1) setImmediate(runAll, this);
  }

  run(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const act of waiting) {
      try {
        act();
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

function runAll(endOfTurn: EndOfTurn): void {
  endOfTurn.run();
}
