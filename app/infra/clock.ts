/** Time, injectable so that tests need no sleeps. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** The same moment as a Date. */
  date(): Date;
}

export const systemClock: Clock = { now: () => Date.now(), date: () => new Date() };
