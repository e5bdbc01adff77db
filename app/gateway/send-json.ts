import type { Call } from './call.ts';
import { appendCorsHeaders } from './cors.ts';
import { appendLimitHeaders } from './limit-headers.ts';

/** Answers a call with JSON of the gateway's own; later stages have nothing to do. */
export function sendJson(call: Call, value: unknown, more: readonly string[] = []): void {
  call.answered = true;
  if (call.closed) return;
  const body = Buffer.from(JSON.stringify(value));
  const headers = [
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    `${body.length}`,
    'cache-control',
    'no-store',
    'x-content-type-options',
    'nosniff',
    'x-request-id',
    call.id,
    ...more,
  ];
  appendLimitHeaders(call, headers);
  appendCorsHeaders(call, headers);
  call.response.writeHead(200, headers);
  call.response.end(call.method === 'HEAD' ? undefined : body);
}
