/** Neutral events as a stream of `GenerateContentResponse`. */
import type { JsonObject, StreamWriter } from '../dialect.ts';
import type { NeutralEvent, NeutralLogprob, NeutralPart, StopReason, TokenUsage } from '../neutral.ts';
import { renderSseEvent } from '../kit/sse.ts';
import { renderLogprobs } from './candidate-parts.ts';
import { renderFinishReason } from './finish-reason.ts';
import { renderAnswerParts } from './render-parts.ts';
import { renderUsage } from './usage.ts';

interface WrittenChoice {
  /** Gemini tells a call at once, so its arguments are collected, in order of appearance. */
  calls: Extract<NeutralPart, { type: 'tool_call' }>[];
  /** A signature that belongs to what comes next. */
  waiting: NeutralPart[];
  stop: StopReason;
}

export class ContentWriter implements StreamWriter {
  #head: JsonObject = {};
  #usage: TokenUsage | null = null;
  readonly #choices = new Map<number, WrittenChoice>();

  write(event: NeutralEvent): string {
    switch (event.type) {
      case 'start':
        this.#head = { modelVersion: event.model, responseId: event.id };
        this.#usage = event.usage ?? null;
        this.#choice(0);
        return '';
      case 'text':
      case 'refusal':
        return this.#text(event);
      case 'reasoning':
        return this.#reasoning(event);
      case 'image': {
        const waiting = this.#choice(event.choice).waiting.splice(0);
        return this.#chunk(event.choice, [...waiting, { type: 'image', source: event.source }]);
      }
      case 'tool_call':
        this.#choice(event.choice).calls[event.index] = {
          type: 'tool_call',
          id: event.id,
          name: event.name,
          arguments: '',
        };
        return '';
      case 'tool_arguments': {
        const call = this.#choice(event.choice).calls[event.index];
        if (call) call.arguments += event.text;
        return '';
      }
      case 'stop':
        this.#choice(event.choice).stop = event.reason;
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

  #choice(index: number): WrittenChoice {
    const known = this.#choices.get(index);
    if (known) return known;
    const choice: WrittenChoice = { calls: [], waiting: [], stop: 'stop' };
    this.#choices.set(index, choice);
    return choice;
  }

  #text(event: Extract<NeutralEvent, { type: 'text' | 'refusal' }>): string {
    const logprobs = event.type === 'text' ? event.logprobs : undefined;
    if (event.text === '' && logprobs === undefined) return '';
    const choice = this.#choice(event.choice);
    const waiting = choice.waiting.splice(0);
    const parts: NeutralPart[] = [...waiting, { type: 'text', text: event.text }];
    return this.#chunk(event.choice, parts, logprobs);
  }

  #reasoning({ choice, text, signature, redacted }: Extract<NeutralEvent, { type: 'reasoning' }>): string {
    const part: NeutralPart = {
      type: 'reasoning',
      text,
      ...(signature === undefined ? {} : { signature }),
      ...(redacted === undefined ? {} : { redacted }),
    };
    if (!redacted) return text === '' && signature === undefined ? '' : this.#chunk(choice, [part]);
    this.#choice(choice).waiting.push(part);
    return '';
  }

  #chunk(index: number, parts: readonly NeutralPart[], logprobs?: readonly NeutralLogprob[]): string {
    return renderSseEvent({
      candidates: [
        {
          content: { role: 'model', parts: renderAnswerParts(parts) },
          index,
          ...(logprobs === undefined ? {} : renderLogprobs(logprobs)),
        },
      ],
      ...this.#head,
    });
  }

  /** Why each candidate stopped, with its calls, in one chunk: before it nothing looks finished. */
  #end(): string {
    const candidates = [...this.#choices].map(([index, { calls, waiting, stop }]) => ({
      content: { role: 'model', parts: renderAnswerParts([...waiting, ...calls.filter(Boolean)]) },
      finishReason: renderFinishReason(stop),
      index,
    }));
    return renderSseEvent({
      candidates,
      ...(this.#usage === null ? {} : { usageMetadata: renderUsage(this.#usage) }),
      ...this.#head,
    });
  }
}
