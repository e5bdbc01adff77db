/** Follows the events of a response while they pass. */
import type { StreamMeter } from '../dialect.ts';
import type { TokenUsage } from '../neutral.ts';
import { stringAfter } from '../openai-shared/scan.ts';
import { stringBytesAfter } from '../shared/measure-text.ts';
import { isObject } from '../shared/params.ts';
import { parseSseEvent } from '../shared/sse.ts';
import { readUsage } from './usage.ts';

const TYPE = Buffer.from('"type"');
const MODEL = Buffer.from('"model"');
const DELTA = Buffer.from('"delta"');
const TERMINAL: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete']);

export class ResponsesMeter implements StreamMeter {
  usage: TokenUsage | null = null;
  textBytes = 0;
  servedModel: string | null = null;
  finished = false;
  failed = false;

  see(event: Buffer): 'pass' | 'terminal' {
    // OpenAI writes it first; where another member stands first, the event's own line says it.
    const type = eventName(event) ?? stringAfter(event, TYPE);
    if (type === null) return 'pass';
    if (type.endsWith('.delta')) this.textBytes += stringBytesAfter(event, DELTA);
    if (type === 'response.created') this.servedModel ??= stringAfter(event, MODEL);
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

/** The `event:` line at the event's beginning. */
function eventName(event: Buffer): string | null {
  if (event.indexOf(EVENT) !== 0) return null;
  const line = event.toString('latin1', EVENT.length, Math.min(event.length, 128));
  return line.split(/[\r\n]/, 1)[0]!.trim();
}
