import type { Context } from '../context.ts';
import { applySession } from '../payments/index.ts';
import { fulfilCheckout } from './fulfil-checkout.ts';

/** Finds the checkout a session was opened for and settles it with what Stripe says. */
export function applyCheckoutSession(ctx: Context, sessionId: string): Promise<void> {
  return applySession(ctx, sessionId, fulfilCheckout);
}
