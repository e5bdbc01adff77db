import type { AppError } from '../lib/app-error.ts';
import { authenticate } from './authenticate.ts';
import { authorize } from './authorize.ts';
import type { Call, Stage } from './call.ts';
import { compose } from './compose.ts';
import { sendError, toAppError } from './errors.ts';
import { assertNoLoop, forward } from './forward.ts';
import { hold } from './hold.ts';
import { limit, limitAddress } from './limit.ts';
import { matchService } from './match-service.ts';
import { route } from './route.ts';
import { settle, undelivered } from './settle.ts';

/** The life of a call to one service. `settle` follows from `forward`, when the answer ends. */
const SERVICE_STAGES: readonly Stage[] = [
  limitAddress,
  matchService,
  assertNoLoop,
  authenticate,
  authorize,
  limit,
  compose,
  hold,
  route,
  forward,
];

/** Behind the LLM door the body names the model, and the model the service; then its plan's limits hold. */
const OPENAI_STAGES: readonly Stage[] = [
  limitAddress,
  matchService,
  assertNoLoop,
  authenticate,
  authorize,
  compose,
  limit,
  hold,
  route,
  forward,
];

/** Takes a call through its stages; most calls never wait for a promise on the way. */
export function handleRequest(call: Call): void {
  run(call, call.door === 'openai' ? OPENAI_STAGES : SERVICE_STAGES, 0);
}

function run(call: Call, stages: readonly Stage[], from: number): void {
  try {
    for (let i = from; i < stages.length; i++) {
      const waiting = stages[i]!(call);
      if (waiting !== undefined) {
        waiting.then(
          () => proceed(call, stages, i + 1),
          (error: unknown) => refuse(call, error),
        );
        return;
      }
    }
  } catch (error) {
    refuse(call, error);
  }
}

function proceed(call: Call, stages: readonly Stage[], from: number): void {
  if (call.answered) return;
  if (call.closed) abandon(call);
  else run(call, stages, from);
}

/** The caller left while a stage waited: what was admitted is settled, at no charge. */
function abandon(call: Call): void {
  if (call.admitted) void settle(call, undelivered(499, 'client_gone', 'buyer', null));
}

function refuse(call: Call, cause: unknown): void {
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
