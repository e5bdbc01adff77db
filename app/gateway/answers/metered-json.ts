import { AppError } from '../../lib/app-error.ts';
import type { Dialect, JsonObject } from '../dialects/dialect.ts';
import type { TokenUsage } from '../dialects/neutral.ts';
import { isObject } from '../dialects/kit/params.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';
import { usageIn } from './usage-tail.ts';

type AnswerReader = Pick<
  Dialect,
  'readUsage' | 'readServedModel' | 'readStoredId' | 'answerTextBytes' | 'readErrorMessage'
>;

const EMPTY = Buffer.alloc(0);
const TAIL_BYTES = 64 * 1024;
const MAX_TAIL_CHUNKS = 64;

/**
 * A whole answer in the caller's own dialect. It is read before it is sent, so that its cost is known
 * when the headers go; one longer than `maxBytes` is passed on from there, and its usage read from its end.
 */
export class MeteredJson implements AnswerBody {
  readonly buffered = true;
  readonly isEventStream = false;
  readonly rewritten = false;
  readonly atBoundary = false;
  usage: TokenUsage | null = null;
  textBytes = 0;
  servedModel: string | null = null;
  storedId: string | null = null;

  readonly #dialect: AnswerReader;
  readonly #maxBytes: number;
  /** All of it, or its end once it is too long. */
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(dialect: AnswerReader, maxBytes: number) {
    this.#dialect = dialect;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): Buffer {
    const wasLong = this.#bytes > this.#maxBytes;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#maxBytes) return EMPTY;
    this.textBytes = this.#bytes;
    if (wasLong) {
      if (this.#chunks.length > MAX_TAIL_CHUNKS) this.#chunks = [this.#kept().subarray(-TAIL_BYTES)];
      return chunk;
    }
    const all = this.#kept();
    this.#chunks = [all.subarray(-TAIL_BYTES)];
    return all;
  }

  end(): AnswerEnd {
    const kept = this.#kept();
    if (this.#bytes > this.#maxBytes) {
      this.usage = usageIn(kept, (answer) => this.#dialect.readUsage(answer));
      return { state: 'complete', last: EMPTY };
    }
    return this.#readWhole(kept);
  }

  breakOff(): null {
    return null;
  }

  #kept(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
  }

  /**
   * An error inside a 200 is a failure that nobody pays for. So is what is no JSON object (an error page, an
   * answer that was cut short, events without their type); it is not passed on as if it were an answer.
   */
  #readWhole(kept: Buffer): AnswerEnd {
    const answer = parseObject(kept);
    if (answer === null) {
      const error = new AppError('upstream_error', 'The service sent an answer that cannot be read.');
      return { state: 'failed', last: EMPTY, error };
    }
    this.usage = this.#dialect.readUsage(answer);
    this.servedModel = this.#dialect.readServedModel(answer);
    this.storedId = this.#dialect.readStoredId?.(answer) ?? null;
    this.textBytes = this.#dialect.answerTextBytes(answer);
    const saysNothing = this.usage === null && this.textBytes === 0;
    const isError = saysNothing && this.#dialect.readErrorMessage(answer) !== null;
    return { state: isError ? 'failed' : 'complete', last: kept };
  }
}

function parseObject(bytes: Buffer): JsonObject | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
