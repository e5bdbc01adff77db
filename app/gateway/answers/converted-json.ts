/** A whole JSON answer of one dialect as one of another. */
import { AppError, isAppError } from '../../lib/app-error.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { NeutralRequest, TokenUsage } from '../dialects/neutral.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';

export interface ConvertedJsonOptions {
  upstream: Dialect;
  caller: Dialect;
  request: NeutralRequest;
}

const EMPTY = Buffer.alloc(0);
/** Pictures come as base64 in the answer; beyond this nothing real does. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

export class ConvertedJson implements AnswerBody {
  readonly buffered = true;
  readonly isEventStream = false;
  readonly rewritten = true;
  readonly atBoundary = false;
  usage: TokenUsage | null = null;
  textBytes = 0;
  servedModel: string | null = null;

  readonly #options: ConvertedJsonOptions;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(options: ConvertedJsonOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): Buffer {
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_ANSWER_BYTES) this.#chunks.push(chunk);
    else this.#chunks = [];
    return EMPTY;
  }

  /** What cannot be read, or is an error inside a 200, is `failed`, and nothing of it is sent. */
  end(): AnswerEnd {
    try {
      return { state: 'complete', last: this.#convert() };
    } catch (error) {
      return { state: 'failed', last: EMPTY, error: asUpstreamError(error) };
    }
  }

  breakOff(): null {
    return null;
  }

  #convert(): Buffer {
    if (this.#bytes > MAX_ANSWER_BYTES)
      throw new AppError('upstream_error', 'The service’s answer is too long to be converted.');
    const { upstream, caller, request } = this.#options;
    const body: unknown = JSON.parse(Buffer.concat(this.#chunks).toString('utf8'));
    this.#chunks = [];
    this.usage = upstream.readUsage(body);
    this.textBytes = upstream.answerTextBytes(body);
    this.servedModel = upstream.readServedModel(body);
    return Buffer.from(JSON.stringify(caller.renderAnswer(upstream.parseAnswer(body), request)));
  }
}

function asUpstreamError(error: unknown): AppError {
  return isAppError(error)
    ? error
    : new AppError('upstream_error', 'The service sent an answer that cannot be read.', { cause: error });
}
