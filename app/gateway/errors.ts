/** The only place of the gateway where errors become answers, in the dialect of the caller's door. */
import type { ServerResponse } from 'node:http';
import { AppError, isAppError } from '../lib/app-error.ts';
import type { DialectName } from '../lib/service-options.ts';
import type { Call } from './call.ts';
import { appendCorsHeaders } from './cors.ts';
import type { ErrorContext } from './dialects/dialect.ts';
import { dialectOf } from './dialects/index.ts';
import { dialectOfTarget } from './doors.ts';
import { appendLimitHeaders } from './limit-headers.ts';

const PLATFORM_TYPES: Record<number, string> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  429: 'rate_limit_error',
};

/** The platform's `error.type`. */
export function errorType(status: number): string {
  return PLATFORM_TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

/**
 * The JSON body of an error.
 * @param dialect what the caller speaks; null: the platform's own shape.
 */
export function renderError(error: AppError, dialect: DialectName | null, context: ErrorContext): string {
  if (dialect !== null && dialect !== 'raw')
    return JSON.stringify(dialectOf(dialect).renderError(error, context));
  return JSON.stringify({
    error: {
      ...error.details,
      type: errorType(error.status),
      code: error.code,
      message: error.message,
      param: error.issues[0]?.field ?? null,
      request_id: context.requestId,
      docs: `${context.publicUrl}/docs/errors#${error.code}`,
    },
  });
}

/** The last event of a stream that broke; never followed by a terminal mark. */
export function renderErrorEvent(
  error: AppError,
  dialect: DialectName | null,
  context: ErrorContext,
): string {
  if (dialect !== null && dialect !== 'raw') return dialectOf(dialect).renderErrorEvent(error, context);
  return `event: error\ndata: ${renderError(error, null, context)}\n\n`;
}

/** What the caller of this call speaks, as far as is known by now. */
export function dialectOfCall(call: Call): DialectName | null {
  const known = call.llm?.dialect ?? call.doorDialect;
  if (known !== null || (call.door !== 'model' && call.door !== 'llm')) return known;
  return dialectOfTarget(call.request.url ?? '', call.request.headers);
}

/** @param allow the methods that there are at this address. */
export function methodNotAllowed(allow: readonly string[], message: string): AppError {
  return new AppError('method_not_allowed', message, { details: { allow } });
}

const PASSED_ON = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** Nobody's program waits longer; official SDKs would try again much too early. */
const LONGEST_WAIT_SECONDS = 60;

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
  // Official SDKs obey this: waiting brings no money, and no quota before its day is over.
  if (error.status === 402 || (error.status === 429 && (error.retryAfterSeconds ?? 0) > LONGEST_WAIT_SECONDS))
    headers.push('x-should-retry', 'false');
  if (error.status === 401) headers.push('www-authenticate', 'Bearer realm="tollgate"');
  if (error.code === 'method_not_allowed') {
    const allow = error.details?.['allow'];
    headers.push('allow', (Array.isArray(allow) ? allow : PASSED_ON).join(', '));
  }
  if (error.code === 'upgrade_required') headers.push('upgrade', 'HTTP/1.1', 'connection', 'upgrade');
  return headers;
}

/** Answers a call that nothing of an answer was sent for yet; where the head of a stream was, in an event. */
export function sendError(call: Call, error: AppError): void {
  const { request, response } = call;
  if (response.destroyed) return;
  const context = { requestId: call.id, publicUrl: call.parts.publicUrl };
  if (call.opened) {
    response.end(renderErrorEvent(error, dialectOfCall(call), context));
    return;
  }
  if (response.headersSent) return;
  const body = Buffer.from(renderError(error, dialectOfCall(call), context));
  const headers = errorHeaders(error, call.id);
  headers.push('content-length', `${body.length}`);
  if (call.service) headers.push('x-tollgate-service', call.service.slug);
  if (call.admitted) headers.push('x-tollgate-attempts', `${call.attempts}`, 'x-tollgate-cost', '0.00');
  appendLimitHeaders(call, headers);
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
