/** Neutral events as a stream of `chat.completion.chunk`. */
import type { JsonObject, StreamWriter } from '../dialect.ts';
import type { NeutralEvent, NeutralRequest, TokenUsage } from '../neutral.ts';
import { renderLogprobs } from '../openai-shared/logprobs.ts';
import { renderUsage } from '../openai-shared/usage.ts';
import { renderSseEvent } from '../kit/sse.ts';
import { renderFinish } from './answer.ts';
import { renderImage } from './images.ts';
import { renderReasoning } from './reasoning.ts';

export class ChatWriter implements StreamWriter {
  readonly #request: NeutralRequest;
  #head = { id: '', created: 0, model: '' };
  #usage: TokenUsage | null = null;
  readonly #begun = new Set<number>();

  constructor(request: NeutralRequest) {
    this.#request = request;
  }

  write(event: NeutralEvent): string {
    switch (event.type) {
      case 'start':
        this.#head = { id: event.id, created: event.created, model: event.model };
        this.#usage = event.usage ?? null;
        // The caller learns at once that an answer has begun.
        return this.#delta(0, {});
      case 'text':
        return this.#delta(event.choice, { content: event.text }, event.logprobs);
      case 'refusal':
        return this.#delta(event.choice, { refusal: event.text });
      case 'reasoning':
        return this.#delta(event.choice, renderReasoning([event]));
      case 'image':
        return this.#delta(event.choice, { images: [renderImage(event.source)] });
      case 'tool_call':
        return this.#call(event.choice, event.index, { id: event.id, name: event.name, text: '' });
      case 'tool_arguments':
        return this.#call(event.choice, event.index, { text: event.text });
      case 'stop':
        return this.#chunk(
          event.choice,
          {},
          {
            finish_reason: renderFinish(event.reason, this.#request.legacyFunctions === true),
          },
        );
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'end':
        return `${this.#usageChunk()}data: [DONE]\n\n`;
      case 'error':
        return '';
    }
  }

  #call(choice: number, index: number, call: { id?: string; name?: string; text: string }): string {
    const fn = { ...(call.name === undefined ? {} : { name: call.name }), arguments: call.text };
    if (this.#request.legacyFunctions) return index === 0 ? this.#delta(choice, { function_call: fn }) : '';
    const head = call.id === undefined ? {} : { id: call.id, type: 'function' };
    return this.#delta(choice, { tool_calls: [{ index, ...head, function: fn }] });
  }

  /** The first delta of a choice says whose it is. */
  #delta(choice: number, delta: JsonObject, logprobs?: Parameters<typeof renderLogprobs>[0]): string {
    const isFirst = !this.#begun.has(choice);
    this.#begun.add(choice);
    const role = isFirst ? { role: 'assistant', content: '' } : {};
    return this.#chunk(
      choice,
      { ...role, ...delta },
      logprobs === undefined ? {} : { logprobs: { content: renderLogprobs(logprobs), refusal: null } },
    );
  }

  #chunk(choice: number, delta: JsonObject, more: JsonObject): string {
    return this.#render([{ index: choice, delta, logprobs: null, finish_reason: null, ...more }], null);
  }

  #usageChunk(): string {
    if (!this.#request.wantsUsage || this.#usage === null) return '';
    return this.#render([], renderUsage(this.#usage));
  }

  #render(choices: JsonObject[], usage: JsonObject | null): string {
    const { id, created, model } = this.#head;
    return renderSseEvent({
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      choices,
      ...(this.#request.wantsUsage ? { usage } : {}),
    });
  }
}
