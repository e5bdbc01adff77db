import type { AppError } from '../../lib/app-error.ts';
import type { TokenUsage } from '../dialects/neutral.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';
import { usageIn, UsageTail } from './usage-tail.ts';

/** Pictures and speech as they come, event by event: passed on as they are, and paid by what the last one states. */
export class PaidEvents implements AnswerBody {
  readonly buffered = false;
  readonly isEventStream = true;
  readonly rewritten = false;
  readonly textBytes = 0;
  readonly servedModel = null;
  usage: TokenUsage | null = null;

  readonly #events: AnswerBody;
  readonly #readUsage: (answer: unknown) => TokenUsage | null;
  readonly #tail = new UsageTail();

  /** @param events what the bytes are otherwise. */
  constructor(events: AnswerBody, readUsage: (answer: unknown) => TokenUsage | null) {
    this.#events = events;
    this.#readUsage = readUsage;
  }

  push(chunk: Buffer): Buffer {
    this.#tail.add(chunk);
    return this.#events.push(chunk);
  }

  end(): AnswerEnd {
    this.usage = usageIn(this.#tail.bytes(), this.#readUsage);
    return this.#events.end();
  }

  get atBoundary(): boolean {
    return this.#events.atBoundary;
  }

  breakOff(error: AppError): Buffer | null {
    return this.#events.breakOff(error);
  }
}
