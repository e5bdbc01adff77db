/** Billing periods: counted from the anchor, so that the 31st comes back after a short month. */

export interface Recurrence {
  interval: string;
  interval_count: number;
}

/** The anchor's day `count` intervals later, or the last day of that month; UTC, as at Stripe. */
export function addIntervals(
  anchor: number,
  { interval, interval_count }: Recurrence,
  count: number,
): number {
  const steps = interval_count * count;
  if (interval === 'day') return anchor + steps * 86_400;
  if (interval === 'week') return anchor + steps * 7 * 86_400;
  const start = new Date(anchor * 1000);
  const end = new Date(start);
  end.setUTCDate(1);
  end.setUTCMonth(end.getUTCMonth() + (interval === 'year' ? 12 * steps : steps));
  const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(start.getUTCDate(), lastDay));
  return Math.floor(end.getTime() / 1000);
}

/** End of the period that begins at `start`. */
export function periodEndAfter(anchor: number, recurrence: Recurrence, start: number): number {
  let count = 1;
  while (addIntervals(anchor, recurrence, count) <= start) count += 1;
  return addIntervals(anchor, recurrence, count);
}

/** Cents for `remaining` of `whole` seconds, to the nearest cent, halves away from zero. */
export function prorate(cents: number, remaining: number, whole: number): number {
  const exact = (Math.abs(cents) * remaining) / whole;
  return Math.sign(cents) * Math.round(exact);
}
