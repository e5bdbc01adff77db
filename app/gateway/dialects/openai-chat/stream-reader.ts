/** Streams of `chat.completion.chunk`, as events of the neutral form. */
import type { JsonObject, SseEvent, StreamReader } from '../dialect.ts';
import type { NeutralEvent } from '../neutral.ts';
import { readErrorCode, readErrorMessage } from '../openai-shared/errors.ts';
import { readLogprobs } from '../openai-shared/logprobs.ts';
import { readStopReason } from '../openai-shared/stop-reason.ts';
import { readUsage } from '../openai-shared/usage.ts';
import { isAbsent, isObject } from '../kit/params.ts';
import { parseEventJson } from '../kit/sse.ts';
import { readContent } from './content.ts';
import { readImages } from './images.ts';
import { readReasoning } from './reasoning.ts';

/** One call of a tool; it is told once its name is known. */
interface StreamedCall {
  index: number;
  id: string;
  name: string;
  /** Arguments that came before the name. */
  waiting: string;
  told: boolean;
}

export class ChatReader implements StreamReader {
  #started = false;
  readonly #calls = new Map<number, Map<number, StreamedCall>>();
  readonly #count = new Map<number, number>();
  readonly #stopped = new Set<number>();

  read({ event, data }: SseEvent): NeutralEvent[] {
    if (data.trim() === '[DONE]') return [{ type: 'end' }];
    const chunk = parseEventJson(data);
    if (event === 'error' || !isAbsent(chunk['error'])) return [readError(chunk)];
    const events: NeutralEvent[] = [];
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'].filter(isObject) : [];
    // Azure begins with the verdict of its filter, which has neither id nor choice.
    if (!this.#started && (choices.length > 0 || chunk['id'])) {
      this.#started = true;
      events.push(readStart(chunk));
    }
    for (const choice of choices) this.#readChoice(choice, events);
    const usage = readUsage(chunk);
    if (usage) events.push({ type: 'usage', usage });
    return events;
  }

  #readChoice(source: JsonObject, events: NeutralEvent[]): void {
    const choice = typeof source['index'] === 'number' ? source['index'] : 0;
    const delta = isObject(source['delta']) ? source['delta'] : {};
    for (const { type, text, signature, redacted } of readReasoning(delta)) {
      events.push({
        type,
        choice,
        text,
        ...(signature === undefined ? {} : { signature }),
        ...(redacted === undefined ? {} : { redacted }),
      });
    }
    const { content, refusal, tool_calls: calls, function_call: call } = delta;
    const logprobs = isObject(source['logprobs']) ? readLogprobs(source['logprobs']['content']) : undefined;
    const said = readContent(content);
    // The bytes of one character may come as several tokens, of which only the last has text.
    if (said.length === 0 && logprobs !== undefined) said.push({ type: 'text', text: '' });
    for (const { type, text } of said) {
      const more = type === 'text' && logprobs !== undefined ? { logprobs } : {};
      events.push({ type, choice, text, ...more });
    }
    for (const source of readImages(delta)) events.push({ type: 'image', choice, source });
    if (typeof refusal === 'string' && refusal !== '')
      events.push({ type: 'refusal', choice, text: refusal });
    if (Array.isArray(calls)) for (const one of calls.filter(isObject)) this.#readCall(choice, one, events);
    else if (isObject(call)) this.#readCall(choice, { index: 0, function: call }, events);
    const reason = readStopReason(source['finish_reason'], this.#calls.has(choice));
    // Some servers say it again with the usage.
    if (reason === null || this.#stopped.has(choice)) return;
    this.#stopped.add(choice);
    events.push({ type: 'stop', choice, reason });
  }

  #readCall(choice: number, source: JsonObject, events: NeutralEvent[]): void {
    const fn = isObject(source['function']) ? source['function'] : {};
    const call = this.#callOf(choice, source);
    if (typeof fn['name'] === 'string' && !call.told) call.name = fn['name'];
    if (typeof fn['arguments'] === 'string') call.waiting += fn['arguments'];
    if (call.name === '') return;
    if (!call.told) {
      call.told = true;
      const id = call.id || `call_${choice}_${call.index}`;
      events.push({ type: 'tool_call', choice, index: call.index, id, name: call.name });
    }
    if (call.waiting !== '')
      events.push({ type: 'tool_arguments', choice, index: call.index, text: call.waiting });
    call.waiting = '';
  }

  /** Calls are told apart by their index; servers that give none, or always the same, by a new id. */
  #callOf(choice: number, source: JsonObject): StreamedCall {
    const calls = this.#calls.get(choice) ?? new Map<number, StreamedCall>();
    this.#calls.set(choice, calls);
    const count = this.#count.get(choice) ?? 0;
    const id = typeof source['id'] === 'string' ? source['id'] : '';
    const stated = source['index'];
    const known = [...calls].find(([, one]) => id !== '' && one.id === id);
    const place = typeof stated === 'number' ? stated : (known?.[0] ?? (id === '' ? count - 1 : count));
    const found = calls.get(place);
    if (found && (id === '' || found.id === '' || found.id === id)) {
      found.id ||= id;
      return found;
    }
    const call: StreamedCall = { index: count, id, name: '', waiting: '', told: false };
    calls.set(place, call);
    this.#count.set(choice, count + 1);
    return call;
  }
}

function readStart(chunk: JsonObject): NeutralEvent {
  const { id, model, created } = chunk;
  return {
    type: 'start',
    id: typeof id === 'string' ? id : '',
    model: typeof model === 'string' ? model : '',
    created: typeof created === 'number' ? created : 0,
  };
}

function readError(chunk: JsonObject): NeutralEvent {
  const { message } = chunk;
  const code = readErrorCode(chunk);
  return {
    type: 'error',
    message:
      readErrorMessage(chunk) ?? (typeof message === 'string' ? message : 'The service reported an error.'),
    ...(code === undefined ? {} : { code }),
  };
}
