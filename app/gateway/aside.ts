import type { Dispatcher } from 'undici';
import type { AnswerHeaders } from './response-headers.ts';

/** Of a refusal so much is read for what it says, and so long. */
const MAX_BYTES = 16 * 1024;
const MAX_MS = 1_000;

/**
 * An answer that says more in its body than in its status. It is read as far as that takes; and when
 * another attempt has taken over, to its end if that is near, so that its connection can be used again.
 */
export class Aside {
  readonly headers: AnswerHeaders;
  /** Whether the caller gets this answer is known only when it is read. */
  readonly decides: boolean;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isRead: boolean;
  #timer: NodeJS.Timeout | null = null;

  /** @param wants `nothing`: the status says it all. `decision`: nothing is passed on before. */
  constructor(headers: AnswerHeaders, wants: 'nothing' | 'words' | 'decision') {
    this.headers = headers;
    this.decides = wants === 'decision';
    this.#isRead = wants === 'nothing';
  }

  /** @returns true when this is as much as is wanted of it. */
  add(chunk: Buffer): boolean {
    // A copy: the chunk belongs to the HTTP client.
    if (!this.#isRead) this.#chunks.push(Buffer.from(chunk));
    this.#bytes += chunk.length;
    return this.#bytes >= MAX_BYTES;
  }

  /** What it says, once; null when that was told before. */
  take(): Buffer | null {
    if (this.#isRead) return null;
    this.#isRead = true;
    const said = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return said;
  }

  /** Nobody waits for it any more. */
  finishWithin(controller: Dispatcher.DispatchController | null): void {
    this.#timer = setTimeout(abort, MAX_MS, controller);
  }

  /** It has ended. */
  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }
}

/** The refusal is too long, or takes too long. */
export function abort(controller: Dispatcher.DispatchController | null): void {
  controller?.abort(new Error('another attempt has taken over'));
}
