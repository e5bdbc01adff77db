import { AppError, type ErrorCode } from '../../lib/app-error.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';

export interface ConvertedErrorOptions {
  upstream: Dialect;
  /** The upstream's, which the caller gets too. */
  status: number;
  /** For the caller. */
  render: (error: AppError) => string;
  /** It is told in an event. */
  isEventStream: boolean;
}

const EMPTY = Buffer.alloc(0);
/** A longer error is told by its status alone. */
const MAX_ERROR_BYTES = 256 * 1024;

const CODES: Readonly<Record<number, ErrorCode>> = {
  404: 'not_found',
  408: 'request_timeout',
  413: 'payload_too_large',
  422: 'invalid_request',
  429: 'rate_limited',
};

/** An upstream's error in the caller's dialect: the same words, another shape. */
export class ConvertedError implements AnswerBody {
  readonly buffered = true;
  readonly isEventStream: boolean;
  readonly rewritten = true;
  readonly atBoundary = false;
  readonly usage = null;
  readonly textBytes = 0;
  readonly servedModel = null;

  readonly #options: ConvertedErrorOptions;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(options: ConvertedErrorOptions) {
    this.#options = options;
    this.isEventStream = options.isEventStream;
  }

  push(chunk: Buffer): Buffer {
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_ERROR_BYTES) this.#chunks.push(chunk);
    else this.#chunks = [];
    return EMPTY;
  }

  end(): AnswerEnd {
    const { status, render } = this.#options;
    const code = CODES[status] ?? (status >= 500 ? 'upstream_error' : 'invalid_request');
    const error = new AppError(code, this.#message() ?? `The service answered with status ${status}.`);
    return { state: 'complete', last: Buffer.from(render(error)) };
  }

  breakOff(): null {
    return null;
  }

  #message(): string | null {
    try {
      return this.#options.upstream.readErrorMessage(
        JSON.parse(Buffer.concat(this.#chunks).toString('utf8')),
      );
    } catch {
      return null;
    }
  }
}
