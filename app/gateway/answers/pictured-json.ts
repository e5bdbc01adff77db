import type { TokenUsage } from '../dialects/neutral.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';

/** Vectors and pictures as JSON: its length says nothing of how many tokens it has. */
export class PicturedJson implements AnswerBody {
  readonly buffered = true;
  readonly isEventStream = false;
  readonly rewritten = false;
  readonly atBoundary = false;
  readonly textBytes = 0;

  readonly #json: AnswerBody;

  /** @param json what the bytes are otherwise. */
  constructor(json: AnswerBody) {
    this.#json = json;
  }

  get usage(): TokenUsage | null {
    return this.#json.usage;
  }

  get servedModel(): string | null {
    return this.#json.servedModel;
  }

  push(chunk: Buffer): Buffer {
    return this.#json.push(chunk);
  }

  end(): AnswerEnd {
    return this.#json.end();
  }

  breakOff(): null {
    return null;
  }
}
