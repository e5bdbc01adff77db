import type { AppError } from '../../lib/app-error.ts';
import { EventBoundaries } from '../dialects/kit/sse.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';

const EMPTY = Buffer.alloc(0);
/** A longer event is passed on before its end is seen. */
const MAX_KEPT_BYTES = 64 * 1024;

/**
 * Server-sent events of any service: whole events as the bytes they are. Nobody can read half of one, and
 * half of one in front of an error would be taken for the whole, so it waits for its end.
 */
export class EventsBody implements AnswerBody {
  readonly buffered = false;
  readonly isEventStream = true;
  readonly rewritten = false;
  readonly usage = null;
  readonly textBytes = 0;
  readonly servedModel = null;
  readonly #boundaries = new EventBoundaries();
  readonly #renderError: (error: AppError) => string;
  /** The event that has begun. */
  #begun: Buffer[] = [];
  #begunBytes = 0;
  /** It grew too long to be kept. */
  #passing = false;

  /** @param renderError one complete event. */
  constructor(renderError: (error: AppError) => string) {
    this.#renderError = renderError;
  }

  push(chunk: Buffer): Buffer {
    let ended = 0;
    for (let end = this.#boundaries.next(chunk, 0); end !== -1; end = this.#boundaries.next(chunk, end)) {
      ended = end;
      this.#passing = false;
    }
    const rest = chunk.length - ended;
    const begun = ended === 0 ? this.#begunBytes + rest : rest;
    if (this.#passing || begun > MAX_KEPT_BYTES) {
      this.#passing = rest > 0;
      return this.#take(chunk);
    }
    if (rest === 0) return this.#take(chunk);
    const passed = ended === 0 ? EMPTY : this.#take(chunk.subarray(0, ended));
    // A copy: the chunk belongs to the HTTP client and is large.
    this.#begun.push(Buffer.from(chunk.subarray(ended)));
    this.#begunBytes += rest;
    return passed;
  }

  /** What the upstream itself has left unfinished is the caller's to judge. */
  end(): AnswerEnd {
    return { state: 'complete', last: this.#take(EMPTY) };
  }

  get atBoundary(): boolean {
    return !this.#passing;
  }

  /** What was kept, and `more`; the very same bytes where nothing was. */
  #take(more: Buffer): Buffer {
    if (this.#begunBytes === 0) return more;
    const all = Buffer.concat([...this.#begun, more]);
    this.#begun = [];
    this.#begunBytes = 0;
    return all;
  }

  breakOff(error: AppError): Buffer {
    return Buffer.from(`${this.atBoundary ? '' : '\n\n'}${this.#renderError(error)}`);
  }
}
