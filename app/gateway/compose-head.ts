/** The head of an answer: what may pass of the upstream's, what browsers are told, and what is ours. */
import type { AnswerBody } from './answers/answer-body.ts';
import type { Call } from './call.ts';
import { appendCorsHeaders, isAllowedOrigin } from './cors.ts';
import { appendLimitHeaders } from './limit-headers.ts';
import {
  appendBrowserGuards,
  copyReturnable,
  type AnswerHeaders,
  type ReturnedHeaders,
} from './response-headers.ts';

const EVENT_STREAM = 'text/event-stream';

export interface HeadParts {
  status: number;
  /** The upstream's. */
  headers: AnswerHeaders;
  body: AnswerBody;
  /** From the attempt's begin to the first byte. */
  upstreamMs: number;
  /** Decimal; null: not known yet. */
  cost: string | null;
  /** Parameters that the upstream has not got. */
  dropped: readonly string[];
}

export interface Head {
  /** Name, value, name, value, … */
  head: string[];
  /** Of these what says nothing about this call alone, and may be stored. */
  storable: string[];
}

export function composeHead(call: Call, returned: ReturnedHeaders, parts: HeadParts): Head {
  const { status, body, upstreamMs } = parts;
  const head: string[] = [];
  copyReturnable(headersOf(parts), head, returned);
  appendBrowserGuards(isAllowedOrigin(call), head);
  // Our own cache goes by what the seller says.
  const storable = call.captures.length > 0 ? [...head] : head;
  if (!call.service!.cachePublic) call.parts.callerCaching.restrict(head);
  head.push(
    'x-request-id',
    call.id,
    'x-tollgate-service',
    call.service!.slug,
    'x-tollgate-attempts',
    `${call.attempts}`,
    'x-tollgate-upstream-ms',
    `${Math.round(upstreamMs)}`,
    'server-timing',
    timingOf(call, upstreamMs),
  );
  if (status >= 400) head.push('x-error-source', 'upstream');
  if (body.isEventStream) head.push('x-accel-buffering', 'no');
  if (parts.cost !== null) head.push('x-tollgate-cost', parts.cost);
  if (call.cache !== null) head.push('x-cache', call.cache.toUpperCase());
  if (parts.dropped.length > 0) head.push('x-tollgate-dropped-params', parts.dropped.join(', '));
  const model = otherModel(call);
  // Names may be in any script, headers may not.
  if (model !== null) head.push('x-tollgate-model', encodeURI(model));
  appendLimitHeaders(call, head);
  appendCorsHeaders(call, head);
  return { head, storable };
}

/** The upstream's; a whole answer may have become a stream. */
function headersOf({ headers, body }: HeadParts): AnswerHeaders {
  if (!body.isEventStream || String(headers['content-type']).startsWith(EVENT_STREAM)) return headers;
  return { ...headers, 'content-type': `${EVENT_STREAM}; charset=utf-8` };
}

/** Milliseconds: before the call was sent (the hold apart), the hold, to the upstream's first byte, in all. */
function timingOf(call: Call, upstreamMs: number): string {
  const totalMs = call.elapsedMs();
  const queueMs = Math.max(0, totalMs - upstreamMs - call.holdMs);
  const held = call.holdMs > 0 ? `hold;dur=${tenths(call.holdMs)}, ` : '';
  return `queue;dur=${tenths(queueMs)}, ${held}upstream;dur=${tenths(upstreamMs)}, total;dur=${tenths(totalMs)}`;
}

/** `toFixed(1)` of what is not negative, at a sixth of its cost: this is done several times for each answer. */
function tenths(ms: number): string {
  const count = Math.round(ms * 10);
  const whole = Math.floor(count / 10);
  return `${whole}.${count - whole * 10}`;
}

/** The model that answers, where it is not the one that the caller named. */
function otherModel({ llm, candidate, service }: Call): string | null {
  const model = candidate!.model;
  if (llm === null || model === null || model === llm.model) return null;
  const name = `${service!.slug}/${model}`;
  return name === llm.model ? null : name;
}
