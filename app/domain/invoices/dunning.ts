/** When an unpaid invoice is asked for again, and when that ends; pure. */
const DAY_MS = 86_400_000;

export interface DunningPlan {
  /** Days after the due date. */
  dunningDays: readonly number[];
  dunningGraceDays: number;
}

export type DunningStep = 'retry' | 'suspend';

/** The first step after `now`; null when all are over. */
export function nextDunningStep(
  dueAt: Date,
  { dunningDays, dunningGraceDays }: DunningPlan,
  now: Date,
): { at: Date; step: DunningStep } | null {
  const days = [...dunningDays].sort((a, b) => a - b);
  const after = (count: number) => new Date(dueAt.getTime() + count * DAY_MS);
  const retry = days.map(after).find((at) => at > now);
  if (retry) return { at: retry, step: 'retry' };
  const end = after((days.at(-1) ?? 0) + dunningGraceDays);
  return end > now ? { at: end, step: 'suspend' } : null;
}

export function addDays(moment: Date, days: number): Date {
  return new Date(moment.getTime() + days * DAY_MS);
}
