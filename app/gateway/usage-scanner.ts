/**
 * Follows a stream of server-sent events (WHATWG HTML §9.2.6) while it passes through: where events
 * begin and end, how much text was delivered, what the upstream says was used. Bytes are handed on as
 * they are; only two events can be taken out, and only when asked: the usage chunk that the caller
 * did not order, and `[DONE]`, which is kept until the call is settled.
 */
import { readUsage, type TokenUsage } from './dialects/openai-usage.ts';

const LF = 0x0a;
const CR = 0x0d;

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

export interface ScannerOptions {
  /** Take the usage chunk out of the stream. */
  hideUsage: boolean;
  /** Keep `[DONE]` back until `finish`. */
  holdDone: boolean;
}

/** No usage chunk is larger; a longer event is passed on before its end is seen. */
const MAX_KEPT_BYTES = 32 * 1024;
const EMPTY = Buffer.alloc(0);

const USAGE = Buffer.from('"usage"');
const NO_USAGE = Buffer.from('"usage":null');
const DONE = Buffer.from('[DONE]');
const FINISH = Buffer.from('"finish_reason"');
const NOT_FINISHED = Buffer.from('"finish_reason":null');
const ERROR = Buffer.from('"error"');
const CHOICES = Buffer.from('"choices"');
const TEXT_FIELDS = ['"content"', '"arguments"', '"reasoning_content"', '"refusal"'].map((field) =>
  Buffer.from(field),
);

type Verdict = 'pass' | 'hide' | 'hold';

export class UsageScanner {
  /** What the upstream claims; the last sane statement counts. */
  usage: TokenUsage | null = null;
  /** Bytes of generated text handed on so far. */
  textBytes = 0;
  sawDone = false;
  /** The model said that it had finished. */
  sawFinish = false;
  /** The upstream reported an error inside the stream. */
  sawError = false;
  /** True when what was handed on so far ends where an event ends. */
  atBoundary = true;

  readonly #filtering: boolean;
  readonly #options: ScannerOptions;
  readonly #boundaries = new EventBoundaries();
  /** Bytes of the event that has begun; null once it grew too long to be kept. */
  #begun: Buffer | null = EMPTY;
  #held: Buffer = EMPTY;

  constructor(options: ScannerOptions) {
    this.#options = options;
    this.#filtering = options.hideUsage || options.holdDone;
  }

  /** Looks at a chunk and returns what to hand on now, which may be empty. */
  push(chunk: Buffer): Buffer {
    const passed: Buffer[] = [];
    let altered = this.#filtering && this.#begun !== null && this.#begun.length > 0;
    let from = 0;
    for (;;) {
      const end = this.#boundaries.next(chunk, from);
      if (end === -1) break;
      const part = chunk.subarray(from, end);
      const verdict = this.#close(part, passed);
      if (verdict !== 'pass') altered = true;
      from = end;
    }
    const rest = chunk.subarray(from);
    if (rest.length > 0 && this.#open(rest, passed)) altered = true;
    if (!this.#filtering) {
      this.atBoundary = this.#boundaries.between;
      return chunk;
    }
    this.atBoundary = this.#begun !== null;
    if (!altered) return chunk;
    return passed.length === 1 ? passed[0]! : Buffer.concat(passed);
  }

  /** What was kept back, at the upstream's end: an unfinished event, then `[DONE]`. */
  finish(): Buffer {
    const rest =
      this.#filtering && this.#begun !== null ? Buffer.concat([this.#begun, this.#held]) : this.#held;
    this.#begun = EMPTY;
    this.#held = EMPTY;
    return rest;
  }

  /** An event ends with `part`. */
  #close(part: Buffer, passed: Buffer[]): Verdict {
    const begun = this.#begun;
    this.#begun = EMPTY;
    if (begun === null) {
      // Its beginning has been passed on already.
      passed.push(part);
      return 'pass';
    }
    const event = begun.length === 0 ? part : Buffer.concat([begun, part]);
    const verdict = this.#inspect(event);
    if (!this.#filtering || verdict === 'pass') {
      passed.push(event);
      return 'pass';
    }
    if (verdict === 'hold') this.#held = Buffer.concat([this.#held, event]);
    return verdict;
  }

  /** An event goes on behind this chunk; true when something of it is kept back. */
  #open(rest: Buffer, passed: Buffer[]): boolean {
    const begun = this.#begun;
    if (begun === null) {
      passed.push(rest);
      return false;
    }
    if (begun.length + rest.length <= MAX_KEPT_BYTES) {
      // A copy: the chunk belongs to the HTTP client and is large.
      this.#begun = begun.length === 0 ? Buffer.from(rest) : Buffer.concat([begun, rest]);
      return this.#filtering;
    }
    passed.push(begun, rest);
    this.textBytes += rest.length;
    this.#begun = null;
    return begun.length > 0;
  }

  #inspect(event: Buffer): Verdict {
    if (event.length < 32 && event.includes(DONE)) {
      this.sawDone = true;
      return this.#options.holdDone ? 'hold' : 'pass';
    }
    for (const field of TEXT_FIELDS) this.textBytes += stringBytesAfter(event, field);
    if (!this.sawFinish && event.includes(FINISH) && !event.includes(NOT_FINISHED)) this.sawFinish = true;
    if (event.includes(ERROR) && !event.includes(CHOICES)) this.sawError = true;
    if (event.includes(USAGE) && !event.includes(NO_USAGE)) return this.#readUsage(event);
    return 'pass';
  }

  #readUsage(event: Buffer): Verdict {
    let value: unknown;
    try {
      value = JSON.parse(dataOf(event));
    } catch {
      return 'pass';
    }
    const usage = readUsage(value);
    if (usage) this.usage = usage;
    const isExtra =
      typeof value === 'object' &&
      value !== null &&
      'choices' in value &&
      Array.isArray(value.choices) &&
      value.choices.length === 0 &&
      'usage' in value;
    return this.#options.hideUsage && isExtra ? 'hide' : 'pass';
  }
}

/** The event's `data` lines, joined as the standard says. */
function dataOf(event: Buffer): string {
  return event
    .toString('utf8')
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(line.startsWith('data: ') ? 6 : 5))
    .join('\n');
}

/** Length of the string values that follow this field name, escapes counted as one byte. */
function stringBytesAfter(event: Buffer, field: Buffer): number {
  let bytes = 0;
  let at = event.indexOf(field);
  while (at !== -1) {
    let i = at + field.length;
    while (event[i] === 0x20 || event[i] === 0x3a) i++;
    if (event[i] === 0x22) {
      for (i++; i < event.length && event[i] !== 0x22; i++) {
        if (event[i] === 0x5c) i++;
        bytes++;
      }
    }
    at = event.indexOf(field, i);
  }
  return bytes;
}
