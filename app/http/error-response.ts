/** The only place where errors become public: code, sentence and request id, never a cause. */
import { isDatabaseUnavailable, isUnstorableText } from '../../db/errors.ts';
import type { Logger } from '../infra/logger.ts';
import { AppError, isAppError, type ErrorCode, type FieldIssue } from '../lib/app-error.ts';

/** What a page may show of an error; the sentence is `errors:code.<code>` in the viewer's language. */
export interface PublicError {
  code: ErrorCode;
  /** English; for programs and as a fallback. */
  message: string;
  requestId: string;
  /** Seconds to wait, when waiting helps. */
  retryAfterSeconds?: number;
}

/** The error as an AppError: unknown ones are logged in full and become `internal` or `storage_unavailable`. */
export function toAppError(error: unknown, about: { logger: Logger; requestId: string }): AppError {
  if (isAppError(error)) {
    if (error.status >= 500) about.logger.error({ err: error, requestId: about.requestId }, 'request failed');
    return error;
  }
  if (isUnstorableText(error)) {
    return new AppError('invalid_request', 'Text must not contain the NUL character.', { cause: error });
  }
  about.logger.error({ err: error, requestId: about.requestId }, 'request failed');
  if (isDatabaseUnavailable(error)) {
    return new AppError('storage_unavailable', 'The database does not answer. Try again in a moment.', {
      retryAfterSeconds: 2,
    });
  }
  return new AppError('internal', 'Something went wrong on our side. The request id finds it in our logs.');
}

export function toPublicError(error: AppError, requestId: string): PublicError {
  return {
    code: error.code,
    message: error.message,
    requestId,
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
  };
}

/** Headers that belong to any answer with this error; `x-request-id` is on every answer already. */
export function errorHeaders(error: AppError): Headers {
  const headers = new Headers({ 'cache-control': 'no-store' });
  if (error.retryAfterSeconds !== undefined)
    headers.set('retry-after', String(Math.ceil(error.retryAfterSeconds)));
  return headers;
}

const ERROR_TYPES: Record<number, string> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  429: 'rate_limit_error',
};

/** The error's family, by status: what a client switches on when it does not know the code. */
export function errorType(status: number): string {
  return ERROR_TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

export interface ErrorBody {
  error: {
    type: string;
    code: ErrorCode;
    message: string;
    /** The first field at fault, as the caller named it. */
    param: string | null;
    request_id: string;
    docs: string;
    issues?: FieldIssue[];
  };
}

/** The JSON body of `/api/v1/*` errors. */
export function errorBody(error: AppError, requestId: string, publicUrl: string): ErrorBody {
  return {
    error: {
      ...error.details,
      type: errorType(error.status),
      code: error.code,
      message: error.message,
      param: error.issues[0]?.field ?? null,
      request_id: requestId,
      docs: `${publicUrl}/docs/errors#${error.code}`,
      ...(error.issues.length > 0 && { issues: error.issues }),
    },
  };
}

/** A JSON Response for `/api/v1/*`. */
export function errorResponse(error: AppError, requestId: string, publicUrl: string): Response {
  const headers = errorHeaders(error);
  headers.set('content-type', 'application/json; charset=utf-8');
  if (error.status === 401) headers.set('www-authenticate', 'Bearer realm="tollgate"');
  return new Response(JSON.stringify(errorBody(error, requestId, publicUrl)), {
    status: error.status,
    headers,
  });
}
