/** When a change of plan takes effect, and what has to be paid for it. */
import type { PriceVersion } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';

type Fee = Pick<PriceVersion, 'recurringNanos' | 'recurringInterval'>;

/**
 * `at_once`: no fee before and after, so nothing is to pay; `checkout`: the first fee is paid on Stripe's
 * page; `upgrade`: the saved payment method pays the difference today; `at_period_end`: what is paid for
 * is used up first.
 */
export type PlanChangeKind = 'at_once' | 'checkout' | 'upgrade' | 'at_period_end';

export function planChangeKind(from: { fee: Fee | null; isTrial: boolean }, to: Fee): PlanChangeKind {
  const before = from.fee;
  if (!before?.recurringInterval) return to.recurringInterval ? 'checkout' : 'at_once';
  if (!to.recurringInterval) return 'at_period_end';
  if (before.recurringInterval !== to.recurringInterval) {
    return to.recurringInterval === 'year' ? 'upgrade' : 'at_period_end';
  }
  // Nothing was paid for a trial, so there is nothing to use up.
  if (from.isTrial) return 'upgrade';
  return to.recurringNanos >= before.recurringNanos ? 'upgrade' : 'at_period_end';
}

const DAY_MS = 86_400_000;

/** A trial goes on in another plan for as long as that plan's own would have; at the latest as planned. */
export function trialEndAfterChange(
  trial: { startedAt: Date; endsAt: Date },
  trialDays: number,
  now: Date,
): Date | 'now' {
  const end = Math.min(trial.endsAt.getTime(), trial.startedAt.getTime() + trialDays * DAY_MS);
  return end <= now.getTime() ? 'now' : new Date(end);
}

/** What a buyer is told before they agree. */
export interface PlanChangePreview {
  kind: PlanChangeKind;
  currency: string;
  /** To the cent what is charged at once; null: Stripe's page says it. */
  dueTodayNanos: Nanos | null;
  /** Of the new plan; 0: none. */
  nextFeeNanos: Nanos;
  nextFeeAt: Date | null;
  /** When the new plan counts; null: at once. */
  effectiveAt: Date | null;
  /** Goes back with the order, so that what is charged is what was shown. */
  prorationDate: number | null;
}
