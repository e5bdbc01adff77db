/** Neutral events as the typed events of a response, which repeat at their end what they told in pieces. */
import type { JsonObject, StreamWriter } from '../dialect.ts';
import type {
  MediaSource,
  NeutralEvent,
  NeutralLogprob,
  NeutralRequest,
  StopReason,
  TokenUsage,
} from '../neutral.ts';
import { renderLogprobs } from '../openai-shared/logprobs.ts';
import { renderSseEvent } from '../kit/sse.ts';
import { renderMessage, renderText } from './answer.ts';
import { renderImageItem } from './images.ts';
import { renderReasoningItem } from './reasoning.ts';
import { incompleteReason, itemId, renderResponse, type ResponseHead } from './response.ts';

interface ContentPart {
  type: 'text' | 'refusal';
  text: string;
  logprobs: NeutralLogprob[];
}

type OpenItem =
  | { kind: 'message'; id: string; place: number; parts: ContentPart[] }
  | { kind: 'reasoning'; id: string; place: number; text: string; signature?: string }
  | { kind: 'call'; id: string; place: number; callId: string; name: string; text: string };

export class ResponsesWriter implements StreamWriter {
  readonly #request: NeutralRequest;
  #head: ResponseHead = { id: '', model: '', created: 0 };
  #sequence = 0;
  #usage: TokenUsage | null = null;
  #stop: StopReason = 'stop';
  /** Items that are done, by their place. */
  readonly #output: JsonObject[] = [];
  #places = 0;
  /** A message or reasoning; another closes it. */
  #current: Exclude<OpenItem, { kind: 'call' }> | null = null;
  /** Calls may be told in turns, so they stay open to the end. */
  readonly #calls = new Map<number, Extract<OpenItem, { kind: 'call' }>>();

  constructor(request: NeutralRequest) {
    this.#request = request;
  }

  write(event: NeutralEvent): string {
    // A response has one choice.
    if ('choice' in event && event.choice !== 0) return '';
    switch (event.type) {
      case 'start':
        this.#head = { id: event.id, model: event.model, created: event.created };
        this.#usage = event.usage ?? null;
        return (
          this.#event('response.created', { response: this.#response(null) }) +
          this.#event('response.in_progress', { response: this.#response(null) })
        );
      case 'text':
      case 'refusal':
        return this.#content(event.type, event.text, event.type === 'text' ? event.logprobs : undefined);
      case 'reasoning':
        return this.#reasoning(event.text, event.signature);
      case 'image':
        return this.#closeCurrent() + this.#image(event.source);
      case 'tool_call':
        return this.#closeCurrent() + this.#openCall(event.index, event.id, event.name);
      case 'tool_arguments':
        return this.#arguments(event.index, event.text);
      case 'stop':
        this.#stop = event.reason;
        return '';
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'end':
        return this.#end();
      case 'error':
        return '';
    }
  }

  #content(type: ContentPart['type'], text: string, logprobs: NeutralLogprob[] = []): string {
    let output = '';
    let item = this.#current;
    if (item?.kind !== 'message') {
      output += this.#closeCurrent();
      const place = this.#places++;
      item = { kind: 'message', id: itemId('msg', this.#head.id, place), place, parts: [] };
      this.#current = item;
      output += this.#itemEvent('added', item, renderMessage(item.id, [], 'in_progress'));
    }
    let part = item.parts.at(-1);
    if (part?.type !== type) {
      output += this.#closePart(item);
      part = { type, text: '', logprobs: [] };
      item.parts.push(part);
      output += this.#partEvent('response.content_part.added', item, { part: renderPart(part) });
    }
    part.text += text;
    part.logprobs.push(...logprobs);
    if (text === '' && logprobs.length === 0) return output;
    return (
      output +
      (type === 'text'
        ? this.#partEvent('response.output_text.delta', item, {
            delta: text,
            logprobs: renderLogprobs(logprobs),
          })
        : this.#partEvent('response.refusal.delta', item, { delta: text }))
    );
  }

