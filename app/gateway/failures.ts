import type { Fault, TerminalState } from '../../db/schema/index.ts';
import { AppError, isAppError } from '../lib/app-error.ts';

export interface Failure {
  error: AppError;
  terminalState: TerminalState;
  fault: Fault;
}

const TIMEOUTS: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: 'The service could not be reached in time.',
  UND_ERR_HEADERS_TIMEOUT: 'The service did not begin to answer in time.',
  UND_ERR_BODY_TIMEOUT: 'The service stopped in the middle of its answer.',
  ETIMEDOUT: 'The service could not be reached in time.',
};

/** What a failed exchange is to the caller and to metering; the cause stays in the log. */
export function classifyFailure(cause: Error): Failure {
  if (isAppError(cause)) {
    // What came cannot be read, or says itself that it failed.
    if (cause.code === 'upstream_error')
      return { error: cause, terminalState: 'upstream_error', fault: 'seller' };
    if (cause.code === 'overloaded')
      return { error: cause, terminalState: 'upstream_error', fault: 'platform' };
    if (cause.code !== 'blocked_target') {
      // The request's own body: too large, or no longer arriving.
      const terminalState = cause.code === 'payload_too_large' ? 'policy_stop' : 'client_gone';
      return { error: cause, terminalState, fault: 'buyer' };
    }
    return failure(
      'upstream_blocked',
      'The service’s address may not be reached from here.',
      'upstream_error',
      cause,
    );
  }
  const code = 'code' in cause ? String(cause.code) : '';
  if (code in TIMEOUTS) return failure('upstream_timeout', TIMEOUTS[code]!, 'timeout', cause);
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') {
    const error = new AppError(
      'invalid_request',
      'The request cannot be passed on: a header or its length is invalid.',
      { cause },
    );
    return { error, terminalState: 'client_gone', fault: 'buyer' };
  }
  return failure('upstream_error', 'The service could not be reached or broke off.', 'upstream_error', cause);
}

function failure(
  code: 'upstream_error' | 'upstream_timeout' | 'upstream_blocked',
  message: string,
  terminalState: TerminalState,
  cause: Error,
): Failure {
  return { error: new AppError(code, message, { cause }), terminalState, fault: 'seller' };
}

/** The whole call took longer than its upstream may take. */
export function totalTimeout(): Failure {
  return {
    error: new AppError('upstream_timeout', 'The service took longer than a call may take.'),
    terminalState: 'timeout',
    fault: 'seller',
  };
}

/** What is set aside for a running answer could not be made more: nothing that is not paid for is delivered. */
export function outOfMoney(error: AppError): Failure {
  return { error, terminalState: 'policy_stop', fault: error.status < 500 ? 'buyer' : 'platform' };
}

/** The seller's credential was refused: never the buyer's 401. */
export function credentialRefused(status: number): Failure {
  return {
    error: new AppError('upstream_auth_failed', `The service refused the seller's credential (${status}).`),
    terminalState: 'upstream_error',
    fault: 'seller',
  };
}

/** The stream ended although the answer had not: its terminal mark never came. */
export function endedEarly(): Failure {
  return {
    error: new AppError('upstream_error', 'The service broke off its answer.'),
    terminalState: 'truncated',
    fault: 'seller',
  };
}
