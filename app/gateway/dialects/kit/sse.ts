/** Server-sent events (WHATWG HTML §9.2.6), as bytes: where they end, and what they say. */
import { AppError } from '../../../lib/app-error.ts';
import type { JsonObject, SseEvent } from '../dialect.ts';
import { isObject } from './params.ts';

const LF = 0x0a;
const CR = 0x0d;
const EMPTY = Buffer.alloc(0);

/** Finds the blank lines that end events, across any division into chunks. */
export class EventBoundaries {
  /** True when nothing of a further event has been seen. */
  between = true;

  #lineEmpty = true;
  #afterCr = false;

  /** Offset behind the next event's end at or after `from`, or -1. */
  next(chunk: Buffer, from: number): number {
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte === LF && this.#afterCr) {
        this.#afterCr = false;
        continue;
      }
      this.#afterCr = byte === CR;
      if (byte !== LF && byte !== CR) {
        this.#lineEmpty = false;
        this.between = false;
        continue;
      }
      if (!this.#lineEmpty) {
        this.#lineEmpty = true;
        continue;
      }
      this.between = true;
      if (byte === CR && chunk[i + 1] === LF) {
        this.#afterCr = false;
        return i + 2;
      }
      return i + 1;
    }
    return -1;
  }
}

/** Collects complete events, blank line included. */
export class EventSplitter {
  readonly #maxPendingBytes: number;
  readonly #boundaries = new EventBoundaries();
  #begun: Buffer[] = [];
  #begunBytes = 0;

  /** @param maxPendingBytes an event that grows beyond is refused. */
  constructor(maxPendingBytes: number) {
    this.#maxPendingBytes = maxPendingBytes;
  }

  /** @throws AppError `upstream_error` when an event is longer than may be kept. */
  push(chunk: Buffer): Buffer[] {
    const events: Buffer[] = [];
    let from = 0;
    for (;;) {
      const end = this.#boundaries.next(chunk, from);
      if (end === -1) break;
      this.#keep(chunk.subarray(from, end));
      events.push(this.rest());
      from = end;
    }
    // A copy: the chunk belongs to the HTTP client and is large.
    if (from < chunk.length) this.#keep(Buffer.from(chunk.subarray(from)));
    return events;
  }

  /** What has begun and not ended; forgets it. */
  rest(): Buffer {
    const [first = EMPTY] = this.#begun;
    const rest = this.#begun.length > 1 ? Buffer.concat(this.#begun) : first;
    this.#begun = [];
    this.#begunBytes = 0;
    return rest;
  }

  #keep(part: Buffer): void {
    this.#begunBytes += part.length;
    if (this.#begunBytes > this.#maxPendingBytes)
      throw new AppError('upstream_error', 'The service sent an event that is too long to be read.');
    this.#begun.push(part);
  }
}

/** The event's fields; null when it has no data: comments, `retry`, a blank line. */
export function parseSseEvent(bytes: Buffer): SseEvent | null {
  let event = '';
  const data: string[] = [];
  for (const line of bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)) {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'event') event = value;
    else if (name === 'data') data.push(value);
  }
  return data.length === 0 ? null : { event, data: data.join('\n') };
}

/**
 * The object in an event's data.
 * @throws AppError `upstream_error` when it is none.
 */
export function parseEventJson(data: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    throw new AppError('upstream_error', 'The service sent an event that is not valid JSON.', { cause });
  }
  if (!isObject(value)) throw new AppError('upstream_error', 'The service sent an event that is no object.');
  return value;
}

/** One event as text; JSON holds no line breaks, so one `data` line is enough. */
export function renderSseEvent(data: unknown, event = ''): string {
  return `${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`;
}
