/** Chooses how an answer's body goes to the caller. */
import { AppError } from '../../lib/app-error.ts';
import type { Call } from '../call.ts';
import type { Dialect, JsonObject } from '../dialects/dialect.ts';
import { dialectOf, speaksSame } from '../dialects/index.ts';
import { isObject } from '../dialects/kit/params.ts';
import type { TokenUsage } from '../dialects/neutral.ts';
import { dialectOfCall, renderErrorEvent } from '../errors.ts';
import { streamForm } from '../llm/stream-form.ts';
import { embeddingsOf, isOpenai } from '../llm/embeddings-of.ts';
import { estimatedInputTokens, estimatedOutputTokens } from '../llm/estimate-tokens.ts';
import type { LlmCall } from '../llm/llm-call.ts';
import type { AnswerHeaders } from '../response-headers.ts';
import type { AnswerBody } from './answer-body.ts';
import { ArrayOfEvents } from './array-of-events.ts';
import { BudgetedBody } from './budgeted-body.ts';
import { ConvertedEmbeddings } from './converted-embeddings.ts';
import { ConvertedError } from './converted-error.ts';
import { ConvertedEvents } from './converted-events.ts';
import { ConvertedJson } from './converted-json.ts';
import { EventsBody } from './events.ts';
import { MeteredEvents } from './metered-events.ts';
import { MeteredJson } from './metered-json.ts';
import { PaidEvents } from './paid-events.ts';
import { passBody } from './pass.ts';
import { PicturedJson } from './pictured-json.ts';

/** A picture is one event; beyond this none is kept until its end. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/** @param headers the upstream's; where the body becomes one of another type, that is told in them. */
export function answerBodyFor(call: Call, status: number, headers: AnswerHeaders): AnswerBody {
  const body = bodyFor(call, status, headers);
  return body.buffered ? new BudgetedBody(body, call) : body;
}

function bodyFor(call: Call, status: number, headers: AnswerHeaders): AnswerBody {
  const encoding = headers['content-encoding'];
  if (call.method === 'HEAD' || (encoding !== undefined && encoding !== 'identity')) return passBody;
  const { llm } = call;
  const contentType = typeof headers['content-type'] === 'string' ? headers['content-type'] : '';
  const isEvents = contentType.startsWith('text/event-stream');
  if (llm === null) return isEvents ? new EventsBody((error) => renderEvent(call, error)) : passBody;
  const caller = dialectOf(llm.dialect);
  const spoken = call.upstream!.dialect;
  const upstream = spoken === 'raw' ? caller : dialectOf(spoken);
  const isSame = speaksSame(upstream.name, caller.name);
  if (status >= 300) {
    if (isSame || status < 400) return passBody;
    const context = contextOf(call);
    const render = (error: AppError): string => JSON.stringify(caller.renderError(error, context));
    return new ConvertedError({ upstream, status, render, isEventStream: false });
  }
  if (llm.operation === 'generate') {
    const isWhole = contentType.startsWith('application/json');
    const body =
      isSame && !(llm.stream && isWhole)
        ? metered(call, llm, caller, isEvents)
        : converted(call, llm, upstream, caller, isEvents);
    if (!wantsArray(call, llm) || !body.isEventStream) return body;
    headers['content-type'] = 'application/json; charset=utf-8';
    return new ArrayOfEvents(body);
  }
  if (isEvents) return new PaidEvents(new EventsBody((error) => renderEvent(call, error)), readAnyUsage);
  if (llm.operation === 'count_tokens' || !contentType.includes('json')) return passBody;
  if (llm.operation === 'embeddings' && !isSame && isOpenai(caller.name) !== isOpenai(upstream.name))
    return new ConvertedEmbeddings({
      upstream: embeddingsOf(upstream.name)!,
      caller: embeddingsOf(caller.name)!,
      llm,
      estimate: estimateFor(llm),
    });
  const reader = { ...upstream, readUsage: readAnyUsage };
  return new PicturedJson(new MeteredJson(reader, call.parts.limits.llmAnswerBytes));
}

/** The same for a caller who has a stream's head already: only events can follow it. */
export function eventsFor(call: Call, status: number, headers: AnswerHeaders): AnswerBody {
  if (status >= 300) {
    const spoken = call.upstream!.dialect;
    const upstream = dialectOf(spoken === 'raw' ? call.llm!.dialect : spoken);
    const render = (error: AppError): string => renderEvent(call, error);
    return new ConvertedError({ upstream, status, render, isEventStream: true });
  }
  const body = answerBodyFor(call, status, headers);
  return body.isEventStream ? body : unreadableBody;
}

function refuseToRead(): never {
  throw new AppError('upstream_error', 'The service sent an answer that cannot be read.');
}
const unreadableBody: AnswerBody = { ...passBody, buffered: true, push: refuseToRead, end: refuseToRead };

/** The caller asked for Google's array instead of events. */
export function wantsArray({ endpoint, query }: Call, { dialect, stream }: LlmCall): boolean {
  return dialect === 'gemini' && stream && !endpoint && streamForm(query) === 'array';
}

function metered(call: Call, llm: LlmCall, dialect: Dialect, isEvents: boolean): AnswerBody {
  const { llmAnswerBytes } = call.parts.limits;
  if (!isEvents) return new MeteredJson(dialect, llmAnswerBytes);
  const hideUsage = llm.stream && !llm.facts.wantsUsage;
  return new MeteredEvents({
    meter: dialect.openMeter({ hideUsage }),
    hideUsage,
    holdTerminal: call.held,
    maxKeptBytes: llmAnswerBytes,
    renderError: (error) => renderEvent(call, error),
  });
}

function converted(
  call: Call,
  llm: LlmCall,
  upstream: Dialect,
  caller: Dialect,
  isEvents: boolean,
): AnswerBody {
  const request = llm.neutral();
  const context = contextOf(call);
  const estimate = estimateFor(llm);
  if (!isEvents)
    return new ConvertedJson({ upstream, caller, request, context, asEvents: llm.stream, estimate });
  return new ConvertedEvents({
    upstream,
    caller,
    request,
    context,
    maxPendingBytes: MAX_EVENT_BYTES,
    estimate,
  });
}

function estimateFor(llm: LlmCall): (textBytes: number) => TokenUsage {
  return (textBytes) => ({
    inputTokens: estimatedInputTokens(llm.facts),
    outputTokens: estimatedOutputTokens(textBytes, llm),
    cachedInputTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
  });
}

/** Usage as OpenAI's other addresses state it: embeddings have no output, images count as responses do. */
function readAnyUsage(answer: unknown): ReturnType<Dialect['readUsage']> {
  const usage = isObject(answer) && isObject(answer['usage']) ? answer['usage'] : null;
  if (usage === null) return null;
  const stated: JsonObject = { usage: { completion_tokens: 0, ...usage } };
  return dialectOf('openai-chat').readUsage(stated) ?? dialectOf('openai-responses').readUsage({ usage });
}

function contextOf(call: Call): { requestId: string; publicUrl: string } {
  return { requestId: call.id, publicUrl: call.parts.publicUrl };
}

function renderEvent(call: Call, error: AppError): string {
  return renderErrorEvent(error, dialectOfCall(call), contextOf(call));
}
