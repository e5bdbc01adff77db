/** Streams of message events, as events of the neutral form. */
import type { JsonObject, SseEvent, StreamReader } from '../dialect.ts';
import type { NeutralEvent } from '../neutral.ts';
import { isObject } from '../kit/params.ts';
import { parseEventJson } from '../kit/sse.ts';
import { readErrorCode, readErrorMessage } from './errors.ts';
import { readSignature } from './signature.ts';
import { readStopReason } from './stop-reason.ts';
import { mergeUsage, parseUsage } from './usage.ts';

export class MessageReader implements StreamReader {
  #usage: JsonObject = {};
  /** Number of the tool call that stands in a block. */
  readonly #calls = new Map<unknown, number>();

  read({ data }: SseEvent): NeutralEvent[] {
    const event = parseEventJson(data);
    switch (event['type']) {
      case 'message_start':
        return [this.#readStart(isObject(event['message']) ? event['message'] : {})];
      case 'content_block_start':
        return this.#readBlock(event['index'], event['content_block']);
      case 'content_block_delta':
        return this.#readDelta(event['index'], event['delta']);
      case 'message_delta':
        return this.#readEnd(event);
      case 'message_stop':
        return [{ type: 'end' }];
      case 'error':
        return [readError(event)];
      default:
        return [];
    }
  }

  #readStart({ id, model, usage }: JsonObject): NeutralEvent {
    if (isObject(usage)) this.#usage = usage;
    const stated = parseUsage(this.#usage);
    return {
      type: 'start',
      id: typeof id === 'string' ? id : '',
      model: typeof model === 'string' ? model : '',
      created: Math.floor(Date.now() / 1000),
      ...(stated === null ? {} : { usage: stated }),
    };
  }

  #readBlock(index: unknown, block: unknown): NeutralEvent[] {
    if (!isObject(block)) return [];
    const { type, text, thinking, data, id, name, input } = block;
    const events: NeutralEvent[] = [];
    if (type === 'text' && typeof text === 'string' && text !== '') {
      events.push({ type, choice: 0, text });
    } else if (type === 'thinking' && typeof thinking === 'string' && thinking !== '') {
      events.push({ type: 'reasoning', choice: 0, text: thinking });
    } else if (type === 'redacted_thinking') {
      events.push({
        type: 'reasoning',
        choice: 0,
        text: '',
        redacted: true,
        ...readSignature(data),
      });
    } else if (type === 'tool_use' && typeof name === 'string') {
      const call = this.#calls.size;
      this.#calls.set(index, call);
      const callId = typeof id === 'string' && id !== '' ? id : `toolu_${call}`;
      events.push({ type: 'tool_call', choice: 0, index: call, id: callId, name });
      // Servers that only resemble Anthropic's tell the whole input at once.
      if (isObject(input) && Object.keys(input).length > 0)
        events.push({ type: 'tool_arguments', choice: 0, index: call, text: JSON.stringify(input) });
    }
    return events;
  }

  #readDelta(index: unknown, delta: unknown): NeutralEvent[] {
    if (!isObject(delta)) return [];
    const { type, text, thinking, signature, partial_json: json } = delta;
    if (type === 'text_delta' && typeof text === 'string') return [{ type: 'text', choice: 0, text }];
    if (type === 'thinking_delta' && typeof thinking === 'string')
      return [{ type: 'reasoning', choice: 0, text: thinking }];
    if (type === 'signature_delta' && typeof signature === 'string' && signature !== '')
      return [{ type: 'reasoning', choice: 0, text: '', ...readSignature(signature) }];
    const call = this.#calls.get(index);
    if (type === 'input_json_delta' && typeof json === 'string' && json !== '' && call !== undefined)
      return [{ type: 'tool_arguments', choice: 0, index: call, text: json }];
    return [];
  }

  #readEnd({ delta, usage }: JsonObject): NeutralEvent[] {
    const events: NeutralEvent[] = [];
    const { stop_reason: stop, stop_sequence: stopSequence } = isObject(delta) ? delta : {};
    const reason = readStopReason(stop);
    if (reason !== null)
      events.push({
        type: 'stop',
        choice: 0,
        reason,
        ...(typeof stopSequence === 'string' ? { stopSequence } : {}),
      });
    if (!isObject(usage)) return events;
    this.#usage = mergeUsage(this.#usage, usage);
    const stated = parseUsage(this.#usage);
    if (stated !== null) events.push({ type: 'usage', usage: stated });
    return events;
  }
}

function readError(event: JsonObject): NeutralEvent {
  const code = readErrorCode(event);
  return {
    type: 'error',
    message: readErrorMessage(event) ?? 'The service reported an error.',
    ...(code === undefined ? {} : { code }),
  };
}
