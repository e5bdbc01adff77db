import type { Clock } from '../clock.ts';

/** So many failed dials in a row take a node out of the rotation. */
const FAILURES_UNTIL_OUT = 3;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;

export interface HealthMarks {
  failures: number;
  /** Of the clock; 0: in the rotation. */
  retryAtMs: number;
  /** Of the last tunnel that stood, in ms; null: none yet. */
  latencyMs: number | null;
}

/** What is known of one proxy node: it leaves the rotation by failing and comes back by a probe. */
export class RouteHealth {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  #marks: HealthMarks;
  /** Targets in a row that it said it could not reach; which of them is down nobody can tell. */
  #doubts = 0;
  #doubtedUntilMs = 0;

  constructor(
    clock: Clock,
    marks: HealthMarks = { failures: 0, retryAtMs: 0, latencyMs: null },
    onChange: () => void = () => undefined,
  ) {
    this.#clock = clock;
    this.#marks = marks;
    this.#onChange = onChange;
  }

  get marks(): Readonly<HealthMarks> {
    return this.#marks;
  }

  /** `due`: out, and the time for a probe has come. */
  get state(): 'in' | 'out' | 'due' {
    if (this.#marks.failures < FAILURES_UNTIL_OUT) return 'in';
    return this.#marks.retryAtMs > this.#clock.now() ? 'out' : 'due';
  }

  /** It works as far as we see, and reaches nothing: others are better while there are others. */
  get isDoubtful(): boolean {
    return this.#doubtedUntilMs > this.#clock.now();
  }

  /** Takes over what somebody else has found. */
  adopt(marks: HealthMarks): void {
    this.#marks = marks;
  }

  /** One call tries the node; until it is back nobody else does. */
  beginProbe(): void {
    this.#marks = { ...this.#marks, retryAtMs: this.#clock.now() + pauseAfter(this.#marks.failures) };
  }

  connected(latencyMs: number): void {
    this.#doubts = 0;
    this.#doubtedUntilMs = 0;
    this.#answered(latencyMs);
  }

  /** The node answered that it cannot reach the target. */
  couldNotReach(latencyMs: number): void {
    this.#doubts++;
    if (this.#doubts >= FAILURES_UNTIL_OUT) {
      this.#doubtedUntilMs = this.#clock.now() + pauseAfter(this.#doubts);
    }
    this.#answered(latencyMs);
  }

  #answered(latencyMs: number): void {
    this.#marks = { failures: 0, retryAtMs: 0, latencyMs: Math.round(latencyMs) };
    this.#onChange();
  }

  failed(): void {
    const failures = this.#marks.failures + 1;
    this.#marks = { ...this.#marks, failures };
    if (failures >= FAILURES_UNTIL_OUT) this.beginProbe();
    this.#onChange();
  }
}

function pauseAfter(failures: number): number {
  const doublings = Math.max(0, failures - FAILURES_UNTIL_OUT);
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(doublings, 10));
}
