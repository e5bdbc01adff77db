/** A stream of one dialect as a stream of another, event by event: nothing waits but the terminal mark. */
import { AppError, isAppError } from '../../lib/app-error.ts';
import type { Dialect, ErrorContext, StreamReader, StreamWriter } from '../dialects/dialect.ts';
import type { NeutralEvent, NeutralRequest, TokenUsage } from '../dialects/neutral.ts';
import { EventSplitter, parseSseEvent } from '../dialects/kit/sse.ts';
import { ownToolNames } from '../llm/tool-names.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';
import { nameAnswer } from './name-answer.ts';

export interface ConvertedEventsOptions {
  upstream: Dialect;
  caller: Dialect;
  request: NeutralRequest;
  context: ErrorContext;
  /** An event of the upstream's that is longer fails the answer. */
  maxPendingBytes: number;
  /** What is charged where the upstream states nothing: then callers are told that. */
  estimate?: (textBytes: number) => TokenUsage;
}

const EMPTY = Buffer.alloc(0);
/** Writers keep what their last event repeats; no model writes so much in one answer. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;

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
  readonly #model: string;
  /** The caller's, by those that the upstream was told. */
  readonly #toolNames: ReadonlyMap<string, string> | null;
  readonly #estimate: ConvertedEventsOptions['estimate'];
  readonly #splitter: EventSplitter;
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;
  #state: 'open' | 'complete' | 'broken' = 'open';
  /** What `push` returns next. */
  #output = '';
  /** The terminal mark in the caller's dialect: said when the upstream has ended. */
  #mark = '';

  constructor(options: ConvertedEventsOptions) {
    this.#caller = options.caller;
    this.#context = options.context;
    this.#model = options.request.model;
    this.#toolNames = ownToolNames(options.request, options.upstream.toolName);
    this.#estimate = options.estimate;
    this.#splitter = new EventSplitter(options.maxPendingBytes);
    this.#reader = options.upstream.openReader();
    // Writers repeat settings of the request, and would keep all of it as long as the stream lasts.
    this.#writer = options.caller.openWriter({ ...options.request, system: [], messages: [] });
  }

  push(chunk: Buffer): Buffer {
    // Behind the terminal mark nothing counts.
    if (this.#state !== 'open') return EMPTY;
    try {
      for (const event of this.#splitter.push(chunk)) this.#convert(event);
    } catch (error) {
      throw asUpstreamError(error);
    }
    return this.#take();
  }

  end(): AnswerEnd {
    if (this.#state === 'open') this.#close();
    if (this.#state !== 'complete') return { state: 'truncated', last: EMPTY };
    this.#output += this.#mark;
    return { state: 'complete', last: this.#take() };
  }

  breakOff(error: AppError): Buffer {
    // A connection that breaks behind the terminal mark takes nothing away.
    if (this.#state === 'complete') this.#output += this.#mark;
    else if (this.#state === 'open') this.#output += this.#caller.renderErrorEvent(error, this.#context);
    this.#state = 'broken';
    return this.#take();
  }

  /** The last event counts without its blank line when it is whole; some dialects end without a mark. */
  #close(): void {
    const rest = parseSseEvent(this.#splitter.rest());
    let events: NeutralEvent[] = [];
    try {
      if (rest !== null) events = this.#reader.read(rest);
    } catch {
      // It is not whole: the stream was cut.
      return;
    }
    this.#write(events);
    if (this.#state === 'open') this.#write(this.#reader.close?.() ?? []);
  }

  #convert(bytes: Buffer): void {
    const event = parseSseEvent(bytes);
    if (event !== null && this.#state === 'open') this.#write(this.#reader.read(event));
  }

  #write(events: readonly NeutralEvent[]): void {
    for (const event of events) {
      if (this.#state !== 'open') return;
      this.#follow(event);
      if (event.type === 'error') throw new AppError('upstream_error', event.message);
      if (event.type === 'end') {
        this.#state = 'complete';
        this.#mark = this.#estimated() + this.#writer.write(event);
      } else {
        this.#output += this.#writer.write(this.#named(event));
      }
    }
  }

  #estimated(): string {
    if (this.usage !== null || this.#estimate === undefined) return '';
    return this.#writer.write({ type: 'usage', usage: this.#estimate(this.textBytes) });
  }

  #named(event: NeutralEvent): NeutralEvent {
    if (event.type === 'tool_call' && this.#toolNames !== null)
      return { ...event, name: this.#toolNames.get(event.name) ?? event.name };
    return event.type === 'start' ? nameAnswer(event, this.#context.requestId, this.#model) : event;
  }

  #follow(event: NeutralEvent): void {
    if (event.type === 'start') {
      // Usage in it counts no output yet: of a stream that breaks it would be the whole charge.
      this.servedModel = event.model === '' ? null : event.model;
    } else if (event.type === 'usage') {
      this.usage = event.usage;
    } else if ('text' in event) {
      this.textBytes += Buffer.byteLength(event.text);
      if (this.textBytes > MAX_TEXT_BYTES)
        throw new AppError('upstream_error', 'The service’s answer is too long to be converted.');
    }
  }

  #take(): Buffer {
    const output = this.#output;
    this.#output = '';
    return output === '' ? EMPTY : Buffer.from(output);
  }
}

function asUpstreamError(error: unknown): AppError {
  return isAppError(error)
    ? error
    : new AppError('upstream_error', 'The service sent an event that cannot be read.', { cause: error });
}
