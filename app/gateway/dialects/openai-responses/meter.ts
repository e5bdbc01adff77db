/** Follows the events of a response while they pass. */
import type { StreamMeter } from '../dialect.ts';
import type { TokenUsage } from '../neutral.ts';
import { stringBytesAfter } from '../kit/measure-text.ts';
import { isObject } from '../kit/params.ts';
import { stringAfter } from '../kit/scan.ts';
import { parseSseEvent } from '../kit/sse.ts';
import { readUsage } from './usage.ts';

const TYPE = Buffer.from('"type"');
const MODEL = Buffer.from('"model"');
const ID = Buffer.from('"id"');
const DELTA = Buffer.from('"delta"');
const TERMINAL: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete']);

export class ResponsesMeter implements StreamMeter {
  usage: TokenUsage | null = null;
  textBytes = 0;
  servedModel: string | null = null;
  storedId: string | null = null;
  finished = false;
  failed = false;

  see(event: Buffer): 'pass' | 'terminal' {
    // OpenAI writes it first; where another member stands first, the event's own line says it.
    const type = eventName(event) ?? stringAfter(event, TYPE);
    if (type === null) return 'pass';
    if (type.endsWith('.delta')) this.textBytes += stringBytesAfter(event, DELTA);
    if (type === 'response.created') {
      this.servedModel ??= stringAfter(event, MODEL);
      this.storedId ??= stringAfter(event, ID);
    }
    if (type === 'error' || type === 'response.failed') this.failed = true;
    if (!TERMINAL.has(type)) return 'pass';
    this.finished = true;
    this.#readEnd(event);
    return 'terminal';
  }

  #readEnd(event: Buffer): void {
    try {
      const body: unknown = JSON.parse(parseSseEvent(event)?.data ?? '');
      this.usage = isObject(body) ? readUsage(body['response']) : null;
    } catch {
      // Usage that cannot be read was not stated.
    }
  }
}

const EVENT = Buffer.from('event:');
const LF = 0x0a;
const CR = 0x0d;

/** The `event:` line at the event's beginning. */
function eventName(event: Buffer): string | null {
  if (!event.subarray(0, EVENT.length).equals(EVENT)) return null;
  let end = EVENT.length;
  while (end < event.length && event[end] !== LF && event[end] !== CR) end++;
  return event.toString('latin1', EVENT.length, end).trim();
}
