/** Streams of `GenerateContentResponse`, as events of the neutral form. */
import type { JsonObject, SseEvent, StreamReader } from '../dialect.ts';
import type { NeutralEvent } from '../neutral.ts';
import { isObject } from '../kit/params.ts';
import { parseEventJson } from '../kit/sse.ts';
import { AnswerCallIds, parseCandidateParts, readLogprobs } from './candidate-parts.ts';
import { readErrorCode, readErrorMessage } from './errors.ts';
import { isBlocked, readFinishReason } from './finish-reason.ts';
import { readUsage } from './usage.ts';

interface StreamedChoice {
  calls: number;
  finished: boolean;
}

export class ContentReader implements StreamReader {
  #started = false;
  readonly #ids = new AnswerCallIds();
  readonly #choices = new Map<number, StreamedChoice>();

  read({ data }: SseEvent): NeutralEvent[] {
    const chunk = parseEventJson(data);
    const message = readErrorMessage(chunk);
    if (message !== null) {
      const code = readErrorCode(chunk);
      return [{ type: 'error', message, ...(code === undefined ? {} : { code }) }];
    }
    const events: NeutralEvent[] = [];
    if (!this.#started) {
      this.#started = true;
      events.push(readStart(chunk));
    }
    const candidates = Array.isArray(chunk['candidates']) ? chunk['candidates'].filter(isObject) : [];
    for (const candidate of candidates) this.#readCandidate(candidate, events);
    if (isBlocked(chunk)) {
      this.#choices.set(0, { calls: 0, finished: true });
      events.push({ type: 'stop', choice: 0, reason: 'content_filter' });
    }
    const usage = readUsage(chunk);
    if (usage) events.push({ type: 'usage', usage });
    return events;
  }

  /** There is no terminal mark: it is whole when every candidate has said why it stopped. */
  close(): NeutralEvent[] {
    const choices = [...this.#choices.values()];
    return choices.length > 0 && choices.every(({ finished }) => finished) ? [{ type: 'end' }] : [];
  }

  #readCandidate(candidate: JsonObject, events: NeutralEvent[]): void {
    const choice = typeof candidate['index'] === 'number' ? candidate['index'] : 0;
    const state = this.#choices.get(choice) ?? { calls: 0, finished: false };
    this.#choices.set(choice, state);
    let logprobs = readLogprobs(candidate);
    for (const part of parseCandidateParts(candidate, this.#ids)) {
      if (part.type === 'text') {
        events.push({
          type: 'text',
          choice,
          text: part.text,
          ...(logprobs === undefined ? {} : { logprobs }),
        });
        logprobs = undefined;
      } else if (part.type === 'reasoning') {
        events.push({ ...part, choice });
      } else if (part.type === 'image') {
        events.push({ type: 'image', choice, source: part.source });
      } else if (part.type === 'tool_call') {
        const index = state.calls++;
        events.push({ type: 'tool_call', choice, index, id: part.id, name: part.name });
        events.push({ type: 'tool_arguments', choice, index, text: part.arguments });
      }
    }
    if (logprobs !== undefined) events.push({ type: 'text', choice, text: '', logprobs });
    const reason = readFinishReason(candidate['finishReason'], state.calls > 0);
    if (reason === null || state.finished) return;
    state.finished = true;
    events.push({ type: 'stop', choice, reason });
  }
}

function readStart({ responseId, modelVersion }: JsonObject): NeutralEvent {
  return {
    type: 'start',
    id: typeof responseId === 'string' ? responseId : '',
    model: typeof modelVersion === 'string' ? modelVersion : '',
    created: Math.floor(Date.now() / 1000),
  };
}
