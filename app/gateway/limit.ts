import ipaddr from 'ipaddr.js';
import type { CallTrace } from '../../db/schema/index.ts';
import type { RateLimit, RateLimitDecision } from '../infra/store/store.ts';
import { AppError } from '../lib/app-error.ts';
import { limitsOf, nameOf, type CallLimits } from './call-limits.ts';
import type { Call } from './call.ts';
import { dialectOfTarget, findLlmRoute } from './doors.ts';
import { LIMIT_WINDOW_MS } from './limits.ts';
import { estimatedInputTokens } from './llm/estimate-tokens.ts';
import { TokenTakes } from './token-takes.ts';

const MAX_ADDRESSES = 20_000;
/** What an answer usually has at most; the rest is taken when the usage is known. */
const EXPECTED_OUTPUT_TOKENS = 256;
export const BUSY_RETRY_SECONDS = 1;

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
    const limits = [{ key: `ip:${networkOf(address)}`, limit: this.#limit, windowMs: LIMIT_WINDOW_MS }];
    this.#byAddress.set(address, limits);
    return limits;
  }
}

/** A line has one IPv4 address but 2^64 of IPv6, which count as one. */
function networkOf(address: string): string {
  if (!address.includes(':') || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? parsed.toString() : `${parsed.toByteArray().slice(0, 8).join('.')}/64`;
}

/** Before anything else: one address cannot keep the gateway busy with junk. */
export function limitAddress(call: Call): void | Promise<void> {
  const { store, addressLimits } = call.parts;
  const decision = store.rateLimits.take(addressLimits.of(call.address));
  if (decision instanceof Promise) return decision.then((made) => applyRequests(call, made));
  applyRequests(call, decision);
}

/**
 * Before a body is read or anything is looked up for the caller: requests of organization and key, and of the
 * plan where the address names the service.
 */
export function limitRequests(call: Call): void | Promise<void> {
  const { parts, principal, plan } = call;
  const limits = limitsOf(principal!, plan, null, parts.limits);
  call.limits = limits;
  call.requestsTakenAtMs = parts.clock.now();
  const decision = parts.store.rateLimits.take(limits.requests);
  if (decision instanceof Promise) return decision.then((made) => applyEarly(call, made));
  applyEarly(call, decision);
}

function applyEarly(call: Call, decision: RateLimitDecision): void {
  // `compose` would have found out what the caller speaks.
  if (!decision.allowed && call.doorDialect === null && call.service?.kind === 'llm') {
    call.doorDialect =
      call.door === 'endpoint'
        ? dialectOfTarget('', call.request.headers)
        : (findLlmRoute(call.restPath)?.dialect ?? null);
  }
  applyRequests(call, decision);
}

/**
 * Holds the call to the ceilings of its organization, key, plan and model: requests, as far as they are not taken
 * yet, tokens, and calls that run at once. Each kind is taken whole or not at all.
 */
export function limit(call: Call): void | Promise<void> {
  const { parts, principal, plan } = call;
  const taken = call.limits;
  const limits = limitsOf(principal!, plan, call.model, parts.limits);
  if (limits === taken) return limitFurther(call, limits);
  call.limits = limits;
  const requests =
    taken === null
      ? limits.requests
      : limits.requests.filter(({ key }) => !taken.requests.some((one) => one.key === key));
  if (requests.length === 0) return limitFurther(call, limits);
  const decision = parts.store.rateLimits.take(requests);
  if (decision instanceof Promise) return decision.then((made) => applyRest(call, taken, limits, made));
  return applyRest(call, taken, limits, decision);
}

function applyRest(
  call: Call,
  taken: CallLimits | null,
  limits: CallLimits,
  decision: RateLimitDecision,
): void | Promise<void> {
  if (taken === null || !decision.allowed || decision.remaining < call.rateLimit!.remaining) {
    if (taken !== null && !decision.allowed)
      call.parts.store.rateLimits.adjust(taken.requests, -1, call.requestsTakenAtMs);
    applyRequests(call, decision);
  }
  return limitFurther(call, limits);
}

function limitFurther(call: Call, limits: CallLimits): void | Promise<void> {
  if (limits.slots.length > 0) takeSlots(call, limits);
  if (limits.tokens.length === 0 || call.llm === null) return;
  const estimate = Math.min(estimateTokens(call), limits.maxTokens);
  const takenAtMs = call.parts.clock.now();
  const decision = call.parts.store.rateLimits.take(limits.tokens, estimate);
  if (decision instanceof Promise) {
    return decision.then((made) => applyTokens(call, limits, made, estimate, takenAtMs));
  }
  applyTokens(call, limits, decision, estimate, takenAtMs);
}

/** Tokens by the text's length; only the order of magnitude matters until the usage is known. */
export function estimateTokens(call: Call): number {
  const { facts, added } = call.llm!;
  const output = Math.min(facts.usualOutputTokens ?? EXPECTED_OUTPUT_TOKENS, added.maxOutputTokens);
  return estimatedInputTokens(facts) + output * facts.choices;
}

function takeSlots(call: Call, { slots }: CallLimits): void {
  const full = call.parts.slots.acquire(slots);
  if (full !== null) {
    throw new AppError(
      'rate_limited',
      `Too many calls at once: at most ${full.limit} may run (${nameOf(full)}).`,
      { retryAfterSeconds: BUSY_RETRY_SECONDS },
    );
  }
  call.release.push(() => call.parts.slots.release(slots));
}

function applyRequests(call: Call, decision: RateLimitDecision): void {
  call.rateLimit = decision;
  if (!decision.allowed) throw refusal('requests', decision);
}

function applyTokens(
  call: Call,
  limits: CallLimits,
  decision: RateLimitDecision,
  taken: number,
  takenAtMs: number,
): void {
  call.tokenLimit = decision;
  if (!decision.allowed) throw refusal('tokens', decision);
  tokenTakesOf(call).add(limits.tokens, taken, takenAtMs);
}

/** What the call takes of limits of tokens; corrected when it is over. */
export function tokenTakesOf(call: Call): TokenTakes {
  if (call.tokenTakes !== null) return call.tokenTakes;
  const takes = new TokenTakes(call.parts.store.rateLimits);
  call.tokenTakes = takes;
  call.onTokensUsed = (used) => takes.correct(used);
  // Calls that never come to be settled have used none.
  call.release.push(() => takes.correct(call.usedTokens));
  return takes;
}

function refusal(
  units: 'requests' | 'tokens',
  { limit: reached, retryAfterMs }: RateLimitDecision,
): AppError {
  const per = reached.windowMs === LIMIT_WINDOW_MS ? 'minute' : 'day';
  return new AppError(
    'rate_limited',
    `Too many ${units}: at most ${reached.limit} per ${per} (${nameOf(reached)}).`,
    { retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1_000)) },
  );
}

/** What was checked, for the explanation of a call. */
export function describeLimits({ rateLimit, tokenLimit }: Call): NonNullable<CallTrace['limits']> {
  return [rateLimit, tokenLimit]
    .filter((decision) => decision !== null)
    .map(({ limit: { key, limit, windowMs }, remaining }) => ({
      name: nameOf({ key }),
      limit,
      remaining,
      windowSeconds: windowMs / 1_000,
    }));
}
