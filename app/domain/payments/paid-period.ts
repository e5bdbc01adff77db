import type Stripe from 'stripe';

export interface PaidPeriod {
  currentPeriodStart: Date;
  currentPeriodEnd: Date;
}

/** The period of a subscription's one item; since 2025-03-31 Stripe keeps it on the items. */
export function paidPeriod(subscription: Stripe.Subscription): PaidPeriod | null {
  const item = subscription.items.data[0];
  if (!item) return null;
  return {
    currentPeriodStart: new Date(item.current_period_start * 1000),
    currentPeriodEnd: new Date(item.current_period_end * 1000),
  };
}
