import type { PlanWithPrice } from '../../domain/plans/index.ts';

/** How a plan is paid: by nothing, by a fee, from the wallet by calls or tokens, or by both. */
export type PaymentWay = 'free' | 'flat' | 'per_call' | 'per_token' | 'mixed';

export function paymentWay({ price }: Pick<PlanWithPrice, 'price'>): PaymentWay {
  const priced = price.components.filter(({ nanosPerMillion }) => nanosPerMillion > 0n);
  if (priced.length === 0) return price.recurringNanos > 0n ? 'flat' : 'free';
  if (price.recurringNanos > 0n) return 'mixed';
  return priced.every(({ meter }) => meter.endsWith('_token')) ? 'per_token' : 'per_call';
}
