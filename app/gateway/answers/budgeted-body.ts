import { AppError } from '../../lib/app-error.ts';
import { CallBuffer } from '../buffer-budget.ts';
import type { Call } from '../call.ts';
import type { TokenUsage } from '../dialects/neutral.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';

const RETRY_SECONDS = 1;

/** An answer that is kept until it is whole, as far as all calls together may keep so much. */
export class BudgetedBody implements AnswerBody {
  readonly #body: AnswerBody;
  readonly #buffer: CallBuffer;

  constructor(body: AnswerBody, call: Call) {
    this.#body = body;
    this.#buffer = new CallBuffer(call);
  }

  get buffered(): boolean {
    return this.#body.buffered;
  }

  get isEventStream(): boolean {
    return this.#body.isEventStream;
  }

  get rewritten(): boolean {
    return this.#body.rewritten;
  }

  get atBoundary(): boolean {
    return this.#body.atBoundary;
  }

  get usage(): TokenUsage | null {
    return this.#body.usage;
  }

  get textBytes(): number {
    return this.#body.textBytes;
  }

  get servedModel(): string | null {
    return this.#body.servedModel;
  }

  get storedId(): string | null {
    return this.#body.storedId ?? null;
  }

  push(chunk: Buffer): Buffer {
    if (!this.#buffer.add(chunk.length)) throw overloaded();
    const passed = this.#body.push(chunk);
    // It grew too long to be kept, and has gone on.
    if (passed.length > 0) this.#buffer.clear();
    return passed;
  }

  end(): AnswerEnd {
    return this.#body.end();
  }

  breakOff(error: AppError): Buffer | null {
    return this.#body.breakOff(error);
  }
}

function overloaded(): AppError {
  return new AppError('overloaded', 'Too many long answers at once. Try again in a moment.', {
    retryAfterSeconds: RETRY_SECONDS,
  });
}
