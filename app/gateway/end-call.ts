/** How a call ends that no upstream answers. */
import type { AppError } from '../lib/app-error.ts';
import type { Call } from './call.ts';
import { sendError, toAppError } from './errors.ts';
import { cutOff, say } from './last-word.ts';
import { settle, undelivered } from './settle.ts';

/** The caller left while a stage waited: what was admitted is settled, at no charge. */
export function abandon(call: Call): void {
  call.giveBack();
  if (call.answered) return;
  call.discardCaptures();
  if (call.admitted) void settle(call, undelivered(499, 'client_gone', 'buyer', null));
}

/** Answers with the error; what was admitted becomes an event first. Where even that fails, the call is cut off. */
export function refuse(call: Call, cause: unknown): void {
  try {
    answerWith(call, cause);
  } catch (error) {
    cutOff(call, error);
  }
}

function answerWith(call: Call, cause: unknown): void {
  call.discardCaptures();
  if (call.closed) call.giveBack();
  if (call.closed && !call.admitted) return;
  const error = toAppError(call, cause);
  if (!call.admitted) {
    if (call.principal) call.parts.refusals.count(call, error.code);
    sendError(call, error);
    return;
  }
  const settled = settle(call, undelivered(error.status, 'upstream_error', faultOf(error), error.code));
  if (settled === undefined) sendError(call, error);
  else
    settled.then(
      () => say(call, () => sendError(call, error)),
      (failure: unknown) => cutOff(call, failure),
    );
}

/** Admitted calls fail here because of their request, or because no upstream can take them. */
function faultOf(error: AppError): 'buyer' | 'seller' | 'platform' {
  if (error.status < 500) return 'buyer';
  return error.code === 'no_healthy_upstream' ? 'seller' : 'platform';
}
