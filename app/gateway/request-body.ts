import { Readable } from 'node:stream';
import { AppError } from '../lib/app-error.ts';
import type { Call } from './call.ts';
import { tooLarge } from './read-body.ts';

/**
 * The caller's body on its way up. A stream of its own, because the HTTP client destroys the body of a
 * request that failed, and destroying the caller's request would cut the line that the error has to
 * travel back on.
 */
export class RequestBody extends Readable {
  readonly #call: Call;
  readonly #maxBytes: number;
  readonly #idle: NodeJS.Timeout;

  constructor(call: Call, maxBytes: number) {
    super({ highWaterMark: 64 * 1024 });
    this.#call = call;
    this.#maxBytes = maxBytes;
    this.#idle = setTimeout(stalled, call.parts.limits.callerIdleMs, this);
    // Its end is told by the attempt; an error that comes when that is over must not end the process.
    this.on('error', () => undefined);
    const { request } = call;
    request.pause();
    request.on('data', this.#onData);
    request.on('end', this.#onEnd);
    request.on('close', this.#onClose);
  }

  override _read(): void {
    this.#idle.refresh();
    this.#call.request.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const { request } = this.#call;
    clearTimeout(this.#idle);
    request.off('data', this.#onData);
    request.off('end', this.#onEnd);
    request.off('close', this.#onClose);
    callback(error);
  }

  #onData = (chunk: Buffer): void => {
    const call = this.#call;
    call.requestBytes += chunk.length;
    this.#idle.refresh();
    if (call.requestBytes > this.#maxBytes) {
      this.destroy(tooLarge(this.#maxBytes));
      return;
    }
    if (!this.push(chunk)) call.request.pause();
  };

  #onEnd = (): void => {
    clearTimeout(this.#idle);
    this.push(null);
  };

  #onClose = (): void => {
    if (!this.#call.request.complete) {
      this.destroy(new AppError('request_timeout', 'The caller left before the request was complete.'));
    }
  };
}

/** Waiting for a slow upstream is not the caller's fault: only a body we asked for can stall. */
function stalled(body: RequestBody): void {
  if (body.readableFlowing === false || body.readableLength > 0) return;
  body.destroy(new AppError('request_timeout', 'The request body stopped arriving.'));
}
