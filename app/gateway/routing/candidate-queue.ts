import type { CallTrace, Meter } from '../../../db/schema/index.ts';
import { listedPrice } from '../../domain/metering/index.ts';
import type { RateLimit, RateLimitDecision } from '../../infra/store/store.ts';
import { AppError } from '../../lib/app-error.ts';
import { limitsOf as limitsOfPlan } from '../call-limits.ts';
import type { Call } from '../call.ts';
import { obstacleOf, waitFor } from '../pool/health.ts';
import { coverCost } from '../quantities.ts';
import type { CompiledCredential, CompiledUpstream } from '../snapshot.ts';
import type { Candidate } from './candidate.ts';
import { FallbackLimits } from './fallback-limits.ts';
import { isNamed, orderCandidates } from './order.ts';
import type { RoutePreferences } from './preferences.ts';
import { stickyKey } from './sticky.ts';
import { bindTarget, type Target } from './target.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Retry-After where nobody knows when a candidate comes back. */
const UNKNOWN_WAIT_MS = 30_000;

type Reason = NonNullable<CallTrace['passedOver']>[number]['reason'];

/** Where one call can still go, best first: the candidates of its own model, then of its fallbacks. */
export class CandidateQueue {
  readonly #call: Call;
  readonly #targets: Target[];
  #target: Target;
  readonly #limits: FallbackLimits;
  #waiting: Candidate[];
  /** Attempts at this target. */
  #tried = 0;
  #soonestMs = Infinity;
  /** Everything so far was passed over because the caller wants it so. */
  #onlyByWish = true;

  /** @param turn for round robins. */
  constructor(call: Call, targets: Target[], turn: number) {
    this.#call = call;
    this.#limits = new FallbackLimits(call);
    this.#targets = call.preferences?.sort === 'price' ? byPrice(call, targets) : targets;
    this.#target = this.#targets.shift()!;
    this.#waiting = this.#candidatesOf(this.#target, turn);
  }

  /** The next one that can take the call, bound to it; null: there is none. */
  take(): Candidate | null | Promise<Candidate | null> {
    while (this.hasNext()) {
      const candidate = this.#waiting.shift()!;
      const waitMs = this.#admit(candidate);
      if (waitMs instanceof Promise) {
        return waitMs.then((ms) => (ms === null ? this.#bind(candidate) : this.#full(candidate, ms).take()));
      }
      if (waitMs === null) return this.#bind(candidate);
      this.#full(candidate, waitMs);
    }
    return null;
  }

  /** True when a candidate is left that is well; brings it to the front. */
  hasNext(): boolean {
    const { parts, principal } = this.#call;
    for (;;) {
      const [candidate] = this.#waiting;
      if (candidate === undefined) {
        if (!this.#goToNextTarget()) return false;
        continue;
      }
      const obstacle = obstacleOf(candidate, principal!.organizationId, parts);
      if (obstacle === null) return true;
      this.#waiting.shift();
      this.passOver(candidate, obstacle, waitFor(candidate, obstacle, parts.clock.now()));
    }
  }

  /** Its other credentials come last: the upstream itself is not well. */
  putLast(upstream: CompiledUpstream): void {
    const isSame = (candidate: Candidate): boolean => candidate.upstream.id === upstream.id;
    this.#waiting = [
      ...this.#waiting.filter((candidate) => !isSame(candidate)),
      ...this.#waiting.filter(isSame),
    ];
  }

  /** An attempt failed: after so many more of this target only its fallbacks are left. */
  limitRetries(maxRetries: number): void {
    if (this.#tried > maxRetries) this.#waiting = [];
  }

  /** @param waitMs until it may be otherwise; null: nobody knows. */
  passOver({ upstream, credential }: Candidate, reason: Reason, waitMs: number | null = null): void {
    this.#onlyByWish &&= reason === 'excluded' || reason === 'max_price';
    if (waitMs !== null) this.#soonestMs = Math.min(this.#soonestMs, waitMs);
    const trace = this.#call.traced();
    trace.passedOver ??= [];
    trace.passedOver.push({
      upstreamId: upstream.id,
      ...(credential.id !== '' && { credentialId: credential.id }),
      reason,
    });
  }

  /** Why nothing is left. */
  refusal(): AppError {
    const wished = this.#call.trace?.passedOver !== undefined && this.#onlyByWish;
    if (wished && this.#call.preferences !== null) {
      return new AppError('invalid_request', 'Your routing preferences leave no upstream for this call.', {
        issues: [{ field: 'provider', reason: 'invalid' }],
      });
    }
    const waitMs = this.#soonestMs === Infinity ? UNKNOWN_WAIT_MS : this.#soonestMs;
    return new AppError('no_healthy_upstream', 'The service has no upstream that can take this call.', {
      retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)),
    });
  }

  /** Takes what the credential and, for a fallback, plan and model are held to; ms to wait where it is too much. */
  #admit(candidate: Candidate): number | null | Promise<number | null> {
    const { principal, parts } = this.#call;
    const { plan, model } = this.#target;
    const limits = limitsOf(candidate.credential);
    const ofTarget = limitsOfPlan(principal!, plan, model, parts.limits);
    if (!this.#limits.covers(ofTarget)) return this.#limits.enter(ofTarget, limits);
    if (limits.length === 0) return null;
    const decision = parts.store.rateLimits.take(limits);
    return decision instanceof Promise ? decision.then(waitOf) : waitOf(decision);
  }

  #full(candidate: Candidate, retryAfterMs: number): this {
    this.passOver(candidate, 'rate_limited', retryAfterMs);
    return this;
  }

