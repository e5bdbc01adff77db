/** `{ type: 'error', error: { type, message }, request_id }`. */
import { AppError } from '../../../lib/app-error.ts';
import type { ErrorContext, JsonObject } from '../dialect.ts';
import { malformedAnswer } from '../kit/malformed-answer.ts';
import { isAbsent, isObject } from '../kit/params.ts';

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};

export function renderError(error: AppError, { requestId, publicUrl }: ErrorContext): JsonObject {
  return {
    type: 'error',
    error: {
      ...error.details,
      type: TYPES[error.status] ?? (error.status >= 500 ? 'api_error' : 'invalid_request_error'),
      message: error.message,
      code: error.code,
      param: error.issues[0]?.field ?? null,
      docs: `${publicUrl}/docs/errors#${error.code}`,
    },
    request_id: requestId,
  };
}

/** The sentence in an error body; null when it is none of Anthropic's. */
export function readErrorMessage(body: unknown): string | null {
  if (!isObject(body) || isAbsent(body['error'])) return null;
  const { error } = body;
  if (typeof error === 'string') return error;
  const message = isObject(error) ? error['message'] : null;
  return typeof message === 'string' && message !== '' ? message : 'The service reported an error.';
}

export function readErrorCode(body: JsonObject): string | undefined {
  const type = isObject(body['error']) ? body['error']['type'] : undefined;
  return typeof type === 'string' ? type : undefined;
}

/**
 * The parsed answer as an object.
 * @throws AppError `upstream_error` when it is an error, or no answer at all.
 */
export function requireAnswer(body: unknown): JsonObject {
  const message = readErrorMessage(body);
  if (message !== null) throw new AppError('upstream_error', message);
  if (!isObject(body)) throw malformedAnswer();
  return body;
}
