import type { TokenUsage } from '../dialects/neutral.ts';

const TAIL_BYTES = 64 * 1024;
const MAX_CHUNKS = 64;
const NAMES = ['"usage"', '"usageMetadata"'];

/**
 * The last usage that is stated in these bytes, the end of an answer.
 * @param readUsage gets an object with nothing else in it.
 */
export function usageIn(tail: Buffer, readUsage: (answer: unknown) => TokenUsage | null): TokenUsage | null {
  for (const name of NAMES) {
    const at = tail.lastIndexOf(name);
    const member = at === -1 ? null : firstObject(tail.toString('utf8', at));
    if (member !== null) return readUsage(member);
  }
  return null;
}

/** The end of an answer that is passed on unread. */
export class UsageTail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** @param chunk copied, as it may belong to the HTTP client. */
  add(chunk: Buffer): void {
    this.#chunks.push(Buffer.from(chunk.subarray(-TAIL_BYTES)));
    this.#bytes += Math.min(chunk.length, TAIL_BYTES);
    if (this.#bytes <= 2 * TAIL_BYTES && this.#chunks.length <= MAX_CHUNKS) return;
    this.#chunks = [Buffer.concat(this.#chunks).subarray(-TAIL_BYTES)];
    this.#bytes = this.#chunks[0]!.length;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** `"name":{…}…` as an object of that one member. */
function firstObject(text: string): unknown {
  let depth = 0;
  for (let i = text.indexOf('{'); i !== -1 && i < text.length; i++) {
    if (text[i] === '{') depth++;
    else if (text[i] === '}' && --depth === 0) {
      try {
        return JSON.parse(`{${text.slice(0, i + 1)}}`);
      } catch {
        return null;
      }
    }
  }
  return null;
}
