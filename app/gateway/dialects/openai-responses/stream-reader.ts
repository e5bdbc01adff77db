/** The typed events of a response, as events of the neutral form. */
import type { JsonObject, SseEvent, StreamReader } from '../dialect.ts';
import type { NeutralEvent } from '../neutral.ts';
import { readErrorCode, readErrorMessage } from '../openai-shared/errors.ts';
import { readLogprobs } from '../openai-shared/logprobs.ts';
import { isObject } from '../kit/params.ts';
import { parseEventJson } from '../kit/sse.ts';
import { readImageItem } from './images.ts';
import { readSignature } from './reasoning.ts';
import { readStop } from './response.ts';
import { readUsage } from './usage.ts';

interface StreamedItem {
  /** Of a call: its number among the calls. */
  call: number;
  /** Something of it was streamed. */
  begun: boolean;
}

export class ResponsesReader implements StreamReader {
  #started = false;
  #calls = 0;
  readonly #items = new Map<number, StreamedItem>();

  read({ event, data }: SseEvent): NeutralEvent[] {
    if (data.trim() === '[DONE]') return [];
    const body = parseEventJson(data);
    const type = typeof body['type'] === 'string' ? body['type'] : event;
    const response = isObject(body['response']) ? body['response'] : null;
    if (type === 'error') return [readError(body)];
    if (type === 'response.failed') return [readError(response ?? {})];
    const events = response === null ? [] : this.#start(response);
    switch (type) {
      case 'response.output_item.added':
        events.push(...this.#added(body));
        break;
      case 'response.output_text.delta': {
        const logprobs = readLogprobs(body['logprobs']);
        const more = logprobs === undefined ? {} : { logprobs };
        events.push({ type: 'text', choice: 0, text: textOf(body['delta']), ...more });
        break;
      }
      case 'response.refusal.delta':
        events.push({ type: 'refusal', choice: 0, text: textOf(body['delta']) });
        break;
      case 'response.reasoning_summary_part.added':
        // Parts of a summary are paragraphs.
        if (this.#item(body).begun) events.push({ type: 'reasoning', choice: 0, text: '\n\n' });
        break;
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        this.#item(body).begun = true;
        events.push({ type: 'reasoning', choice: 0, text: textOf(body['delta']) });
        break;
      case 'response.function_call_arguments.delta':
        events.push(...this.#arguments(body, textOf(body['delta'])));
        break;
      case 'response.output_item.done':
        events.push(...this.#done(body));
        break;
      case 'response.completed':
      case 'response.incomplete':
        events.push(...this.#end(response ?? {}));
    }
    return events;
  }

  #start(response: JsonObject): NeutralEvent[] {
    if (this.#started) return [];
    this.#started = true;
    const { id, model, created_at: created } = response;
    const at = typeof created === 'number' ? created : 0;
    return [{ type: 'start', id: textOf(id), model: textOf(model), created: at }];
  }

  #item(body: JsonObject): StreamedItem {
    const place = typeof body['output_index'] === 'number' ? body['output_index'] : -1;
    const item = this.#items.get(place) ?? { call: -1, begun: false };
    this.#items.set(place, item);
    return item;
  }

  #added(body: JsonObject): NeutralEvent[] {
    const source = body['item'];
    if (!isObject(source) || source['type'] !== 'function_call') return [];
    const item = this.#item(body);
    item.call = this.#calls++;
    const { call_id: id, name } = source;
    return [
      { type: 'tool_call', choice: 0, index: item.call, id: textOf(id), name: textOf(name) },
      ...this.#arguments(body, textOf(source['arguments'])),
    ];
  }

  #arguments(body: JsonObject, text: string): NeutralEvent[] {
    const item = this.#item(body);
    if (text === '' || item.call === -1) return [];
    item.begun = true;
    return [{ type: 'tool_arguments', choice: 0, index: item.call, text }];
  }

  /** What was not streamed stands in the item when it is done. */
  #done(body: JsonObject): NeutralEvent[] {
    const source = body['item'];
    if (!isObject(source)) return [];
    const item = this.#item(body);
    if (source['type'] === 'function_call') {
      const added = item.call === -1 ? this.#added(body) : [];
      if (item.begun) return added;
      return [...added, ...this.#arguments(body, textOf(source['arguments']))];
    }
    const image = readImageItem(source);
    if (image) return [{ type: 'image', choice: 0, source: image }];
    const signature = source['type'] === 'reasoning' ? readSignature(source) : undefined;
    if (signature === undefined) return [];
    const redacted = item.begun ? {} : { redacted: true as const };
    return [{ type: 'reasoning', choice: 0, text: '', signature, ...redacted }];
  }

  #end(response: JsonObject): NeutralEvent[] {
    const usage = readUsage(response);
    return [
      { type: 'stop', choice: 0, reason: readStop(response, this.#calls > 0) },
      ...(usage === null ? [] : [{ type: 'usage' as const, usage }]),
      { type: 'end' },
    ];
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function readError(body: JsonObject): NeutralEvent {
  const code = readErrorCode(body);
  const message = readErrorMessage(body) ?? (textOf(body['message']) || 'The service reported an error.');
  return { type: 'error', message, ...(code === undefined ? {} : { code }) };
}
