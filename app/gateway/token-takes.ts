import type { RateLimit, RateLimiter } from '../infra/store/store.ts';

interface Take {
  limits: readonly RateLimit[];
  counted: number;
  takenAtMs: number;
}

/** Tokens that a call has taken of its limits by estimate, corrected when it is known what was used. */
export class TokenTakes {
  readonly #limiter: RateLimiter;
  #takes: Take[] = [];

  constructor(limiter: RateLimiter) {
    this.#limiter = limiter;
  }

  /** @param takenAtMs the clock at the take. */
  add(limits: readonly RateLimit[], estimate: number, takenAtMs: number): void {
    if (limits.length > 0) this.#takes.push({ limits, counted: estimate, takenAtMs });
  }

  has({ key }: RateLimit): boolean {
    return this.#takes.some(({ limits }) => limits.some((limit) => limit.key === key));
  }

  /** Safe to repeat. */
  correct(used: number): void {
    for (const take of this.#takes) {
      if (used !== take.counted) this.#limiter.adjust(take.limits, used - take.counted, take.takenAtMs);
      take.counted = used;
    }
  }

  /** The call goes on under these: the others get back what was taken of them. */
  keepOnly(limits: readonly RateLimit[]): void {
    const isKept = ({ key }: RateLimit): boolean => limits.some((limit) => limit.key === key);
    this.#takes = this.#takes.flatMap((take) => {
      const left = take.limits.filter((limit) => !isKept(limit));
      if (left.length === 0) return take;
      this.#limiter.adjust(left, -take.counted, take.takenAtMs);
      const kept = take.limits.filter(isKept);
      return kept.length === 0 ? [] : { ...take, limits: kept };
    });
  }
}
