import type { Call } from './call.ts';
import { obstacleOf } from './pool/health.ts';
import { CandidateQueue } from './routing/candidate-queue.ts';
import { assertMakerExists, findMaker } from './routing/response-makers.ts';
import { primaryTarget } from './routing/target.ts';

/**
 * Stage: where the call goes first. A service with one upstream and one credential, as most are, needs no
 * queue: there is nothing to choose now or to turn to later.
 */
export function route(call: Call): void | Promise<void> {
  const maker = findMaker(call);
  if (maker === null) return choose(call);
  return maker.then((key) => {
    call.maker = key;
    return choose(call);
  });
}

function choose(call: Call): void | Promise<void> {
  const service = call.service!;
  const candidates = service.candidates.of(service, call.model);
  if (call.maker !== '') assertMakerExists(call, candidates);
  const only = candidates.length === 1 ? candidates[0]! : null;
  if (
    only !== null &&
    call.fallbacks.length === 0 &&
    call.preferences === null &&
    hasNoLimit(only.credential)
  ) {
    if (obstacleOf(only, call.principal!.organizationId, call.parts) === null) {
      call.candidate = only;
      return;
    }
  }
  if (service.routingStrategy !== 'round_robin' || candidates.length < 2) return take(call, 0);
  const turn = call.parts.store.counters.next(`route:${service.id}`);
  return turn instanceof Promise ? turn.then((made) => take(call, made)) : take(call, turn);
}

function take(call: Call, turn: number): void | Promise<void> {
  const fallbacks = call.maker === '' ? call.fallbacks : [];
  const queue = new CandidateQueue(call, [primaryTarget(call), ...fallbacks], turn);
  call.queue = queue;
  const taken = queue.take();
  if (taken instanceof Promise) {
    return taken.then((candidate) => {
      if (candidate === null) throw queue.refusal();
    });
  }
  if (taken === null) throw queue.refusal();
}

function hasNoLimit(credential: {
  requestsPerMinute: number | null;
  requestsPerDay: number | null;
}): boolean {
  return credential.requestsPerMinute === null && credential.requestsPerDay === null;
}
