import type { GatewayLimits } from '../limits.ts';

const MAX_OPENINGS = 10;

export type BreakerLimits = Pick<GatewayLimits, 'breakerFailures' | 'breakerOpenMs'>;

/**
 * Keeps calls from an upstream that fails. Closed: calls pass. Open: none do. Half-open: one call tries
 * the upstream, and its end decides. Failures of one buyer alone close the upstream for that buyer
 * only: a request that makes a healthy upstream fail must not take it away from others.
 */
export class Breaker {
  readonly #limits: BreakerLimits;
  #failures = 0;
  /** The buyer of all failures in a row so far; null: there were several. */
  #onlyBuyer: string | null = null;
  #openings = 0;
  /** 0: closed. */
  #openUntilMs = 0;
  #probing = false;

  constructor(limits: BreakerLimits) {
    this.#limits = limits;
  }

  /** Whether a call of this buyer's may go; `nowMs` by the gateway's clock. */
  admits(buyer: string, nowMs: number): boolean {
    if (this.#openUntilMs === 0 || this.#isForOthers(buyer)) return true;
    return nowMs >= this.#openUntilMs && !this.#probing;
  }

  /** A call goes; while half-open it is the probe. */
  enter(buyer: string): void {
    if (this.#openUntilMs !== 0 && !this.#isForOthers(buyer)) this.#probing = true;
  }

  /**
   * The upstream begins to answer. Others may come at once, as a stream can last for minutes; should it
   * break off after all, one failure is enough to open again.
   */
  begun(): void {
    if (this.#openUntilMs === 0) return;
    this.#failures = this.#limits.breakerFailures - 1;
    this.#openUntilMs = 0;
    this.#probing = false;
  }

  /** The upstream has answered. */
  succeeded(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#openings = 0;
    this.#openUntilMs = 0;
    this.#probing = false;
  }

  failed(buyer: string, nowMs: number): void {
    if (this.#failures === 0) this.#onlyBuyer = buyer;
    else if (this.#onlyBuyer !== buyer) this.#onlyBuyer = null;
    this.#failures++;
    if (this.#failures < this.#limits.breakerFailures) return;
    // Calls that were under way when it opened say nothing new.
    if (this.#openUntilMs > nowMs && !this.#probing) return;
    this.#openings = Math.min(this.#openings + 1, MAX_OPENINGS);
    this.#openUntilMs = nowMs + this.#limits.breakerOpenMs * this.#openings;
    this.#probing = false;
  }

  /** A call ended without saying anything about the upstream: another may be the probe. */
  left(): void {
    this.#probing = false;
  }

  /** Milliseconds until a call may try again; 0 when one may now. */
  waitMs(nowMs: number): number {
    return this.#openUntilMs === 0 ? 0 : Math.max(0, this.#openUntilMs - nowMs);
  }

  #isForOthers(buyer: string): boolean {
    return this.#onlyBuyer !== null && this.#onlyBuyer !== buyer;
  }
}
