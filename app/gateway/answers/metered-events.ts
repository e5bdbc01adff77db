import type { AppError } from '../../lib/app-error.ts';
import type { StreamMeter } from '../dialects/dialect.ts';
import type { TokenUsage } from '../dialects/neutral.ts';
import { EventBoundaries } from '../dialects/kit/sse.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';

export interface MeteredEventsOptions {
  meter: StreamMeter;
  /** Events that nobody ordered are taken out. */
  hideUsage: boolean;
  /** The terminal event waits for the settle. */
  holdTerminal: boolean;
  /** A longer event is passed on before its end is seen. */
  maxKeptBytes: number;
  /** One complete event. */
  renderError: (error: AppError) => string;
}

const EMPTY = Buffer.alloc(0);

/**
 * A stream in the caller's own dialect: whole events are handed on as the bytes they are while the meter
 * looks at each. An unfinished one is kept until its end: half an event in front of an error would be read
 * as an event of its own, and as broken JSON.
 */
export class MeteredEvents implements AnswerBody {
  readonly buffered = false;
  readonly isEventStream = true;
  readonly rewritten: boolean;

  readonly #options: MeteredEventsOptions;
  readonly #boundaries = new EventBoundaries();
  /** The event that has begun. */
  #begun: Buffer[] = [];
  #begunBytes = 0;
  /** It grew too long to be kept: what comes of it is passed on unseen. */
  #passing = false;
  #held: Buffer[] = [];
  #unseenBytes = 0;

  constructor(options: MeteredEventsOptions) {
    this.#options = options;
    this.rewritten = options.hideUsage;
  }

  get usage(): TokenUsage | null {
    return this.#options.meter.usage;
  }

  get textBytes(): number {
    return this.#options.meter.textBytes + this.#unseenBytes;
  }

  get servedModel(): string | null {
    return this.#options.meter.servedModel;
  }

  get storedId(): string | null {
    return this.#options.meter.storedId ?? null;
  }

  get atBoundary(): boolean {
    return !this.#passing;
  }

  push(chunk: Buffer): Buffer {
    /** Made when what goes on differs from the chunk. */
    let passed: Buffer[] | null = this.#begunBytes > 0 ? [] : null;
    let from = 0;
    for (;;) {
      const end = this.#boundaries.next(chunk, from);
      if (end === -1) break;
      const part = chunk.subarray(from, end);
      if (this.#passing) {
        this.#passing = false;
        passed?.push(part);
      } else {
        const event = this.#begunBytes === 0 ? part : Buffer.concat([...this.#begun, part]);
        this.#begun = [];
        this.#begunBytes = 0;
        if (this.#mayPass(event)) passed?.push(event);
        else passed ??= [chunk.subarray(0, from)];
      }
      from = end;
    }
    if (from < chunk.length) passed = this.#begin(chunk, from, passed);
    if (passed === null) return chunk;
    return passed.length === 1 ? passed[0]! : Buffer.concat(passed);
  }

  end(): AnswerEnd {
    const { meter } = this.#options;
    if (!meter.failed && !meter.finished) return { state: 'truncated', last: EMPTY };
    const last = Buffer.concat([...this.#begun, ...this.#held]);
    return { state: meter.failed ? 'failed' : 'complete', last };
  }

  breakOff(error: AppError): Buffer {
    // The upstream has told an error itself: a second one would be read as more of its answer.
    if (this.#options.meter.failed) return EMPTY;
    return Buffer.from(`${this.atBoundary ? '' : '\n\n'}${this.#options.renderError(error)}`);
  }

  #mayPass(event: Buffer): boolean {
    const verdict = this.#options.meter.see(event);
    if (verdict === 'hide') return !this.#options.hideUsage;
    if (verdict === 'pass' || !this.#options.holdTerminal) return true;
    this.#held.push(Buffer.from(event));
    return false;
  }

  /** An event goes on behind this chunk. */
  #begin(chunk: Buffer, from: number, passed: Buffer[] | null): Buffer[] | null {
    const rest = chunk.subarray(from);
    if (this.#passing) {
      this.#unseenBytes += rest.length;
      passed?.push(rest);
      return passed;
    }
    if (this.#begunBytes + rest.length <= this.#options.maxKeptBytes) {
      // A copy: the chunk belongs to the HTTP client and is large.
      this.#begun.push(Buffer.from(rest));
      this.#begunBytes += rest.length;
      return passed ?? [chunk.subarray(0, from)];
    }
    this.#passing = true;
    this.#unseenBytes += rest.length;
    passed?.push(...this.#begun, rest);
    this.#begun = [];
    this.#begunBytes = 0;
    return passed;
  }
}
