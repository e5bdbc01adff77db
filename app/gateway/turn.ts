/**
 * What one turn of the event loop has read is acted on when the turn is over: calls go to their upstreams one right
 * after the other, and so do whole answers to their callers (decision 17).
 */
export class Turn {
  readonly #onError: (error: unknown) => void;
  #waiting: (() => void)[] = [];

  /** @param onError takes what an act throws; it keeps the others from nothing. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  atEnd(act: () => void): void {
    if (this.#waiting.push(act) === 1) setImmediate(endTurn, this);
  }

  end(): void {
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

function endTurn(turn: Turn): void {
  turn.end();
}
