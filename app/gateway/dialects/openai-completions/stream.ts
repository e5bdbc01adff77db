/** Streams of `text_completion` objects. */
import type { JsonObject, SseEvent, StreamReader, StreamWriter } from '../dialect.ts';
import type { NeutralEvent, NeutralLogprob, NeutralRequest, TokenUsage } from '../neutral.ts';
import { readErrorCode, readErrorMessage } from '../openai-shared/errors.ts';
import { readStopReason } from '../openai-shared/stop-reason.ts';
import { readUsage, renderUsage } from '../openai-shared/usage.ts';
import { isAbsent, isObject } from '../kit/params.ts';
import { parseEventJson, renderSseEvent } from '../kit/sse.ts';
import { renderFinish } from './answer.ts';
import { readLogprobs, renderLogprobs } from './logprobs.ts';

export class CompletionsReader implements StreamReader {
  #started = false;

  read({ event, data }: SseEvent): NeutralEvent[] {
    if (data.trim() === '[DONE]') return [{ type: 'end' }];
    const chunk = parseEventJson(data);
    if (event === 'error' || !isAbsent(chunk['error'])) {
      const code = readErrorCode(chunk);
      const message = readErrorMessage(chunk) ?? 'The service reported an error.';
      return [{ type: 'error', message, ...(code === undefined ? {} : { code }) }];
    }
    const events: NeutralEvent[] = [];
    const { id, model, created, choices } = chunk;
    if (!this.#started) {
      this.#started = true;
      events.push({
        type: 'start',
        id: typeof id === 'string' ? id : '',
        model: typeof model === 'string' ? model : '',
        created: typeof created === 'number' ? created : 0,
      });
    }
    for (const source of Array.isArray(choices) ? choices.filter(isObject) : []) {
      const choice = typeof source['index'] === 'number' ? source['index'] : 0;
      const { text } = source;
      const logprobs = readLogprobs(source['logprobs']);
      const more = logprobs === undefined ? {} : { logprobs };
      if (typeof text === 'string' && text !== '') events.push({ type: 'text', choice, text, ...more });
      const reason = readStopReason(source['finish_reason'], false);
      if (reason !== null) events.push({ type: 'stop', choice, reason });
    }
    const usage = readUsage(chunk);
    if (usage) events.push({ type: 'usage', usage });
    return events;
  }
}

export class CompletionsWriter implements StreamWriter {
  readonly #wantsUsage: boolean;
  #head = { id: '', created: 0, model: '' };
  #usage: TokenUsage | null = null;
  /** Characters written, by choice: where the next token stands. */
  readonly #offsets = new Map<number, number>();

  constructor(request: NeutralRequest) {
    this.#wantsUsage = request.wantsUsage;
  }

  write(event: NeutralEvent): string {
    switch (event.type) {
      case 'start':
        this.#head = { id: event.id, created: event.created, model: event.model };
        this.#usage = event.usage ?? null;
        return '';
      case 'text':
        return this.#text(event.choice, event.text, event.logprobs);
      case 'refusal':
        return this.#text(event.choice, event.text, undefined);
      case 'stop':
        return this.#render(
          [{ index: event.choice, text: '', logprobs: null, finish_reason: renderFinish(event.reason) }],
          null,
        );
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'end':
        return `${this.#wantsUsage && this.#usage ? this.#render([], renderUsage(this.#usage)) : ''}data: [DONE]\n\n`;
      // A completion is text alone.
      default:
        return '';
    }
  }

  #text(choice: number, text: string, logprobs: NeutralLogprob[] | undefined): string {
    const offset = this.#offsets.get(choice) ?? 0;
    this.#offsets.set(choice, offset + text.length);
    const rendered = logprobs === undefined ? null : renderLogprobs(logprobs, offset);
    return this.#render([{ index: choice, text, logprobs: rendered, finish_reason: null }], null);
  }

  #render(choices: JsonObject[], usage: JsonObject | null): string {
    return renderSseEvent({
      ...this.#head,
      object: 'text_completion',
      choices,
      ...(this.#wantsUsage ? { usage } : {}),
    });
  }
}
