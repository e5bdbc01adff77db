import type { RateLimit } from '../../infra/store/store.ts';
import type { CallLimits } from '../call-limits.ts';
import type { Call } from '../call.ts';
import type { ConcurrencyLimit } from '../concurrency.ts';
import { BUSY_RETRY_SECONDS, estimateTokens, tokenTakesOf } from '../limit.ts';

/**
 * What the plans and models of a call's fallbacks are held to: requests, tokens and calls at once, as if the
 * caller had named them; `limit` has taken those of the first only. What both have is taken once.
 */
export class FallbackLimits {
  readonly #call: Call;
  #current: CallLimits | null;
  #requests: readonly RateLimit[];
  #slots: readonly ConcurrencyLimit[];

  constructor(call: Call) {
    this.#call = call;
    this.#current = call.limits;
    this.#requests = call.limits?.requests ?? [];
    this.#slots = call.limits?.slots ?? [];
  }

  /** True when the call is held to these already. */
  covers(limits: CallLimits): boolean {
    return limits === this.#current;
  }

  /**
   * Takes all that is missing, or nothing.
   * @param more taken together with the requests.
   * @returns null, or after how many ms there may be room.
   */
  async enter(limits: CallLimits, more: readonly RateLimit[]): Promise<number | null> {
    const { parts, llm } = this.#call;
    const { rateLimits } = parts.store;
    const slots = missing(limits.slots, this.#slots);
    if (parts.slots.acquire(slots) !== null) return BUSY_RETRY_SECONDS * 1_000;
    let isHeld = true;
    const free = (): void => {
      if (isHeld) parts.slots.release(slots);
      isHeld = false;
    };
    this.#call.release.push(free);
    const takes = llm === null ? null : tokenTakesOf(this.#call);
    const tokens = takes === null ? [] : limits.tokens.filter((limit) => !takes.has(limit));
    const estimate = tokens.length === 0 ? 0 : Math.min(estimateTokens(this.#call), limits.maxTokens);
    const takenAtMs = parts.clock.now();
    let decision = await rateLimits.take(tokens, estimate);
    if (decision.allowed) {
      const requests = missing(limits.requests, this.#requests);
      decision = await rateLimits.take([...requests, ...more]);
      if (decision.allowed) {
        this.#current = limits;
        this.#requests = [...this.#requests, ...requests];
        this.#slots = [...this.#slots, ...slots];
        takes?.keepOnly(limits.tokens);
        takes?.add(tokens, estimate, takenAtMs);
        return null;
      }
      rateLimits.adjust(tokens, -estimate, takenAtMs);
    }
    free();
    return decision.retryAfterMs;
  }
}

function missing<Limit extends { key: string }>(
  limits: readonly Limit[],
  taken: readonly Limit[],
): readonly Limit[] {
  return limits.filter(({ key }) => !taken.some((one) => one.key === key));
}
