/** What Stripe tells us, once. */
export { applyStripeEvent } from './apply-stripe-event.ts';
export { reconcileStripe, type ReconcileResult } from './reconcile-stripe.ts';
export { recordStripeEvent } from './record-stripe-event.ts';
