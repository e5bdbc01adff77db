/**
 * What one turn of the event loop has read is acted on when the turn is over: calls go to their upstreams one right
 * after the other, and so do short answers to their callers. Written alone, each would wake its reader, who goes back
 * to sleep before the next; together they cost a third less, and the wait is the rest of a turn.
 */
export class Turn {
  #waiting: (() => void)[] = [];

  /** @param act must not throw: nobody is left to catch it. */
  atEnd(act: () => void): void {
    if (this.#waiting.push(act) === 1) setImmediate(endTurn, this);
  }

  end(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const act of waiting) act();
  }
}

function endTurn(turn: Turn): void {
  turn.end();
}
