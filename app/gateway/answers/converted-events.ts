/** A stream of one dialect as a stream of another, event by event: nothing waits but the terminal mark. */
import { AppError, isAppError } from '../../lib/app-error.ts';
import type { Dialect, ErrorContext, StreamReader, StreamWriter } from '../dialects/dialect.ts';
import type { NeutralEvent, NeutralRequest, TokenUsage } from '../dialects/neutral.ts';
import { EventSplitter, parseSseEvent } from '../dialects/shared/sse.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';

export interface ConvertedEventsOptions {
  upstream: Dialect;
  caller: Dialect;
  request: NeutralRequest;
  context: ErrorContext;
  /** An event of the upstream's that is longer fails the answer. */
  maxPendingBytes: number;
}

const EMPTY = Buffer.alloc(0);
/** Writers keep what their last event repeats; no model writes so much in one answer. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;

type State = 'open' | 'complete' | 'failed';

export class ConvertedEvents implements AnswerBody {
  readonly buffered = false;
  readonly isEventStream = true;
  readonly rewritten = true;
  /** Only whole events are written. */
  readonly atBoundary = true;
  usage: TokenUsage | null = null;
  textBytes = 0;
  servedModel: string | null = null;

  readonly #caller: Dialect;
  readonly #context: ErrorContext;
  readonly #splitter: EventSplitter;
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;
  #state: State = 'open';
  /** Why it failed. */
  #error: AppError | null = null;
  /** What is said when the upstream has ended: the terminal mark in the caller's dialect. */
  #last = '';

  constructor(options: ConvertedEventsOptions) {
    this.#caller = options.caller;
    this.#context = options.context;
    this.#splitter = new EventSplitter(options.maxPendingBytes);
    this.#reader = options.upstream.openReader();
    this.#writer = options.caller.openWriter(options.request);
  }

  push(chunk: Buffer): Buffer {
    if (this.#state !== 'open') return EMPTY;
    let output = '';
    try {
      for (const event of this.#splitter.push(chunk)) output += this.#convert(event);
    } catch (error) {
      output += this.#fail(asUpstreamError(error));
    }
    return output === '' ? EMPTY : Buffer.from(output);
  }

  end(): AnswerEnd {
    const output = this.#state === 'open' ? this.#close() : '';
    if (this.#state === 'open') {
      // `breakOff` tells the caller.
      this.#last = output;
      return { state: 'truncated', last: EMPTY };
    }
    if (this.#state === 'complete') return { state: 'complete', last: Buffer.from(output + this.#last) };
    return { state: 'failed', last: Buffer.from(output), ...(this.#error ? { error: this.#error } : {}) };
  }

  breakOff(error: AppError): Buffer {
    // The upstream said everything before its connection broke.
    if (this.#state === 'complete') return Buffer.from(this.#last);
    const rest = this.#last;
    return Buffer.from(rest + this.#fail(error));
  }

  /** The last event counts without its blank line when it is whole; some dialects end without a mark. */
  #close(): string {
    let output = '';
    try {
      output += this.#convert(this.#splitter.rest());
    } catch {
      // It is not whole: the stream was cut.
      return output;
    }
    return this.#state === 'open' ? output + this.#render(this.#reader.close?.() ?? []) : output;
  }

  #convert(bytes: Buffer): string {
    const event = parseSseEvent(bytes);
    if (event === null) return '';
    return this.#render(this.#reader.read(event));
  }

  #render(events: readonly NeutralEvent[]): string {
    let output = '';
    for (const one of events) {
      if (this.#state !== 'open') break;
      this.#follow(one);
      if (one.type === 'error') {
        output += this.#fail(new AppError('upstream_error', one.message));
      } else if (one.type === 'end') {
        this.#state = 'complete';
        this.#last = this.#writer.write(one);
      } else {
        output += this.#writer.write(one);
      }
    }
    return output;
  }

  #follow(event: NeutralEvent): void {
    if (event.type === 'start') {
      this.servedModel = event.model === '' ? null : event.model;
      this.usage = event.usage ?? this.usage;
    } else if (event.type === 'usage') {
      this.usage = event.usage;
    } else if ('text' in event) {
      this.textBytes += Buffer.byteLength(event.text);
      if (this.textBytes > MAX_TEXT_BYTES)
        throw new AppError('upstream_error', 'The service’s answer is too long to be converted.');
    }
  }

  /** The caller’s error event; '' when they were told already. */
  #fail(error: AppError): string {
    if (this.#state === 'failed') return '';
    this.#state = 'failed';
    this.#error = error;
    this.#last = '';
    return this.#caller.renderErrorEvent(error, this.#context);
  }
}

function asUpstreamError(error: unknown): AppError {
  return isAppError(error)
    ? error
    : new AppError('upstream_error', 'The service sent an event that cannot be read.', { cause: error });
}
