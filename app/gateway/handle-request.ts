import { authenticate } from './authenticate.ts';
import { authorize } from './authorize.ts';
import { answerFromCache } from './cache.ts';
import type { Call, Stage } from './call.ts';
import { compose } from './compose.ts';
import { recallConversation } from './conversation.ts';
import { abandon, refuse } from './end-call.ts';
import { assertNoLoop, forward } from './forward.ts';
import { hold } from './hold.ts';
import { claimIdempotency } from './idempotency.ts';
import { limit, limitAddress, limitRequests } from './limit.ts';
import { matchService } from './match-service.ts';
import { route } from './route.ts';
import { resolveFallbacks } from './routing/fallbacks.ts';

/**
 * The life of a call. Stages that do not concern it return at once; `settle` follows from `forward`,
 * when the answer ends. Requests are limited before bodies are read, tokens when it is known how many there are.
 */
const STAGES: readonly Stage[] = [
  limitAddress,
  matchService,
  assertNoLoop,
  authenticate,
  authorize,
  limitRequests,
  compose,
  recallConversation,
  limit,
  claimIdempotency,
  answerFromCache,
  resolveFallbacks,
  hold,
  route,
  forward,
];

/** Takes a call through its stages; most calls never wait for a promise on the way. */
export function handleRequest(call: Call): void {
  proceed(call, 0);
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
