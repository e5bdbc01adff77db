import type { HoldRequest } from '../domain/metering/index.ts';
import type { Nanos } from '../lib/money.ts';

export interface AllowancesOptions {
  /**
   * Brings what is set aside to what is wanted, by buyer; those for whom nothing is are not in the answer. Null: some
   * wallet is busy, and all is as it was.
   */
  renew: (wanted: ReadonlyMap<string, Nanos>) => Promise<ReadonlyMap<string, Nanos> | null>;
  report: (error: unknown) => void;
}

/** A buyer whose calls are held here. */
interface Buyer {
  /** True while the database may have something set aside. */
  isAllowed: boolean;
  /** What the next calls may take: never more than the database has, but for what others take back. */
  freeNanos: Nanos;
  /** Taken, and not yet held in the database. */
  pendingNanos: Nanos;
  /** Taken since the last renewal was asked for, which may have been before or after. */
  takenNanos: Nanos;
  /** Calls and what they hold, of this tick and of the one before. */
  calls: number;
  spentNanos: Nanos;
  spentBeforeNanos: Nanos;
  /** Ticks until money is asked for again: there was too little, or somebody has taken it back. */
  rest: number;
}

const TICK_MS = 100;
/** Fewer calls than this in a tick are held as cheaply one by one. */
const BUSY_CALLS = 8;
const STILL_BUSY_CALLS = 2;
const TICKS_OF_REST = 10;
const GIVE_BACK_ATTEMPTS = 5;

/**
 * Money of busy buyers that this process has set aside for calls to come: their holds lock no wallet, where calls that
 * end are settled. What is set aside is what the last ticks needed, twice, and goes back when they need it no more. The
 * database decides what is there (`hold_by_allowance`); this only knows whom to ask.
 */
export class Allowances {
  readonly #options: AllowancesOptions;
  readonly #buyers = new Map<string, Buyer>();
  #timer: NodeJS.Timeout | null = null;
  #renewing: Promise<boolean> | null = null;
  /** Ticks until the database is asked for anybody again: it did not answer. */
  #rest = 0;

  constructor(options: AllowancesOptions) {
    this.#options = options;
  }

  /**
   * True when the call is to be held by what is set aside; `held` must follow. Budgets, quotas, and more for running
   * calls are the wallet's.
   */
  take({ organizationId, mode = 'new', counted, call, amountNanos }: HoldRequest): boolean {
    if (mode !== 'new' || counted || call.budgets) return false;
    const buyer = this.#buyers.get(organizationId) ?? this.#add(organizationId);
    buyer.calls++;
    buyer.spentNanos += amountNanos;
    if (buyer.freeNanos < amountNanos) return false;
    buyer.freeNanos -= amountNanos;
    buyer.pendingNanos += amountNanos;
    buyer.takenNanos += amountNanos;
    return true;
  }

  /** @param wasCovered false when the database had less: somebody has taken it back. */
  held({ organizationId, amountNanos }: HoldRequest, wasCovered: boolean): void {
    const buyer = this.#buyers.get(organizationId);
    if (!buyer) return;
    buyer.pendingNanos -= amountNanos;
    if (wasCovered) return;
    buyer.freeNanos = 0n;
    buyer.rest = TICKS_OF_REST;
  }

  /** Resolves when nothing is set aside any more, or the database cannot be asked. */
  async giveBack(): Promise<void> {
    for (let attempt = 0; attempt < GIVE_BACK_ATTEMPTS; attempt++) if (await this.#giveBack()) return;
  }

  /** False when some wallet was busy. */
  async #giveBack(): Promise<boolean> {
    while (this.#renewing) await this.#renewing;
    const wanted = new Map<string, Nanos>();
    for (const [organizationId, buyer] of this.#buyers) {
      // Nor is any asked for at the next tick.
      buyer.calls = 0;
      buyer.spentNanos = 0n;
      buyer.spentBeforeNanos = 0n;
      if (buyer.isAllowed) wanted.set(organizationId, 0n);
    }
    return wanted.size === 0 || this.#renew(wanted);
  }

  close(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#buyers.clear();
  }

  #add(organizationId: string): Buyer {
    const buyer: Buyer = {
      isAllowed: false,
      freeNanos: 0n,
      pendingNanos: 0n,
      takenNanos: 0n,
      calls: 0,
      spentNanos: 0n,
      spentBeforeNanos: 0n,
      rest: 0,
    };
    this.#buyers.set(organizationId, buyer);
    this.#timer ??= setInterval(this.#tick, TICK_MS).unref();
    return buyer;
  }

  #tick = (): void => {
    const wanted = this.#renewing || this.#rests() ? null : this.#wanted();
    for (const buyer of this.#buyers.values()) {
      buyer.calls = 0;
      buyer.spentBeforeNanos = buyer.spentNanos;
      buyer.spentNanos = 0n;
      if (buyer.rest > 0) buyer.rest--;
    }
    if (wanted !== null && wanted.size > 0) void this.#renew(wanted);
    else if (this.#buyers.size === 0) this.close();
  };

  /** What to ask for. Who needs nothing, and has nothing, is forgotten. */
  #wanted(): Map<string, Nanos> {
    const wanted = new Map<string, Nanos>();
    for (const [organizationId, buyer] of this.#buyers) {
      const nanos = wants(buyer);
      if (buyer.isAllowed)
        wanted.set(organizationId, nanos > buyer.pendingNanos ? nanos : buyer.pendingNanos);
      else if (nanos > 0n) wanted.set(organizationId, nanos);
      else if (buyer.calls === 0 && buyer.rest === 0 && buyer.pendingNanos === 0n)
        this.#buyers.delete(organizationId);
    }
    return wanted;
  }

  #rests(): boolean {
    if (this.#rest === 0) return false;
    this.#rest--;
    return true;
  }

  /** False when some wallet was busy. */
  #renew(wanted: ReadonlyMap<string, Nanos>): Promise<boolean> {
    this.#renewing = this.#ask(wanted).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #ask(wanted: ReadonlyMap<string, Nanos>): Promise<boolean> {
    for (const [organizationId, nanos] of wanted) {
      const buyer = this.#buyers.get(organizationId)!;
      buyer.takenNanos = buyer.pendingNanos;
      // What is to go back is not taken on its way.
      const leftNanos = nanos - buyer.pendingNanos;
      if (leftNanos < buyer.freeNanos) buyer.freeNanos = leftNanos;
    }
    let allowed: ReadonlyMap<string, Nanos> | null | undefined;
    try {
      allowed = await this.#options.renew(wanted);
    } catch (error) {
      this.#options.report(error);
      this.#rest = TICKS_OF_REST;
    }
    if (allowed === null) return false;
    for (const [organizationId, wantedNanos] of wanted) {
      const buyer = this.#buyers.get(organizationId);
      if (!buyer) continue;
      const nanos = allowed?.get(organizationId) ?? 0n;
      buyer.freeNanos = nanos - buyer.takenNanos;
      // Nobody knows what became of it when there was no answer.
      buyer.isAllowed = allowed === undefined || nanos > 0n;
      if (allowed && wantedNanos > 0n && nanos === 0n) buyer.rest = TICKS_OF_REST;
    }
    return true;
  }
}

function wants({ isAllowed, calls, spentNanos, spentBeforeNanos, rest }: Buyer): Nanos {
  if (rest > 0 || calls < (isAllowed ? STILL_BUSY_CALLS : BUSY_CALLS)) return 0n;
  return 2n * (spentNanos > spentBeforeNanos ? spentNanos : spentBeforeNanos);
}
