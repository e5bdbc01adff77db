/** Streams of every dialect as upstreams write them and callers ask for them and read them. */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { expect } from 'vitest';
import { dialectOf } from '../../app/gateway/dialects/index.ts';
import type { NeutralEvent, TokenUsage } from '../../app/gateway/dialects/neutral.ts';
import { AppError } from '../../app/lib/app-error.ts';
import type { DialectName } from '../../app/lib/service-options.ts';

/** What callers may speak. */
export const CALLERS = [
  'openai-chat',
  'openai-completions',
  'openai-responses',
  'anthropic',
  'gemini',
] as const;
export type Caller = (typeof CALLERS)[number];

/** Every caller with an upstream of its own dialect, and with one of another. */
export const PAIRS = CALLERS.flatMap((caller) => [
  [caller, caller] as const,
  [caller, caller === 'openai-chat' ? ('anthropic' as const) : ('openai-chat' as const)] as const,
]);

export const MAX_TOKENS = 50;

/** A stream is asked for in the caller's own words. */
export function requestOf(caller: Caller, model: string): { path: string; body: object } {
  const messages = [{ role: 'user', content: 'hello' }];
  const usual = { model, stream: true, max_tokens: MAX_TOKENS };
  switch (caller) {
    case 'openai-chat':
      return {
        path: '/v1/chat/completions',
        body: { ...usual, messages, stream_options: { include_usage: true } },
      };
    case 'openai-completions':
      return {
        path: '/v1/completions',
        body: { ...usual, prompt: 'hello', stream_options: { include_usage: true } },
      };
    case 'openai-responses':
      return {
        path: '/v1/responses',
        body: { model, input: 'hello', stream: true, max_output_tokens: MAX_TOKENS },
      };
    case 'anthropic':
      return { path: '/v1/messages', body: { ...usual, messages } };
    case 'gemini':
      return {
        path: `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
        body: {
          contents: [{ role: 'user', parts: [{ text: 'hello' }] }],
          generationConfig: { maxOutputTokens: MAX_TOKENS },
        },
      };
  }
}

/** Events of an upstream of `spoken`, from the neutral ones. */
export function say(spoken: DialectName, events: readonly NeutralEvent[]): string {
  const request = dialectOf('openai-chat').parseRequest(
    {
      model: 'm',
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: 'user', content: 'hello' }],
    },
    { model: null, stream: null },
  );
  const writer = dialectOf(spoken).openWriter(request);
  return events.map((event) => writer.write(event)).join('');
}

const CONTEXT = { requestId: 'req_1', publicUrl: 'https://tollgate.test' };
export const overloaded = (spoken: DialectName): string =>
  dialectOf(spoken).renderErrorEvent(new AppError('upstream_error', 'The model is overloaded.'), CONTEXT);
export const USAGE = { inputTokens: 9, outputTokens: 2 } as TokenUsage;
export const START: NeutralEvent = { type: 'start', id: 'answer-1', model: 'm', created: 5 };
export const word = (text: string): NeutralEvent => ({ type: 'text', choice: 0, text });

export function eventsOf(text: string): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(text);
  return events;
}

/** That an answer is whole. */
export const MARK = /\[DONE\]|response\.(completed|incomplete)|message_stop|"finish_?[rR]eason":\s*"/;

/** Whatever came before is whole; then comes one error that the dialect's libraries know; then nothing. */
export function expectOneTypedError(caller: Caller, text: string): void {
  expect(text).not.toMatch(MARK);
  const events = eventsOf(text);
  const parsed = events.map(({ data }) => JSON.parse(data) as Record<string, unknown>);
  const errors = parsed.filter((event) => event['error'] !== undefined || event['type'] === 'error');
  expect(errors).toHaveLength(1);
  expect(parsed.at(-1)).toBe(errors[0]);
  if (caller === 'anthropic') expect(events.at(-1)!.event).toBe('error');
  if (caller === 'openai-responses') expect(errors[0]!['type']).toBe('error');
  if (caller === 'gemini')
    expect(errors[0]).toMatchObject({ error: { code: expect.any(Number), status: expect.any(String) } });
}
