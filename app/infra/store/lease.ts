/** The slice of one window that this process may spend without asking Redis, and what it owes there. */
import { EXACT_UNITS } from './sliding-window.ts';
import type { RateLimit } from './store.ts';

/** A slice lasts this part of its window, but no longer than `MAX_LEASE_MS`. */
const LEASE_FRACTION = 64;
const MAX_LEASE_MS = 2_000;
/** Shorter slices are not worth their units. */
const MIN_LEASE_MS = 10;
/** A slice is for what is spent in its time, and half as much again. */
const HEADROOM = 1.5;
const FIRST_SLICE = 8;
const GROWTH = 4;
/** Returns this close to each other go back as one, out of the earlier entry. */
const MERGE_RETURNS_MS = 50;
/** How long a refusal is repeated without asking; units that others give back are seen after that. */
const MAX_REFUSAL_MS = 500;

export class Lease {
  readonly key: string;
  readonly windowMs: number;
  /** Of another window under the same key. */
  readonly next: Lease | null;
  /** The limit as last seen; plans change. */
  limit: number;

  /** Spendable until `until`; logged in Redis at `at`. */
  units = 0;
  until = 0;
  at = 0;
  #size = 0;
  /** Somebody is asking for a slice already. */
  asking = false;

  /** What Redis had left beyond the slice, and when its window is empty. */
  left = 0;
  emptyAt = 0;

  /** To be logged there without asking. */
  owed = 0;
  /** Time, units, time, units, … to be given back. */
  returns: number[] = [];

  refusedUntil = 0;
  refusedCost = 0;
  retryAt = 0;

  #spent = 0;
  #since = 0;

  constructor({ key, limit, windowMs }: RateLimit, next: Lease | null) {
    this.key = key;
    this.windowMs = windowMs;
    this.limit = limit;
    this.next = next;
  }

  /** 0: this limit is too small, or its window too short, for slices. */
  get leaseMs(): number {
    if (this.limit <= EXACT_UNITS) return 0;
    const ms = Math.min(Math.floor(this.windowMs / LEASE_FRACTION), MAX_LEASE_MS);
    return ms < MIN_LEASE_MS ? 0 : ms;
  }

  covers(cost: number, now: number): boolean {
    return this.units >= cost && now < this.until;
  }

  refuses(cost: number, now: number): boolean {
    return now < this.refusedUntil && cost >= this.refusedCost;
  }

  spend(cost: number): void {
    this.units -= cost;
    this.#spent += cost;
  }

  /** Undoes `spend`, when another limit refused. */
  unspend(cost: number, at: number): void {
    this.#spent -= cost;
    if (at === this.at) this.units += cost;
    else this.#giveBack(at, cost);
  }

  /** Spent at Redis itself; counts for how much is wanted. */
  note(cost: number): void {
    this.#spent += cost;
  }

  /** True when the slice is about to end and worth another. */
  isEnding(now: number): boolean {
    return !this.asking && (this.units * GROWTH < this.#size || this.until - now < this.leaseMs / GROWTH);
  }

  /** Units for the next slice, by what was spent since the last; 0: none. */
  wanted(now: number): number {
    const { leaseMs } = this;
    if (leaseMs === 0) return 0;
    const elapsed = Math.max(1, now - this.#since);
    const wanted = Math.ceil((this.#spent / elapsed) * leaseMs * HEADROOM);
    this.#spent = 0;
    this.#since = now;
    return Math.min(wanted, Math.max(FIRST_SLICE, this.#size * GROWTH));
  }

  /** The slice is over: what was not spent is to be given back. */
  close(): void {
    if (this.units > 0) this.#giveBack(this.at, this.units);
    this.units = 0;
  }

  open(units: number, at: number, until: number): void {
    this.close();
    this.units = units;
    this.at = at;
    this.until = until;
    this.#size = units;
  }

  refuse(cost: number, now: number, retryAfterMs: number): void {
    this.refusedCost = cost;
    this.retryAt = now + retryAfterMs;
    this.refusedUntil = now + Math.min(retryAfterMs, MAX_REFUSAL_MS);
  }

  /** More units than were taken, or fewer, as it turned out. */
  adjust(units: number, takenAtMs: number, now: number): void {
    this.refusedUntil = 0;
    if (units < 0) this.#giveBack(takenAtMs, -units);
    else if (this.covers(units, now)) this.spend(units);
    else this.owed += units;
  }

  get hasDebts(): boolean {
    return this.owed > 0 || this.returns.length > 0;
  }

  #giveBack(at: number, units: number): void {
    const { returns } = this;
    const last = returns.length - 2;
    if (last >= 0 && at >= returns[last]! && at - returns[last]! <= MERGE_RETURNS_MS) {
      returns[last + 1]! += units;
    } else {
      returns.push(at, units);
    }
  }
}
