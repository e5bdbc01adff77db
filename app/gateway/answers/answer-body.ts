/**
 * How one answer's body goes from the upstream to the caller. `Exchange` moves bytes and keeps time;
 * an `AnswerBody` knows what the bytes mean.
 */
import type { AppError } from '../../lib/app-error.ts';
import type { TokenUsage } from '../dialects/neutral.ts';

/** What is left to send when the upstream has ended. */
export interface AnswerEnd {
  /** `failed`: the upstream said an error inside a 200. `truncated`: the terminal mark never came. */
  state: 'complete' | 'failed' | 'truncated';
  /** Last bytes; they wait for the settle of a paid call. */
  last: Buffer;
  /** Why it is not complete: for the log, and for the answer while no head was sent. */
  error?: AppError;
}

export interface AnswerBody {
  /** The whole answer is read before its head goes, so that its cost is a header. */
  readonly buffered: boolean;
  /** Server-sent events: comments keep it alive, and a failure ends with an error event. */
  readonly isEventStream: boolean;
  /** The body changes on the way: no declared length, no entity tag of the upstream's. */
  readonly rewritten: boolean;
  /**
   * Bytes to send now; may be empty.
   * @throws AppError `upstream_error` when it failed: nothing more will come of it, and `breakOff` follows.
   */
  push(chunk: Buffer): Buffer;
  /** @throws AppError as `push` does. */
  end(): AnswerEnd;
  /** A word of our own may stand here: no event is half sent. */
  readonly atBoundary: boolean;
  /** Bytes that end a stream that broke; null: the connection is cut. */
  breakOff(error: AppError): Buffer | null;
  /** As stated so far; null: not stated. */
  readonly usage: TokenUsage | null;
  /** Text that was delivered, for estimates. */
  readonly textBytes: number;
  readonly servedModel: string | null;
  /** Under which the upstream has stored the answer, where it does. */
  readonly storedId?: string | null;
}

/** An answer as the caller got it, for caches, idempotency and conversations. */
export interface CapturedAnswer {
  status: number;
  /** Name, value, …: what may be stored (no per-call headers). */
  headers: string[];
  body: Buffer;
  isEventStream: boolean;
  /** The upstream meant it for one caller, though the cookie itself is never passed on. */
  setsCookie?: boolean;
}

/** Wants a copy of the answer. Set by stages before `forward`, served by `Exchange`. */
export interface AnswerCapture {
  /** Longer answers are not kept. */
  readonly maxBytes: number;
  /** The answer was whole; the last byte waits when a promise is returned. */
  onComplete(answer: CapturedAnswer): void | Promise<void>;
  /** It is longer by now; how it ends is told when it has. */
  onTooLong?(): void;
  /** There will be no answer to keep: it was longer than `maxBytes`, or broke, or the call ended before. */
  onDiscard(reason: 'too_long' | 'failed' | 'charged'): void;
}
