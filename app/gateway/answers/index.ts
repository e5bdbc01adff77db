/** Chooses how an answer's body goes to the caller. */
import type { AppError } from '../../lib/app-error.ts';
import type { Call } from '../call.ts';
import { readErrorMessage } from '../dialects/openai-shared/errors.ts';
import { ChunkMeter } from '../dialects/openai-shared/chunk-meter.ts';
import { readUsage } from '../dialects/openai-shared/usage.ts';
import { dialectOfCall, renderErrorEvent } from '../errors.ts';
import type { AnswerHeaders } from '../response-headers.ts';
import type { AnswerBody } from './answer-body.ts';
import { EventsBody } from './events.ts';
import { MeteredEvents } from './metered-events.ts';
import { MeteredJson } from './metered-json.ts';
import { passBody } from './pass.ts';

const CHAT_TEXT = ['"content"', '"arguments"', '"reasoning_content"', '"refusal"'].map((field) => Buffer.from(field));

/** @param headers the upstream's. */
export function answerBodyFor(call: Call, status: number, headers: AnswerHeaders): AnswerBody {
  const encoding = headers['content-encoding'];
  if (call.method === 'HEAD' || (encoding !== undefined && encoding !== 'identity')) return passBody;
  const contentType = headers['content-type'];
  const isEvents = typeof contentType === 'string' && contentType.startsWith('text/event-stream');
  const { llm } = call;
  const renderError = (error: AppError): string =>
    renderErrorEvent(error, dialectOfCall(call), { requestId: call.id, publicUrl: call.parts.publicUrl });
  if (llm === null || status >= 300) return isEvents ? new EventsBody(renderError) : passBody;
  const { llmAnswerBytes } = call.parts.limits;
  if (!isEvents) {
    const reader = { readUsage, readErrorMessage, readServedModel, answerTextBytes };
    return new MeteredJson(reader, llmAnswerBytes);
  }
  const hideUsage = llm.stream && !llm.facts.wantsUsage;
  return new MeteredEvents({
    meter: new ChunkMeter(CHAT_TEXT, hideUsage),
    hideUsage,
    holdTerminal: call.heldNanos > 0n,
    maxKeptBytes: llmAnswerBytes,
    renderError,
  });
}

function readServedModel(answer: unknown): string | null {
  const model = (answer as { model?: unknown } | null)?.model;
  return typeof model === 'string' ? model : null;
}

function answerTextBytes(answer: unknown): number {
  const choices = (answer as { choices?: unknown } | null)?.choices;
  if (!Array.isArray(choices)) return 0;
  let bytes = 0;
  for (const choice of choices as unknown[]) {
    const message = (choice as { message?: { content?: unknown; tool_calls?: unknown } } | null)?.message;
    if (typeof message?.content === 'string') bytes += Buffer.byteLength(message.content);
    if (message?.tool_calls !== undefined) bytes += JSON.stringify(message.tool_calls).length;
  }
  return bytes;
}