  #reasoning(text: string, signature: string | undefined): string {
    let output = '';
    let item = this.#current;
    if (item?.kind !== 'reasoning') {
      output += this.#closeCurrent();
      const place = this.#places++;
      item = { kind: 'reasoning', id: itemId('rs', this.#head.id, place), place, text: '' };
      this.#current = item;
      output += this.#itemEvent('added', item, { ...renderReasoningItem({ text: '' }, item.id) });
    }
    if (text !== '') {
      if (item.text === '')
        output += this.#summaryEvent('response.reasoning_summary_part.added', item, {
          part: { type: 'summary_text', text: '' },
        });
      item.text += text;
      output += this.#summaryEvent('response.reasoning_summary_text.delta', item, { delta: text });
    }
    if (signature === undefined) return output;
    // What is signed is whole: more is another item.
    item.signature = signature;
    return output + this.#closeCurrent();
  }

  #image(source: MediaSource): string {
    const item = renderImageItem(source, itemId('ig', this.#head.id, this.#places));
    if (item === null) return '';
    const place = this.#places++;
    const begun = { ...item, status: 'in_progress', result: null };
    const added = this.#event('response.output_item.added', { output_index: place, item: begun });
    this.#output[place] = item;
    return added + this.#event('response.output_item.done', { output_index: place, item });
  }

  #openCall(index: number, callId: string, name: string): string {
    const place = this.#places++;
    const id = itemId('fc', this.#head.id, place);
    const item = { kind: 'call' as const, id, place, callId, name, text: '' };
    this.#calls.set(index, item);
    return this.#itemEvent('added', item, renderCall(item, 'in_progress'));
  }

  #arguments(index: number, text: string): string {
    const item = this.#calls.get(index);
    if (!item || text === '') return '';
    item.text += text;
    return this.#event('response.function_call_arguments.delta', {
      item_id: item.id,
      output_index: item.place,
      delta: text,
    });
  }

  #closeCurrent(): string {
    const item = this.#current;
    this.#current = null;
    if (item === null) return '';
    if (item.kind === 'message') {
      const output = this.#closePart(item);
      return output + this.#itemEvent('done', item, renderMessage(item.id, item.parts.map(renderPart)));
    }
    const { text, signature } = item;
    const part = { type: 'summary_text', text };
    const output =
      text === ''
        ? ''
        : this.#summaryEvent('response.reasoning_summary_text.done', item, { text }) +
          this.#summaryEvent('response.reasoning_summary_part.done', item, { part });
    const signed = signature === undefined ? { text } : { text, signature };
    // The id that the added event told.
    const rendered = { ...renderReasoningItem(signed, item.id), id: item.id };
    return output + this.#itemEvent('done', item, rendered);
  }

  #closePart(item: Extract<OpenItem, { kind: 'message' }>): string {
    const part = item.parts.at(-1);
    if (!part) return '';
    const done =
      part.type === 'text'
        ? this.#partEvent('response.output_text.done', item, {
            text: part.text,
            logprobs: renderLogprobs(part.logprobs),
          })
        : this.#partEvent('response.refusal.done', item, { refusal: part.text });
    return done + this.#partEvent('response.content_part.done', item, { part: renderPart(part) });
  }

  #end(): string {
    let output = this.#closeCurrent();
    for (const item of this.#calls.values()) {
      output += this.#event('response.function_call_arguments.done', {
        item_id: item.id,
        output_index: item.place,
        name: item.name,
        arguments: item.text,
      });
      output += this.#itemEvent('done', item, renderCall(item, 'completed'));
    }
    const type = incompleteReason(this.#stop) === null ? 'response.completed' : 'response.incomplete';
    return output + this.#event(type, { response: this.#response(this.#stop) });
  }

  #response(stop: StopReason | null): JsonObject {
    const usage = stop === null ? null : this.#usage;
    return renderResponse(this.#head, this.#request, this.#output, stop, usage);
  }

  #itemEvent(what: 'added' | 'done', { place }: OpenItem, item: JsonObject): string {
    if (what === 'done') this.#output[place] = item;
    return this.#event(`response.output_item.${what}`, { output_index: place, item });
  }

  #partEvent(type: string, item: Extract<OpenItem, { kind: 'message' }>, more: JsonObject): string {
    const index = item.parts.length - 1;
    return this.#event(type, { item_id: item.id, output_index: item.place, content_index: index, ...more });
  }

  #summaryEvent(type: string, { id, place }: OpenItem, more: JsonObject): string {
    return this.#event(type, { item_id: id, output_index: place, summary_index: 0, ...more });
  }

  #event(type: string, more: JsonObject): string {
    return renderSseEvent({ type, sequence_number: this.#sequence++, ...more }, type);
  }
}

function renderPart({ type, text, logprobs }: ContentPart): JsonObject {
  return type === 'text' ? renderText(text, logprobs) : { type: 'refusal', refusal: text };
}

function renderCall(item: Extract<OpenItem, { kind: 'call' }>, status: string): JsonObject {
  const { id, callId, name, text } = item;
  return { id, type: 'function_call', status, call_id: callId, name, arguments: text };
}
