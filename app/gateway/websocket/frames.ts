/** As much of RFC 6455 as a tunnel needs: where frames end, whether one says goodbye, and how to say it. */
import { randomBytes } from 'node:crypto';

const OPCODE_CLOSE = 0x8;
const MAX_HEADER_BYTES = 14;
const MAX_REASON_BYTES = 123;

/** Follows one direction of a connection, however its bytes are cut; reads headers, skips what they carry. */
export class FrameFollower {
  #header = Buffer.alloc(MAX_HEADER_BYTES);
  #headerBytes = 0;
  /** Bytes of the frame's payload still to come. */
  #payload = 0;
  sawClose = false;

  /** True where a frame of our own may be put. */
  get atBoundary(): boolean {
    return this.#headerBytes === 0 && this.#payload === 0;
  }

  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#payload > 0) {
        const skipped = Math.min(this.#payload, chunk.length - offset);
        this.#payload -= skipped;
        offset += skipped;
        continue;
      }
      this.#header[this.#headerBytes++] = chunk[offset++]!;
      if (this.#headerBytes === headerLength(this.#header, this.#headerBytes)) this.#endHeader();
    }
  }

  #endHeader(): void {
    const short = this.#header[1]! & 0x7f;
    if (short === 126) this.#payload = this.#header.readUInt16BE(2);
    // Beyond 2^53 nobody lives to see the end of the frame.
    else if (short === 127) this.#payload = Number(this.#header.readBigUInt64BE(2));
    else this.#payload = short;
    this.#headerBytes = 0;
    if ((this.#header[0]! & 0x0f) === OPCODE_CLOSE) this.sawClose = true;
  }
}

/** How long the header is, as far as its first bytes tell. */
function headerLength(header: Buffer, known: number): number {
  if (known < 2) return 2;
  const short = header[1]! & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  return 2 + extended + (header[1]! & 0x80 ? 4 : 0);
}

/**
 * A close frame.
 * @param masked as clients send theirs.
 */
export function closeFrame(code: number, reason: string, masked: boolean): Buffer {
  const text = Buffer.from(reason).subarray(0, MAX_REASON_BYTES);
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), text]);
  if (!masked) return Buffer.concat([Buffer.from([0x80 | OPCODE_CLOSE, payload.length]), payload]);
  const mask = randomBytes(4);
  const hidden = payload.map((byte, index) => byte ^ mask[index % 4]!);
  return Buffer.concat([Buffer.from([0x80 | OPCODE_CLOSE, 0x80 | payload.length]), mask, hidden]);
}
