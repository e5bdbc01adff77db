import type { AnswerCapture, CapturedAnswer } from './answers/answer-body.ts';
import { isWorthRetrying } from './worth-retrying.ts';

/** What comes of waiting for another call's answer. */
export type Turn =
  /** Its answer is for both. */
  | { answer: CapturedAnswer }
  /** It got none: this call asks now, and its answer is for those who still wait. */
  | { copy: AnswerCapture }
  /** Its answer cannot be shared: this call asks for itself alone. */
  | null;

interface Waiter {
  isGone: () => boolean;
  go: (turn: Turn) => void;
}

/** Equal calls: some ask the upstream, the others wait. */
interface Flight {
  asking: number;
  failures: number;
  waiting: Waiter[];
}

/** Nobody waits longer for one call: it may be a caller's who reads slowly, even of another organization. */
const PATIENCE_MS = 30_000;

/**
 * Calls of this process that others, asking the same, wait for. When one fails, those who wait do not go
 * upstream all at once: after each failure only as many ask as have failed so far.
 */
export class Flights {
  readonly #flights = new Map<string, Flight>();
  readonly #patienceMs: number;

  constructor(patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
  }

  /**
   * @param isGone true once nobody wants this call's answer any more.
   * @returns the copy to be made of this call's answer, when it is to ask; a promise when another does.
   */
  join(key: string, maxBytes: number, isGone: () => boolean): AnswerCapture | Promise<Turn> {
    const flight = this.#flights.get(key);
    if (flight) return new Promise((go) => flight.waiting.push({ isGone, go }));
    const made: Flight = { asking: 0, failures: 0, waiting: [] };
    this.#flights.set(key, made);
    return this.#ask(key, made, maxBytes);
  }

  #ask(key: string, flight: Flight, maxBytes: number): AnswerCapture {
    flight.asking++;
    let isOut = false;
    const leave = (): void => {
      if (isOut) return;
      isOut = true;
      clearTimeout(timer);
      flight.asking--;
      flight.failures++;
      if (flight.asking === 0) this.#askAgain(key, flight, maxBytes);
    };
    const timer = setTimeout(leave, this.#patienceMs).unref();
    const land = (turn: Turn): void => {
      clearTimeout(timer);
      this.#land(key, flight, turn);
    };
    return {
      maxBytes,
      onComplete: (answer) => (isWorthRetrying(answer.status) ? leave() : land({ answer })),
      onTooLong: () => land(null),
      onDiscard: (reason) => (reason === 'too_long' ? land(null) : leave()),
    };
  }

  /** Twice as many as before, so that a broken upstream opens its breaker before it is flooded. */
  #askAgain(key: string, flight: Flight, maxBytes: number): void {
    while (flight.asking < flight.failures) {
      const next = flight.waiting.shift();
      if (!next) break;
      next.go(next.isGone() ? null : { copy: this.#ask(key, flight, maxBytes) });
    }
    if (flight.asking === 0) this.#forget(key, flight);
  }

  #land(key: string, flight: Flight, turn: Turn): void {
    this.#forget(key, flight);
    for (const { go } of flight.waiting.splice(0)) go(turn);
  }

  #forget(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
