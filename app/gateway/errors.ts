/** The only place of the gateway where errors become answers, in the dialect of the caller's door. */
import type { ServerResponse } from 'node:http';
import { AppError, isAppError } from '../lib/app-error.ts';
import type { Call, Door } from './call.ts';
import { appendCorsHeaders } from './cors.ts';
import { appendRateLimitHeaders } from './limit.ts';

const PLATFORM_TYPES: Record<number, string> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  429: 'rate_limit_error',
};

/** OpenAI's names, where it has one for the status. */
const OPENAI_TYPES: Record<number, string> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  429: 'rate_limit_error',
};

/** `error.type` of the platform's shape, or of OpenAI's. */
export function errorType(status: number, door: Door): string {
  if (door === 'openai')
    return OPENAI_TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
  return PLATFORM_TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

/** The JSON body of an error. */
export function renderError(error: AppError, door: Door, requestId: string, publicUrl: string): string {
  const param = error.issues[0]?.field ?? null;
  const type = errorType(error.status, door);
  if (door === 'openai') {
    return JSON.stringify({
      error: { ...error.details, message: error.message, type, param, code: error.code },
    });
  }
  return JSON.stringify({
    error: {
      ...error.details,
      type,
      code: error.code,
      message: error.message,
      param,
      request_id: requestId,
      docs: `${publicUrl}/docs/errors#${error.code}`,
    },
  });
}

/** The last event of a stream that broke; never followed by `[DONE]`. */
export function renderErrorEvent(
  error: AppError,
  door: Door,
  isChat: boolean,
  requestId: string,
  publicUrl: string,
): string {
  if (isChat) return `data: ${renderError(error, 'openai', requestId, publicUrl)}\n\n`;
  return `event: error\ndata: ${renderError(error, door, requestId, publicUrl)}\n\n`;
}

/** Headers of an error answer: name, value, … */
export function errorHeaders(error: AppError, requestId: string): string[] {
  const headers = [
    'content-type',
    'application/json; charset=utf-8',
    'cache-control',
    'no-store',
    'x-content-type-options',
    'nosniff',
    'x-request-id',
    requestId,
    'x-error-source',
    'gateway',
  ];
  if (error.retryAfterSeconds !== undefined)
    headers.push('retry-after', `${Math.ceil(error.retryAfterSeconds)}`);
  // Official SDKs obey this; waiting does not bring money.
  if (error.status === 402) headers.push('x-should-retry', 'false');
  if (error.status === 401) headers.push('www-authenticate', 'Bearer realm="tollgate"');
  if (error.code === 'method_not_allowed')
    headers.push('allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  if (error.code === 'upgrade_required') headers.push('upgrade', 'HTTP/1.1', 'connection', 'upgrade');
  return headers;
}

/** Answers a call that nothing was sent for yet. */
export function sendError(call: Call, error: AppError): void {
  const { request, response } = call;
  if (response.headersSent || response.destroyed) return;
  const door = call.isChat ? 'openai' : call.door;
  const body = Buffer.from(renderError(error, door, call.id, call.parts.publicUrl));
  const headers = errorHeaders(error, call.id);
  headers.push('content-length', `${body.length}`);
  if (call.service) headers.push('x-tollgate-service', call.service.slug);
  if (call.admitted) headers.push('x-tollgate-attempts', `${call.attempts}`, 'x-tollgate-cost', '0.00');
  if (call.rateLimit) appendRateLimitHeaders(call.rateLimit, headers);
  appendCorsHeaders(call, headers);
  response.writeHead(error.status, headers);
  response.end(call.method === 'HEAD' ? undefined : body);
  if (!request.complete) discardBody(request, response);
}

/** How long a refused caller may go on sending before the connection is cut. */
const LINGER_MS = 3_000;

/**
 * A caller in the middle of an upload reads the refusal only when the connection is not torn down under
 * it; so what still comes is thrown away for a moment.
 */
function discardBody(request: Call['request'], response: ServerResponse): void {
  request.resume();
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy();
  }, LINGER_MS);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
  response.once('error', () => clearTimeout(timer));
}

/** Any thrown thing as an AppError; what is no AppError is logged in full and told as `internal`. */
export function toAppError(call: Call, error: unknown): AppError {
  if (isAppError(error)) return error;
  call.parts.logger.error({ err: error, requestId: call.id }, 'a proxied call failed');
  return new AppError('internal', 'Something went wrong on our side. The request id finds it in our logs.', {
    cause: error,
  });
}
