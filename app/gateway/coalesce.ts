import type { AnswerCapture, CapturedAnswer } from './answers/answer-body.ts';

/** Calls of this process that others, asking the same, wait for. */
export class Flights {
  readonly #flights = new Map<string, Promise<CapturedAnswer | null>>();

  /** What an equal call is about to get: null when it gets nothing that can be shared. */
  find(key: string): Promise<CapturedAnswer | null> | undefined {
    return this.#flights.get(key);
  }

  /** @returns the copy to be made of this call's answer, which those who come meanwhile wait for. */
  lead(key: string, maxBytes: number): AnswerCapture {
    const { promise, resolve } = Promise.withResolvers<CapturedAnswer | null>();
    this.#flights.set(key, promise);
    const land = (answer: CapturedAnswer | null): void => {
      if (this.#flights.get(key) === promise) this.#flights.delete(key);
      resolve(answer);
    };
    return { maxBytes, onComplete: (answer) => land(answer), onDiscard: () => land(null) };
  }
}
