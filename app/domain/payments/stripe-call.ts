/** Asking Stripe: what its failures mean to the caller. */
import { AppError, hasErrorCode } from '../../lib/app-error.ts';

const RETRY_AFTER_SECONDS = 5;
/** Told apart by name, not by class: the module may be loaded twice. */
const UNAVAILABLE = new Set(['StripeConnectionError', 'StripeAPIError', 'StripeRateLimitError']);

/**
 * Runs a call to Stripe. Never inside a transaction.
 * @throws AppError `payment_unavailable` when Stripe does not answer, `conflict` when the same
 * idempotency key went with other parameters, `payment_declined` (details `reason`) when the bank says
 * no; anything else is a fault of ours and passes.
 */
export async function callStripe<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const type = stripeErrorType(cause);
    // Also the same key in two hands at once: the other one's answer is not known yet.
    if ((type !== null && UNAVAILABLE.has(type)) || isLocked(cause)) {
      throw new AppError('payment_unavailable', 'The payment service does not answer. Try again shortly.', {
        cause,
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    // The bank's word about a card; with nobody there it also says that somebody should be.
    if (type === 'StripeCardError') throw declined(cause);
    if (type === 'StripeIdempotencyError') {
      throw new AppError('conflict', 'This payment was started differently before. Start a new one.', {
        cause,
      });
    }
    throw cause;
  }
}

function isLocked(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === 'idempotency_key_in_use' || error.code === 'lock_timeout';
}

function declined(cause: unknown): AppError {
  const { decline_code: declineCode, code } = cause as { decline_code?: string; code?: string };
  return new AppError('payment_declined', 'The bank declined this payment. Use another payment method.', {
    cause,
    details: { reason: declineCode ?? code ?? 'card_declined' },
  });
}

function stripeErrorType(error: unknown): string | null {
  if (!(error instanceof Error) || !('type' in error) || typeof error.type !== 'string') return null;
  return error.type;
}

/**
 * True when it is certain that nothing was done: the bank or Stripe said no to this very request. After any
 * other error (no answer, no access, our own database) an earlier try may have come through.
 */
export function isRefusal(error: unknown): boolean {
  return hasErrorCode(error, 'payment_declined') || stripeErrorType(error) === 'StripeInvalidRequestError';
}

/** True when Stripe says that there is no such object. */
export function isMissingAtStripe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'resource_missing';
}

/** The id of a field that Stripe gives as an id or, when expanded, as an object. */
export function idOf(reference: string | { id: string } | null | undefined): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null);
}

/** Finds what an operation made by its id in the metadata, for when Stripe has forgotten the idempotency key. */
export async function findByOperation<T extends { id: string; metadata?: Record<string, string> | null }>(
  list: AsyncIterable<T>,
  operationId: string,
): Promise<T | null> {
  for await (const object of list) {
    if (object.metadata?.['operation_id'] === operationId) return object;
  }
  return null;
}

/** Range of Stripe's `created` in which an operation's object must lie. */
export function createdSince(operation: { createdAt: Date }): { gte: number } {
  return { gte: Math.floor(operation.createdAt.getTime() / 1000) - 60 };
}
