import type { TokenUsage } from '../dialects/neutral.ts';

const TAIL_BYTES = 64 * 1024;
const MAX_CHUNKS = 64;
const NAMES = ['"usage"', '"usageMetadata"'];

/** The end of an answer that is too long, or too foreign, to be read as a whole: usage stands there. */
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

  /** @param readUsage gets an object with nothing but the last usage in it. */
  read(readUsage: (answer: unknown) => TokenUsage | null): TokenUsage | null {
    const tail = Buffer.concat(this.#chunks);
    for (const name of NAMES) {
      const at = tail.lastIndexOf(name);
      const member = at === -1 ? null : firstObject(tail.toString('utf8', at));
      if (member !== null) return readUsage(member);
    }
    return null;
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