  #bind(candidate: Candidate): Candidate {
    const call = this.#call;
    if (
      call.service !== this.#target.service ||
      call.plan !== this.#target.plan ||
      candidate.model !== null
    ) {
      if (call.llm !== null && call.llm.upstreamModel !== candidate.model)
        call.traced().requestedModel ??= call.llm.upstreamModel;
      bindTarget(call, this.#target);
    }
    this.#tried++;
    call.candidate = candidate;
    return candidate;
  }

  #goToNextTarget(): boolean {
    const target = this.#targets.shift();
    if (target === undefined) return false;
    this.#target = target;
    this.#tried = 0;
    this.#waiting = this.#candidatesOf(target, Math.floor(Math.random() * 1_000));
    return true;
  }

  #candidatesOf(target: Target, turn: number): Candidate[] {
    const call = this.#call;
    const { preferences } = call;
    let candidates = target.service.candidates.of(target.service, target.model);
    if (call.maker !== '') candidates = candidates.filter(({ key }) => key === call.maker);
    if (preferences !== null) {
      const isDear = exceeds(target, preferences);
      candidates = candidates.filter((candidate) => {
        if (!isDear && isWanted(candidate, preferences)) return true;
        this.passOver(candidate, isDear ? 'max_price' : 'excluded');
        return false;
      });
    }
    const ordered = orderCandidates(candidates, {
      strategy: target.service.routingStrategy,
      preferences,
      sticky: stickyKey(call),
      turn,
      nowMs: call.parts.clock.now(),
    });
    if (preferences?.allowFallbacks !== false) return ordered;
    // One upstream, whichever it is; its credentials are the seller's business.
    return ordered.filter(({ upstream }) => upstream === ordered[0]!.upstream);
  }
}

function waitOf({ allowed, retryAfterMs }: RateLimitDecision): number | null {
  return allowed ? null : retryAfterMs;
}

function byPrice(call: Call, targets: Target[]): Target[] {
  return targets.toSorted((a, b) => {
    const difference = coverCost(call, a) - coverCost(call, b);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  });
}

function isWanted(candidate: Candidate, { only, ignore, order, allowFallbacks }: RoutePreferences): boolean {
  const isIn = (names: Iterable<string>): boolean => [...names].some((name) => isNamed(candidate, name));
  if (only !== null && !isIn(only)) return false;
  if (!allowFallbacks && order.length > 0 && !isIn(order)) return false;
  return !isIn(ignore);
}

function exceeds({ charges, price, model }: Target, { maxPrice }: RoutePreferences): boolean {
  if (!charges) return false;
  const isAbove = (meter: Meter, max: bigint | null): boolean => {
    const listed = max === null ? null : listedPrice(price.price, model, meter);
    return listed !== null && max !== null && listed > max;
  };
  return (
    isAbove('input_token', maxPrice.input) ||
    isAbove('output_token', maxPrice.output) ||
    isAbove('call', maxPrice.call)
  );
}

/** The credential's own ceilings at its upstream. */
export function limitsOf({ id, requestsPerMinute, requestsPerDay }: CompiledCredential): RateLimit[] {
  const limits: RateLimit[] = [];
  if (requestsPerMinute !== null)
    limits.push({ key: `cred:${id}:m`, limit: requestsPerMinute, windowMs: MINUTE_MS });
  if (requestsPerDay !== null) limits.push({ key: `cred:${id}:d`, limit: requestsPerDay, windowMs: DAY_MS });
  return limits;
}
