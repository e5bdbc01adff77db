/** OpenAI's shape of an error. */
import { AppError } from '../../../lib/app-error.ts';
import type { JsonObject } from '../dialect.ts';
import { malformedAnswer } from '../kit/malformed-answer.ts';
import { isObject } from '../kit/params.ts';

/** OpenAI's names, where it has one for the status. */
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  429: 'rate_limit_error',
};

export interface OpenaiError {
  message: string;
  type: string;
  param: string | null;
  code: string;
}

export function describeError(error: AppError): OpenaiError {
  return {
    ...error.details,
    message: error.message,
    type: TYPES[error.status] ?? (error.status >= 500 ? 'server_error' : 'invalid_request_error'),
    param: error.issues[0]?.field ?? null,
    code: error.code,
  };
}

export function renderError(error: AppError): JsonObject {
  return { error: describeError(error) };
}

/** The sentence in an error body, also as servers write it that only resemble OpenAI's. */
export function readErrorMessage(body: unknown): string | null {
  if (!isObject(body)) return null;
  const { error, message, detail } = body;
  if (typeof error === 'string') return error;
  if (isObject(error)) {
    const text = error['message'];
    return typeof text === 'string' && text !== '' ? text : 'The service reported an error.';
  }
  if (typeof detail === 'string') return detail;
  return body['object'] === 'error' && typeof message === 'string' ? message : null;
}

/** The machine-readable code of an error body, where there is one. */
export function readErrorCode(body: JsonObject): string | undefined {
  const error = isObject(body['error']) ? body['error'] : body;
  const code = error['code'] ?? error['type'];
  return typeof code === 'string' || typeof code === 'number' ? `${code}` : undefined;
}

/**
 * The parsed answer as an object.
 * @throws AppError `upstream_error` when it is an error, or no answer at all.
 */
export function requireAnswer(body: unknown): JsonObject {
  if (!isObject(body)) throw malformedAnswer();
  const failed = body['error'] !== undefined && body['error'] !== null;
  if (failed)
    throw new AppError('upstream_error', readErrorMessage(body) ?? 'The service reported an error.');
  return body;
}
