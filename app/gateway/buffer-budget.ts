/** How much of all calls' answers this process keeps in memory at once: beyond it calls are refused, not the process ended. */
export class BufferBudget {
  readonly #maxBytes: number;
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** False, and nothing taken, when that is too much. */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#maxBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}

interface Owner {
  parts: { buffers: BufferBudget };
  /** Run once when the call is over. */
  release: (() => void)[];
  closed: boolean;
}

/** What one call keeps; it is free again when the call is over. */
export class CallBuffer {
  readonly #call: Owner;
  #bytes = 0;
  #isRegistered = false;

  constructor(call: Owner) {
    this.#call = call;
  }

  /** False when all calls keep too much. */
  add(bytes: number): boolean {
    const { buffers } = this.#call.parts;
    if (!buffers.take(bytes)) return false;
    // Nobody would give it back: such an answer is read to its end for its usage alone.
    if (this.#call.closed) buffers.giveBack(bytes);
    else this.#bytes += bytes;
    if (!this.#isRegistered) {
      this.#isRegistered = true;
      this.#call.release.push(() => this.clear());
    }
    return true;
  }

  clear(): void {
    this.#call.parts.buffers.giveBack(this.#bytes);
    this.#bytes = 0;
  }
}
