/** Neutral events as a stream of message events. */
import { AppError } from '../../../lib/app-error.ts';
import type { JsonObject, StreamWriter } from '../dialect.ts';
import type { NeutralEvent, TokenUsage } from '../neutral.ts';
import { renderSseEvent } from '../kit/sse.ts';
import { showSignature } from './signature.ts';
import { renderStopReason } from './stop-reason.ts';
import { renderUsage } from './usage.ts';

/** One block is open at a time, as Anthropic has it. */
type OpenBlock = { kind: 'text' | 'thinking' | 'redacted' } | { kind: 'tool'; call: number };

export class MessageWriter implements StreamWriter {
  #open: OpenBlock | null = null;
  #blocks = 0;
  #usage: TokenUsage | null = null;
  #stop = { stop_reason: renderStopReason('stop'), stop_sequence: null as string | null };

  write(event: NeutralEvent): string {
    if ('choice' in event && event.choice !== 0) return '';
    switch (event.type) {
      case 'start':
        return this.#start(event);
      case 'text':
      case 'refusal':
        if (event.text === '') return '';
        return this.#enter('text') + this.#delta({ type: 'text_delta', text: event.text });
      case 'reasoning':
        return this.#reasoning(event);
      case 'tool_call': {
        const { id, name, index: call } = event;
        return this.#begin({ kind: 'tool', call }, { type: 'tool_use', id, name, input: {} });
      }
      case 'tool_arguments':
        if (this.#open?.kind !== 'tool' || this.#open.call !== event.index)
          throw new AppError('upstream_error', 'The service mixed the arguments of several tool calls.');
        return this.#delta({ type: 'input_json_delta', partial_json: event.text });
      case 'stop':
        this.#stop = {
          stop_reason: renderStopReason(event.reason),
          stop_sequence: event.stopSequence ?? null,
        };
        return '';
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'end':
        return this.#end();
      // Its models draw nothing, and its messages have no place for it.
      case 'image':
      case 'error':
        return '';
    }
  }

  #start({ id, model, usage }: Extract<NeutralEvent, { type: 'start' }>): string {
    this.#usage = usage ?? null;
    return render({
      type: 'message_start',
      message: {
        id,
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: renderUsage(this.#usage),
      },
    });
  }

  /** A signature ends its block. */
  #reasoning(event: Extract<NeutralEvent, { type: 'reasoning' }>): string {
    const signature = showSignature(event.signature);
    if (event.redacted)
      return (
        this.#begin({ kind: 'redacted' }, { type: 'redacted_thinking', data: signature }) + this.#close()
      );
    let output = this.#enter('thinking');
    if (event.text !== '') output += this.#delta({ type: 'thinking_delta', thinking: event.text });
    if (signature !== '') output += this.#delta({ type: 'signature_delta', signature }) + this.#close();
    return output;
  }

  #enter(kind: 'text' | 'thinking'): string {
    if (this.#open?.kind === kind) return '';
    return this.#begin(
      { kind },
      kind === 'text'
        ? { type: 'text', text: '', citations: null }
        : { type: 'thinking', thinking: '', signature: '' },
    );
  }

  #begin(open: OpenBlock, block: JsonObject): string {
    const closed = this.#close();
    this.#open = open;
    return closed + render({ type: 'content_block_start', index: this.#blocks++, content_block: block });
  }

  #delta(delta: JsonObject): string {
    return render({ type: 'content_block_delta', index: this.#blocks - 1, delta });
  }

  #close(): string {
    if (this.#open === null) return '';
    this.#open = null;
    return render({ type: 'content_block_stop', index: this.#blocks - 1 });
  }

  #end(): string {
    return (
      this.#close() +
      render({ type: 'message_delta', delta: this.#stop, usage: renderUsage(this.#usage) }) +
      render({ type: 'message_stop' })
    );
  }
}

function render(event: JsonObject & { type: string }): string {
  return renderSseEvent(event, event.type);
}
