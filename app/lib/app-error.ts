/**
 * The one error that crosses layers. Domain and gateway throw it, only `app/http/` and
 * `app/gateway/errors.ts` turn it into a Response. Tell errors apart by `code`, never by
 * `instanceof`: a module may be loaded twice (natively and in the web bundle).
 */

/** Stable codes; `docs/errors.md` has one section for each. The number is the HTTP status. */
export const ERROR_STATUS = {
  invalid_request: 400,
  blocked_target: 400,
  unauthenticated: 401,
  invalid_credentials: 401,
  invalid_api_key: 401,
  insufficient_balance: 402,
  insufficient_quota: 402,
  budget_exceeded: 402,
  payment_required: 402,
  payment_declined: 402,
  price_missing: 402,
  forbidden: 403,
  subscription_required: 403,
  key_not_allowed: 403,
  password_change_required: 403,
  cross_origin: 403,
  not_found: 404,
  service_not_found: 404,
  model_not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  already_exists: 409,
  idempotency_in_progress: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  misdirected_request: 421,
  idempotency_mismatch: 422,
  upgrade_required: 426,
  rate_limited: 429,
  internal: 500,
  not_implemented: 501,
  upstream_error: 502,
  upstream_auth_failed: 502,
  upstream_blocked: 502,
  storage_unavailable: 503,
  payment_unavailable: 503,
  draining: 503,
  overloaded: 503,
  no_healthy_upstream: 503,
  upstream_timeout: 504,
  loop_detected: 508,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** One thing wrong with one field; `reason` is a key of the `errors` translation namespace. */
export interface FieldIssue {
  /** Dotted path as the caller sent it: `plans.0.price`. */
  field: string;
  /** Machine reason and translation key: `required`, `too_long`, `taken`, … */
  reason: string;
  /** Numbers or words for the message: `{ max: 64 }`. */
  params?: Record<string, string | number>;
}

export interface AppErrorOptions {
  issues?: FieldIssue[];
  /** Seconds; becomes `Retry-After`. */
  retryAfterSeconds?: number;
  /** Extra public facts merged into the JSON error body, e.g. `{ checkout_url }`. */
  details?: Record<string, unknown>;
  /** Never shown to the caller. */
  cause?: unknown;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly issues: FieldIssue[];
  readonly retryAfterSeconds: number | undefined;
  readonly details: Record<string, unknown> | undefined;

  /** @param message public English sentence that says what to do; the cause stays private. */
  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = ERROR_STATUS[code];
    this.issues = options.issues ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.details = options.details;
  }
}

/** True for an AppError of either copy of this module. */
export function isAppError(error: unknown): error is AppError {
  return error instanceof Error && error.name === 'AppError' && 'code' in error && 'status' in error;
}

/** True when `error` is an AppError with this code. */
export function hasErrorCode(error: unknown, code: ErrorCode): boolean {
  return isAppError(error) && error.code === code;
}
