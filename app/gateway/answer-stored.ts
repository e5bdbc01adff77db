import type { Call } from './call.ts';
import { appendCorsHeaders, isAllowedOrigin } from './cors.ts';
import { appendLimitHeaders } from './limit-headers.ts';
import { appendBrowserGuards } from './response-headers.ts';

/** An answer that is sent again. */
export interface Sendable {
  status: number;
  /** Name, value, …, in lower case: what the upstream said, without what belongs to one call. */
  headers: readonly string[];
  body: Buffer;
}

/** What depends on the call and its caller, and so is said anew. */
const OWN: ReadonlySet<string> = new Set([
  'age',
  'content-security-policy',
  'cross-origin-resource-policy',
  'x-content-type-options',
]);

/**
 * Answers with what is stored instead of asking an upstream; the call has cost nothing.
 * @param extra name, value, … that say where the answer is from.
 */
export function sendStored(call: Call, stored: Sendable, extra: readonly string[]): void {
  call.answered = true;
  const { response } = call;
  if (call.closed || response.headersSent) return;
  const head: string[] = [];
  let contentType = '';
  for (let i = 0; i < stored.headers.length; i += 2) {
    const name = stored.headers[i]!;
    if (OWN.has(name) || (name === 'content-length' && call.method !== 'HEAD')) continue;
    if (name === 'content-type') contentType = stored.headers[i + 1]!;
    head.push(name, stored.headers[i + 1]!);
  }
  appendBrowserGuards(isAllowedOrigin(call), head);
  if (!call.service!.cachePublic) call.parts.callerCaching.restrict(head);
  head.push(
    'x-request-id',
    call.id,
    'x-tollgate-service',
    call.service!.slug,
    'x-tollgate-attempts',
    '0',
    'x-tollgate-cost',
    '0.00',
    ...extra,
  );
  if (contentType.startsWith('text/event-stream')) head.push('x-accel-buffering', 'no');
  if (call.method !== 'HEAD' && stored.status !== 204) head.push('content-length', `${stored.body.length}`);
  appendLimitHeaders(call, head);
  appendCorsHeaders(call, head);
  response.writeHead(stored.status, head);
  response.end(call.method === 'HEAD' ? undefined : stored.body);
}
