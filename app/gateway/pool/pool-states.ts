/** What this process has learned of sellers' upstreams and credentials; it outlives the snapshot's entries. */
import { LRUCache } from 'lru-cache';
import { RetryBudget } from '../routing/retry-budget.ts';
import { Breaker, type BreakerLimits } from './breaker.ts';
import { Recent } from './recent.ts';

const MAX_STATES = 20_000;
/**
 * A credential that would rest for more models than this rests altogether: it is the account that is at its limit, and
 * names that callers make up must not reach the upstream, and be written, one by one.
 */
const MAX_COOLING_MODELS = 16;

export class ServiceState {
  /** Calls that run now, in this process. */
  inFlight = 0;
  readonly retries = new RetryBudget();
}

export class UpstreamState {
  readonly breaker: Breaker;
  /** Milliseconds to the first byte. */
  readonly firstByteMs = new Recent();
  /** Output tokens a second. */
  readonly tokensPerSecond = new Recent();
  inFlight = 0;

  constructor(limits: BreakerLimits) {
    this.breaker = new Breaker(limits);
  }
}

/** What the database says of a credential. */
export interface CredentialMarks {
  /** 401 or 403 answers in a row. */
  refusals: number;
  disabled: boolean;
  /** By the gateway's clock; 0: ready. */
  coolingUntilMs: number;
  /** The same for single models. */
  coolingModels: ReadonlyMap<string, number>;
}

export class CredentialState implements CredentialMarks {
  refusals = 0;
  disabled = false;
  coolingUntilMs = 0;
  coolingModels = new Map<string, number>();
  inFlight = 0;
  /** Marks that are on their way to the database: until they are there, its word is old. */
  writing = 0;
  /** When the latest mark was written, by the database clock. */
  writtenAtMs = 0;

  /**
   * Takes over what was read from the database, so that a reset there holds here too.
   * @param readAtMs by the database clock.
   */
  adopt(marks: CredentialMarks, readAtMs: number): void {
    if (this.writing > 0 || readAtMs < this.writtenAtMs) return;
    this.refusals = marks.refusals;
    this.disabled = marks.disabled;
    this.coolingUntilMs = marks.coolingUntilMs;
    if (marks.coolingModels.size > 0 || this.coolingModels.size > 0) {
      this.coolingModels = new Map(marks.coolingModels);
    }
  }

  /** Until when it takes no calls for the model, by the gateway's clock. @param model null: none is asked for. */
  restsUntilMs(model: string | null): number {
    if (model === null || this.coolingModels.size === 0) return this.coolingUntilMs;
    return Math.max(this.coolingUntilMs, this.coolingModels.get(model) ?? 0);
  }

  /**
   * @param asked model that rests; null: all of it does.
   * @returns what is news of that; null when it was known to rest so long.
   */
  rest(asked: string | null, untilMs: number, nowMs: number): { model: string | null } | null {
    if (untilMs <= this.restsUntilMs(asked)) return null;
    const model = asked !== null && this.#hasRoomFor(asked, nowMs) ? asked : null;
    if (model === null) this.coolingUntilMs = Math.max(this.coolingUntilMs, untilMs);
    else this.coolingModels.set(model, untilMs);
    return { model };
  }

  #hasRoomFor(model: string, nowMs: number): boolean {
    if (this.coolingModels.has(model)) return true;
    for (const [name, untilMs] of this.coolingModels) if (untilMs <= nowMs) this.coolingModels.delete(name);
    return this.coolingModels.size < MAX_COOLING_MODELS;
  }
}

export class PoolStates {
  readonly #limits: BreakerLimits;
  readonly #services = new LRUCache<string, ServiceState>({ max: MAX_STATES });
  readonly #upstreams = new LRUCache<string, UpstreamState>({ max: MAX_STATES });
  readonly #credentials = new LRUCache<string, CredentialState>({ max: MAX_STATES });

  constructor(limits: BreakerLimits) {
    this.#limits = limits;
  }

  service(id: string): ServiceState {
    return getOrMake(this.#services, id, () => new ServiceState());
  }

  upstream(id: string): UpstreamState {
    return getOrMake(this.#upstreams, id, () => new UpstreamState(this.#limits));
  }

  credential(id: string): CredentialState {
    return getOrMake(this.#credentials, id, () => new CredentialState());
  }
}

function getOrMake<T extends object>(states: LRUCache<string, T>, id: string, make: () => T): T {
  const known = states.get(id);
  if (known) return known;
  const made = make();
  states.set(id, made);
  return made;
}
