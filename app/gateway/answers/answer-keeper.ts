import { CallBuffer } from '../buffer-budget.ts';
import type { Call } from '../call.ts';
import type { AnswerCapture, CapturedAnswer } from './answer-body.ts';

/** Keeps a copy of an answer for those who asked for one, as long as one of them would take it. */
export class AnswerKeeper {
  readonly #call: Call;
  readonly #status: number;
  readonly #headers: string[];
  readonly #isEventStream: boolean;
  readonly #setsCookie: boolean;
  readonly #maxBytes: number;
  readonly #buffer: CallBuffer;
  #chunks: Buffer[] = [];
  #waiting: readonly AnswerCapture[];
  #bytes = 0;

  constructor(call: Call, { status, headers, isEventStream, setsCookie }: Omit<CapturedAnswer, 'body'>) {
    this.#call = call;
    this.#buffer = new CallBuffer(call);
    this.#setsCookie = setsCookie ?? false;
    this.#status = status;
    this.#headers = headers;
    this.#isEventStream = isEventStream;
    this.#waiting = call.captures.filter(({ onTooLong }) => onTooLong !== undefined);
    this.#maxBytes = Math.max(...call.captures.map(({ maxBytes }) => maxBytes));
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    // Where there is no room the answer goes on all the same, as one that is too long to be kept.
    if (this.#bytes <= this.#maxBytes && !this.#buffer.add(chunk.length)) this.#bytes = Infinity;
    // A copy: the chunk belongs to the HTTP client, and the answer may be kept for long.
    if (this.#bytes <= this.#maxBytes) this.#chunks.push(Buffer.from(chunk));
    else if (this.#chunks.length > 0) {
      this.#chunks = [];
      this.#buffer.clear();
    }
    if (this.#waiting.length > 0) this.#tell();
  }

  /** Who waits for this answer need not wait for its end when it is too long. */
  #tell(): void {
    const fits = ({ maxBytes }: AnswerCapture): boolean => this.#bytes <= maxBytes;
    for (const capture of this.#waiting) if (!fits(capture)) capture.onTooLong!();
    this.#waiting = this.#waiting.filter(fits);
  }

  /** The answer was whole; a promise when somebody must be waited for. */
  complete(): Promise<void> | undefined {
    const { captures } = this.#call;
    this.#call.captures = [];
    const answer = {
      status: this.#status,
      headers: this.#headers,
      body: Buffer.concat(this.#chunks),
      isEventStream: this.#isEventStream,
      setsCookie: this.#setsCookie,
    };
    const waiting = captures
      .map((capture) => this.#handTo(capture, answer))
      .filter((one) => one !== undefined);
    return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined);
  }

  #handTo(capture: AnswerCapture, answer: CapturedAnswer): void | Promise<void> {
    if (this.#bytes <= capture.maxBytes) return capture.onComplete(answer);
    capture.onDiscard('too_long');
  }
}
