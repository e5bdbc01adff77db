/** Follows a stream of chunks that ends with `[DONE]`: chat completions and completions. */
import type { StreamMeter } from '../dialect.ts';
import type { TokenUsage } from '../neutral.ts';
import { stringBytesAfter } from '../shared/measure-text.ts';
import { isAbsent, isObject } from '../shared/params.ts';
import { parseSseEvent } from '../shared/sse.ts';
import { hasTextAfter, hasValueAfter, stringAfter } from './scan.ts';
import { readUsage } from './usage.ts';

const DONE = Buffer.from('[DONE]');
const USAGE = Buffer.from('"usage"');
const FINISH = Buffer.from('"finish_reason"');
const ERROR = Buffer.from('"error"');
const MODEL = Buffer.from('"model"');
/** `data: [DONE]` and its line ends, with room for an id. */
const MAX_DONE_BYTES = 64;

export class ChunkMeter implements StreamMeter {
  usage: TokenUsage | null = null;
  textBytes = 0;
  servedModel: string | null = null;
  finished = false;
  failed = false;

  readonly #hideUsage: boolean;
  readonly #textFields: readonly Buffer[];

  /** @param textFields names, quoted, of members that hold generated text. */
  constructor(textFields: readonly Buffer[], hideUsage: boolean) {
    this.#textFields = textFields;
    this.#hideUsage = hideUsage;
  }

  see(event: Buffer): 'pass' | 'hide' | 'terminal' {
    if (event.length < MAX_DONE_BYTES && event.includes(DONE)) {
      this.finished = true;
      return 'terminal';
    }
    for (const field of this.#textFields) this.textBytes += stringBytesAfter(event, field);
    this.servedModel ||= stringAfter(event, MODEL);
    if (!this.finished) this.finished = hasTextAfter(event, FINISH);
    if (hasValueAfter(event, USAGE, '{') || hasValueAfter(event, ERROR, '{"')) return this.#parse(event);
    return 'pass';
  }

  #parse(event: Buffer): 'pass' | 'hide' {
    let chunk: unknown;
    try {
      chunk = JSON.parse(parseSseEvent(event)?.data ?? '');
    } catch {
      return 'pass';
    }
    if (!isObject(chunk)) return 'pass';
    if (!isAbsent(chunk['error'])) this.failed = true;
    this.usage = readUsage(chunk) ?? this.usage;
    const { choices } = chunk;
    const isExtra = Array.isArray(choices) && choices.length === 0 && isObject(chunk['usage']);
    // It comes behind everything else, also where no reason was given.
    if (isExtra) this.finished = true;
    return this.#hideUsage && isExtra ? 'hide' : 'pass';
  }
}
