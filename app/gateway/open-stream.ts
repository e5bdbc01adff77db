import { passBody } from './answers/pass.ts';
import { wantsArray } from './answers/index.ts';
import type { Call } from './call.ts';
import { composeHead } from './compose-head.ts';
import { streams } from './quantities.ts';
import type { AnswerHeaders, ReturnedHeaders } from './response-headers.ts';

const EVENTS = { ...passBody, isEventStream: true };

/** True where comments can fill the time until an answer begins. */
export function mayOpen(call: Call): boolean {
  return streams(call) && !wantsArray(call, call.llm!);
}

/**
 * Begins a stream whose upstream has said nothing yet: programs and proxies give up on who is silent. What
 * goes wrong from here on is told in an event; other attempts are still possible.
 */
export function openStream(call: Call, returned: ReturnedHeaders): void {
  const headers: AnswerHeaders = { 'content-type': 'text/event-stream; charset=utf-8' };
  const upstreamMs = Math.max(0, call.elapsedMs() - call.holdMs);
  const parts = { status: 200, headers, body: EVENTS, upstreamMs, cost: null, dropped: [] };
  call.opened = true;
  call.response.writeHead(200, composeHead(call, returned, parts).head);
}
