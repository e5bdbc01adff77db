import ipaddr from 'ipaddr.js';
import type { CallTrace } from '../../db/schema/index.ts';
import type { RateLimit, RateLimitDecision } from '../infra/store/store.ts';
import { AppError } from '../lib/app-error.ts';
import { limitsOf, nameOf, type CallLimits } from './call-limits.ts';
import type { Call } from './call.ts';
import { LIMIT_WINDOW_MS } from './limits.ts';
import { estimatedInputTokens } from './llm/estimate-tokens.ts';

const MAX_ADDRESSES = 20_000;
/** What an answer usually has at most; the rest is taken when the usage is known. */
const EXPECTED_OUTPUT_TOKENS = 256;
const BUSY_RETRY_SECONDS = 1;

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
 * Holds the call to the ceilings of its organization, key, plan and model: requests, tokens, and calls
 * that run at once. Each kind is taken whole or not at all.
 */
export function limit(call: Call): void | Promise<void> {
  const { parts, principal, plan } = call;
  const limits = limitsOf(principal!, plan, call.model, parts.limits);
  call.limits = limits;
  const decision = parts.store.rateLimits.take(limits.requests);
  if (decision instanceof Promise) return decision.then((made) => limitFurther(call, limits, made));
  return limitFurther(call, limits, decision);
}

function limitFurther(call: Call, limits: CallLimits, requests: RateLimitDecision): void | Promise<void> {
  applyRequests(call, requests);
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
function estimateTokens(call: Call): number {
  const { facts, operation } = call.llm!;
  const output = operation === 'generate' ? EXPECTED_OUTPUT_TOKENS * facts.choices : 0;
  const bound = call.llm!.added.maxOutputTokens * facts.choices;
  return estimatedInputTokens(facts) + Math.min(output, bound);
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
  let counted = taken;
  const correct = (used: number): void => {
    if (used !== counted) call.parts.store.rateLimits.adjust(limits.tokens, used - counted, takenAtMs);
    counted = used;
  };
  call.onTokensUsed = correct;
  // Calls that never come to be settled have used none.
  call.release.push(() => correct(call.usedTokens));
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
