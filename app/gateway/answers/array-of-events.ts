import type { AppError } from '../../lib/app-error.ts';
import { EventSplitter, parseSseEvent } from '../dialects/kit/sse.ts';
import type { TokenUsage } from '../dialects/neutral.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';

const EMPTY = Buffer.alloc(0);
/** A picture is one element; beyond this no event is kept until its end. */
const MAX_ELEMENT_BYTES = 16 * 1024 * 1024;
/** As Google writes it. */
const SEPARATOR = '\r\n,\r\n';

/**
 * Google's other form of a stream: one JSON array that grows, an element for every event. An error is its
 * last element, as it is there.
 */
export class ArrayOfEvents implements AnswerBody {
  readonly isEventStream = false;
  readonly rewritten = true;
  /** There is no room for comments in JSON. */
  readonly atBoundary = false;

  readonly #events: AnswerBody;
  readonly #splitter = new EventSplitter(MAX_ELEMENT_BYTES);
  #begun = false;

  /** @param events the same as server-sent events. */
  constructor(events: AnswerBody) {
    this.#events = events;
  }

  get buffered(): boolean {
    return this.#events.buffered;
  }

  get usage(): TokenUsage | null {
    return this.#events.usage;
  }

  get textBytes(): number {
    return this.#events.textBytes;
  }

  get servedModel(): string | null {
    return this.#events.servedModel;
  }

  push(chunk: Buffer): Buffer {
    return this.#elements(this.#events.push(chunk));
  }

  end(): AnswerEnd {
    const end = this.#events.end();
    if (end.state === 'truncated' || end.error !== undefined) return end;
    return { ...end, last: Buffer.concat([this.#elements(end.last), this.#close()]) };
  }

  breakOff(error: AppError): Buffer | null {
    const said = this.#events.breakOff(error);
    // An event that had begun was not passed on, so nothing of it is in the way.
    this.#splitter.rest();
    return said && Buffer.concat([this.#elements(said), this.#close()]);
  }

  #elements(events: Buffer): Buffer {
    if (events.length === 0) return EMPTY;
    let array = '';
    for (const event of this.#splitter.push(events)) {
      const data = parseSseEvent(event)?.data;
      if (data === undefined) continue;
      array += (this.#begun ? SEPARATOR : '[') + data;
      this.#begun = true;
    }
    return array === '' ? EMPTY : Buffer.from(array);
  }

  /** The last event may lack its blank line. */
  #close(): Buffer {
    const rest = this.#splitter.rest();
    const last = this.#elements(rest.length === 0 ? EMPTY : Buffer.concat([rest, Buffer.from('\n\n')]));
    return Buffer.concat([last, Buffer.from(this.#begun ? '\r\n]' : '[]')]);
  }
}
