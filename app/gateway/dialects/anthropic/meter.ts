/** Follows a stream of message events that is passed on unchanged. */
import type { JsonObject, StreamMeter } from '../dialect.ts';
import type { TokenUsage } from '../neutral.ts';
import { stringAfter } from '../kit/scan.ts';
import { stringBytesAfter } from '../kit/measure-text.ts';
import { isObject } from '../kit/params.ts';
import { parseSseEvent } from '../kit/sse.ts';
import { mergeUsage, parseUsage } from './usage.ts';

const TYPE = Buffer.from('"type"');
const MODEL = Buffer.from('"model"');
const DELTA = Buffer.from('content_block_delta');
/** Others hold no text that the model wrote: `signature`, `data`. */
const TEXT_FIELDS = ['text', 'thinking', 'partial_json'].map((name) => Buffer.from(`"${name}"`));
/** Where the usual names stand: `event:` line and the first members of the data. */
const HEAD_BYTES = 128;
const MARKS = ['message_start', 'message_delta', 'message_stop', 'error'].map((name) => Buffer.from(name));

export class MessageMeter implements StreamMeter {
  usage: TokenUsage | null = null;
  textBytes = 0;
  servedModel: string | null = null;
  finished = false;
  failed = false;

  #stated: JsonObject = {};

  see(event: Buffer): 'pass' | 'terminal' {
    const head = event.subarray(0, HEAD_BYTES);
    if (head.includes(DELTA)) {
      for (const field of TEXT_FIELDS) this.textBytes += stringBytesAfter(event, field);
      return 'pass';
    }
    if (!event.includes(TYPE) || !MARKS.some((mark) => event.includes(mark))) return 'pass';
    return this.#parse(event);
  }

  #parse(bytes: Buffer): 'pass' | 'terminal' {
    let event: unknown;
    try {
      event = JSON.parse(parseSseEvent(bytes)?.data ?? '');
    } catch {
      return 'pass';
    }
    if (!isObject(event)) return 'pass';
    const { type, message, delta, usage } = event;
    if (type === 'message_start' && isObject(message)) {
      this.servedModel ??= stringAfter(bytes, MODEL);
      if (isObject(message['usage'])) this.#stated = message['usage'];
    } else if (type === 'message_delta') {
      // The head's count of output is none yet: only this one is.
      if (isObject(usage)) {
        this.#stated = mergeUsage(this.#stated, usage);
        this.usage = parseUsage(this.#stated);
      }
      if (isObject(delta) && typeof delta['stop_reason'] === 'string') this.finished = true;
    } else if (type === 'message_stop') {
      this.finished = true;
      return 'terminal';
    } else if (type === 'error') {
      this.failed = true;
    }
    return 'pass';
  }
}
