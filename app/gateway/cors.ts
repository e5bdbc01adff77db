import type { Call } from './call.ts';

/** True when the caller is a page of an origin that the operator lets call from browsers. */
export function isAllowedOrigin(call: Call): boolean {
  return call.origin !== '' && call.parts.config.corsOrigins.includes(call.origin);
}

/**
 * Without cookies: keys authenticate, never the browser. So a page may read all that we and the seller say,
 * as any other program may. Origins that are not listed get nothing.
 */
export function appendCorsHeaders(call: Call, into: string[]): void {
  if (call.origin === '' || !isAllowedOrigin(call)) return;
  into.push(
    'access-control-allow-origin',
    call.origin,
    'access-control-expose-headers',
    '*',
    'vary',
    'origin',
  );
}

/** Answers a preflight (Fetch §3.2.2) of an allowed origin; false: the request is something else. */
export function answerPreflight(call: Call): boolean {
  const { headers } = call.request;
  if (call.method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false;
  call.origin = headers.origin ?? '';
  if (!isAllowedOrigin(call)) return false;
  call.response.writeHead(204, {
    'access-control-allow-origin': call.origin,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    'access-control-allow-headers':
      headers['access-control-request-headers'] ?? 'authorization, content-type',
    'access-control-max-age': '600',
    vary: 'origin, access-control-request-method, access-control-request-headers',
    'x-request-id': call.id,
  });
  call.response.end();
  return true;
}
