import type { AppError } from '../../lib/app-error.ts';
import { EventBoundaries } from '../dialects/kit/sse.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';

const EMPTY = Buffer.alloc(0);

/** Server-sent events of any service: bytes as they come, and where one event ends. */
export class EventsBody implements AnswerBody {
  readonly buffered = false;
  readonly isEventStream = true;
  readonly rewritten = false;
  readonly usage = null;
  readonly textBytes = 0;
  readonly servedModel = null;
  readonly #boundaries = new EventBoundaries();
  readonly #renderError: (error: AppError) => string;

  /** @param renderError one complete event. */
  constructor(renderError: (error: AppError) => string) {
    this.#renderError = renderError;
  }

  push(chunk: Buffer): Buffer {
    let end = 0;
    while (end !== -1) end = this.#boundaries.next(chunk, end);
    return chunk;
  }

  end(): AnswerEnd {
    return { state: 'complete', last: EMPTY };
  }

  get atBoundary(): boolean {
    return this.#boundaries.between;
  }

  breakOff(error: AppError): Buffer {
    return Buffer.from(`${this.atBoundary ? '' : '\n\n'}${this.#renderError(error)}`);
  }
}
