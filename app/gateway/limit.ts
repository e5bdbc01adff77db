import type { RateLimit, RateLimitDecision } from '../infra/store/store.ts';
import { AppError } from '../lib/app-error.ts';
import type { Call } from './call.ts';
import { LIMIT_WINDOW_MS, type GatewayLimits } from './limits.ts';
import type { KnownPrincipal } from './snapshot.ts';

const MAX_ADDRESSES = 20_000;
const WINDOW_SECONDS = LIMIT_WINDOW_MS / 1_000;

/** The limit of each address, made once, so that a request costs a look-up. */
export class AddressLimits {
  readonly #limit: number;
  readonly #byAddress = new Map<string, RateLimit[]>();

  constructor(requestsPerMinute: number) {
    this.#limit = requestsPerMinute;
  }

  of(address: string): RateLimit[] {
    const known = this.#byAddress.get(address);
    if (known) return known;
    if (this.#byAddress.size >= MAX_ADDRESSES) this.#byAddress.clear();
    const limits = [{ key: `ip:${address}`, limit: this.#limit, windowMs: LIMIT_WINDOW_MS }];
    this.#byAddress.set(address, limits);
    return limits;
  }
}

/** Before anything else: one address cannot keep the gateway busy with junk. */
export function limitAddress(call: Call): void | Promise<void> {
  const { store, addressLimits } = call.parts;
  const decision = store.rateLimits.take(addressLimits.of(call.address));
  if (decision instanceof Promise) return decision.then((made) => apply(call, made));
  apply(call, decision);
}

/** Stage 4: sliding windows of the organization and the key, taken together or not at all. */
export function limit(call: Call): void | Promise<void> {
  const decision = call.parts.store.rateLimits.take(limitsOf(call));
  if (decision instanceof Promise) return decision.then((made) => apply(call, made));
  apply(call, decision);
}

function apply(call: Call, decision: RateLimitDecision): void {
  call.rateLimit = decision;
  if (decision.allowed) return;
  throw new AppError('rate_limited', `Too many requests: at most ${decision.limit.limit} per minute.`, {
    retryAfterSeconds: Math.max(1, Math.ceil(decision.retryAfterMs / 1_000)),
  });
}

function limitsOf(call: Call): RateLimit[] {
  const principal = call.principal!;
  const planId = call.plan?.id ?? '';
  const known = principal.limitsByPlan.get(planId);
  if (known) return known;
  const made = makeLimits(principal, planId, call.plan?.requestsPerMinute ?? null, call.parts.limits);
  principal.limitsByPlan.set(planId, made);
  return made;
}

function makeLimits(
  principal: KnownPrincipal,
  planId: string,
  planRequestsPerMinute: number | null,
  limits: GatewayLimits,
): RateLimit[] {
  return [
    {
      key: `org:${principal.organizationId}`,
      limit: principal.organizationRequestsPerMinute ?? limits.organizationRequestsPerMinute,
      windowMs: LIMIT_WINDOW_MS,
    },
    {
      key: `key:${principal.keyId}:${planId}`,
      limit: planRequestsPerMinute ?? limits.keyRequestsPerMinute,
      windowMs: LIMIT_WINDOW_MS,
    },
  ];
}

/** `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers-10) and OpenAI's own. */
export function appendRateLimitHeaders(decision: RateLimitDecision, into: string[]): void {
  const { limit: quota, key } = decision.limit;
  const name = key.slice(0, key.indexOf(':'));
  const remaining = Math.max(0, Math.floor(decision.remaining));
  const resetSeconds = Math.ceil(decision.resetMs / 1_000);
  into.push(
    'ratelimit-policy',
    `"${name}";q=${quota};w=${WINDOW_SECONDS}`,
    'ratelimit',
    `"${name}";r=${remaining};t=${resetSeconds}`,
    'x-ratelimit-limit-requests',
    `${quota}`,
    'x-ratelimit-remaining-requests',
    `${remaining}`,
    'x-ratelimit-reset-requests',
    `${resetSeconds}s`,
  );
}
