import type { AppError } from '../lib/app-error.ts';
import { authenticate } from './authenticate.ts';
import { authorize } from './authorize.ts';
import { answerFromCache } from './cache.ts';
import type { Call, Stage } from './call.ts';
import { compose } from './compose.ts';
import { recallConversation } from './conversation.ts';
import { sendError, toAppError } from './errors.ts';
import { assertNoLoop, forward } from './forward.ts';
import { hold } from './hold.ts';
import { claimIdempotency } from './idempotency.ts';
import { limit, limitAddress } from './limit.ts';
import { matchService } from './match-service.ts';
import { route } from './route.ts';
import { settle, undelivered } from './settle.ts';

/**
 * The life of a call. Stages that do not concern it return at once; `settle` follows from `forward`,
 * when the answer ends. Bodies are read before limits are taken: tokens are limited too.
 */
const STAGES: readonly Stage[] = [
  limitAddress,
  matchService,
  assertNoLoop,
  authenticate,
  authorize,
  compose,
  recallConversation,
  limit,
  claimIdempotency,
  answerFromCache,
  hold,
  route,
  forward,
];

/** Takes a call through its stages; most calls never wait for a promise on the way. */
export function handleRequest(call: Call): void {
  run(call, 0);
}

function run(call: Call, from: number): void {
  try {
    for (let i = from; i < STAGES.length; i++) {
      const waiting = STAGES[i]!(call);
      if (waiting !== undefined) {
        waiting.then(
          () => proceed(call, i + 1),
          (error: unknown) => refuse(call, error),
        );
        return;
      }
      if (call.answered) return;
    }
  } catch (error) {
    refuse(call, error);
  }
}

function proceed(call: Call, from: number): void {
  if (call.closed) abandon(call);
  else if (!call.answered) run(call, from);
}

/** The caller left while a stage waited: what was admitted is settled, at no charge. */
function abandon(call: Call): void {
  call.giveBack();
  if (call.answered) return;
  call.discardCaptures();
  if (call.admitted) void settle(call, undelivered(499, 'client_gone', 'buyer', null));
}

function refuse(call: Call, cause: unknown): void {
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
  else void settled.then(() => sendError(call, error));
}

/** Admitted calls fail here because of their request, or because no upstream can take them. */
function faultOf(error: AppError): 'buyer' | 'seller' | 'platform' {
  if (error.status < 500) return 'buyer';
  return error.code === 'no_healthy_upstream' ? 'seller' : 'platform';
}
