/** `{ error: { code, message, status, details } }`, as all of Google's services write it. */
import { AppError } from '../../../lib/app-error.ts';
import type { ErrorContext, JsonObject } from '../dialect.ts';
import { malformedAnswer } from '../kit/malformed-answer.ts';
import { isAbsent, isObject } from '../kit/params.ts';

const STATUS: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  402: 'FAILED_PRECONDITION',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

export function renderError(error: AppError, { requestId, publicUrl }: ErrorContext): JsonObject {
  const [issue] = error.issues;
  return {
    error: {
      ...error.details,
      code: error.status,
      message: error.message,
      status: STATUS[error.status] ?? (error.status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT'),
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: error.code.toUpperCase(),
          domain: new URL(publicUrl).hostname,
          metadata: { request_id: requestId, docs: `${publicUrl}/docs/errors#${error.code}` },
        },
        ...(issue
          ? [
              {
                '@type': 'type.googleapis.com/google.rpc.BadRequest',
                fieldViolations: [{ field: issue.field, description: error.message }],
              },
            ]
          : []),
      ],
    },
  };
}

/** The sentence in an error body; null when it is none of Google's. Some of its servers wrap it in a list. */
export function readErrorMessage(body: unknown): string | null {
  const holder: unknown = Array.isArray(body) ? body[0] : body;
  if (!isObject(holder) || isAbsent(holder['error'])) return null;
  const { error } = holder;
  if (typeof error === 'string') return error;
  const message = isObject(error) ? error['message'] : null;
  return typeof message === 'string' && message !== '' ? message : 'The service reported an error.';
}

export function readErrorCode(body: JsonObject): string | undefined {
  const status = isObject(body['error']) ? body['error']['status'] : undefined;
  return typeof status === 'string' ? status : undefined;
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
