import type { GatewayParts } from '../parts.ts';
import type { Candidate } from '../routing/candidate.ts';

/** Why a candidate cannot take a call now. */
export type Obstacle = 'unauthorized' | 'disabled' | 'cooling' | 'breaker_open' | 'busy';

/** @param buyer the organization that calls. */
export function obstacleOf(
  { service, upstream, credential, model }: Candidate,
  buyer: string,
  { clock, store }: GatewayParts,
): Obstacle | null {
  if (credential.secret === null) return 'unauthorized';
  if (credential.state.disabled) return 'disabled';
  const nowMs = clock.now();
  if (credential.state.restsUntilMs(model) > nowMs) return 'cooling';
  if (!upstream.state.breaker.admits(buyer, nowMs)) return 'breaker_open';
  const isFull = ({ maxConcurrency, state }: Candidate['service' | 'upstream' | 'credential']): boolean =>
    maxConcurrency !== null && state.inFlight >= Math.max(1, Math.floor(maxConcurrency / store.processes()));
  return isFull(service) || isFull(upstream) || isFull(credential) ? 'busy' : null;
}

/** Milliseconds until the obstacle may be gone; null: nobody knows. */
export function waitFor(
  { upstream, credential, model }: Candidate,
  obstacle: Obstacle,
  nowMs: number,
): number | null {
  switch (obstacle) {
    case 'unauthorized':
    case 'disabled':
      return null;
    case 'cooling':
      return credential.state.restsUntilMs(model) - nowMs;
    case 'breaker_open':
      return upstream.state.breaker.waitMs(nowMs);
    case 'busy':
      return 1_000;
  }
}

/** A call goes to the candidate; `leaveCandidate` must follow. */
export function enterCandidate(candidate: Candidate, buyer: string): void {
  take(candidate);
  candidate.upstream.state.breaker.enter(buyer);
}

function take({ service, upstream, credential }: Candidate): void {
  service.state.inFlight++;
  upstream.state.inFlight++;
  credential.state.inFlight++;
}

/** Answers `question` as if the call that is at the candidate had left it: it does not stand in its own way. */
export function asIfLeft(candidate: Candidate, question: () => boolean): boolean {
  leaveCandidate(candidate);
  const answer = question();
  take(candidate);
  return answer;
}

export function leaveCandidate({ service, upstream, credential }: Candidate): void {
  service.state.inFlight--;
  upstream.state.inFlight--;
  credential.state.inFlight--;
}
