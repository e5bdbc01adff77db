/** Money coming in through Stripe. What others may use. */
export { applyStripeEvent } from './apply-stripe-event.ts';
export { cancelStripeSubscription } from './cancel-stripe-subscription.ts';
export { getCheckout, type CheckoutView } from './get-checkout.ts';
export { reconcileCheckout } from './reconcile-checkout.ts';
export { recordStripeEvent } from './record-stripe-event.ts';
export { MAX_TOP_UP_NANOS, MIN_TOP_UP_NANOS, type StartTopUpInput } from './schemas.ts';
export type { StartedCheckout } from './open-checkout.ts';
export { startSubscriptionCheckout } from './start-subscription-checkout.ts';
export { startTopUp } from './start-top-up.ts';
export {
  runStripeOperation,
  type FindAtStripe,
  type NewStripeOperation,
  type SendToStripe,
} from './run-stripe-operation.ts';
export { callStripe, idOf, isMissingAtStripe } from './stripe-call.ts';
