/** Follows a stream of chunks that ends with `[DONE]`: chat completions and completions. */
import type { StreamMeter } from '../dialect.ts';
import type { TokenUsage } from '../neutral.ts';
import { isAbsent, isObject } from '../kit/params.ts';
import { eachMember, textAt, textBytesAt, watchFor, type WatchList } from '../kit/scan.ts';
import { parseSseEvent } from '../kit/sse.ts';
import { readUsage } from './usage.ts';

const DONE = Buffer.from('[DONE]');
/** `data: [DONE]` and its line ends, with room for an id. */
const MAX_DONE_BYTES = 64;
const QUOTE = 0x22;
const BRACE = 0x7b;

type Kind = 'model' | 'finish' | 'usage' | 'error' | 'text';

/** @param textMembers names of members that hold generated text. */
export function watchChunks(textMembers: readonly string[]): WatchList<Kind> {
  return watchFor<Kind>({
    model: 'model',
    finish_reason: 'finish',
    usage: 'usage',
    error: 'error',
    ...Object.fromEntries(textMembers.map((name) => [name, 'text'])),
  });
}

export class ChunkMeter implements StreamMeter {
  usage: TokenUsage | null = null;
  textBytes = 0;
  servedModel: string | null = null;
  finished = false;
  failed = false;

  readonly #watched: WatchList<Kind>;
  readonly #hideUsage: boolean;
  #event: Buffer = DONE;
  /** The event in hand says something that a look cannot tell. */
  #mustParse = false;

  /** @param watched made by `watchChunks`. */
  constructor(watched: WatchList<Kind>, hideUsage: boolean) {
    this.#watched = watched;
    this.#hideUsage = hideUsage;
  }

  see(event: Buffer): 'pass' | 'hide' | 'terminal' {
    if (event.length < MAX_DONE_BYTES && event.includes(DONE)) {
      this.finished = true;
      return 'terminal';
    }
    this.#event = event;
    this.#mustParse = false;
    eachMember(event, this.#watched, this.#visit);
    return this.#mustParse ? this.#parse(event) : 'pass';
  }

  #visit = (kind: Kind, at: number): void => {
    const event = this.#event;
    const first = event[at];
    if (kind === 'text') this.textBytes += textBytesAt(event, at);
    else if (kind === 'model') this.servedModel ||= textAt(event, at);
    // Some servers write '' while there is none.
    else if (kind === 'finish') this.finished ||= first === QUOTE && event[at + 1] !== QUOTE;
    else this.#mustParse ||= first === BRACE || (kind === 'error' && first === QUOTE);
  };

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
    return this.#hideUsage && isExtra ? 'hide' : 'pass';
  }
}
