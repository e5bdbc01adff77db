export { activateSubscription, type ActivationResult } from './activate-subscription.ts';
export { applyCheckoutSession } from './apply-checkout-session.ts';
export { applyStripeSubscription, applySubscriptionInvoice } from './apply-stripe-subscription.ts';
export { cancelSubscription } from './cancel-subscription.ts';
export { changePlan, type ChangedPlan } from './change-plan.ts';
export { closePlanChange } from './close-plan-change.ts';
export { createSubscription, type CreatedSubscription } from './create-subscription.ts';
export { endSubscription } from './end-subscription.ts';
export { getSubscription } from './get-subscription.ts';
export {
  getSubscriptionDetail,
  type NextFee,
  type QuotaUse,
  type SubscriptionDetail,
} from './get-subscription-detail.ts';
export { issueFirstKey } from './issue-first-key.ts';
export { listSubscriptions } from './list-subscriptions.ts';
export { markSubscriptionPastDue } from './mark-subscription-past-due.ts';
export { minimumBalance } from './minimum-balance.ts';
export type { PlanChangeKind, PlanChangePreview } from './plan-change.ts';
export { prepareRenewals } from './prepare-renewals.ts';
export { previewPlanChange } from './preview-plan-change.ts';
export { reconcileCheckout } from './reconcile-checkout.ts';
export { resumeSubscription } from './resume-subscription.ts';
export { createSubscriptionSchema, type ChangePlanInput, type CreateSubscriptionInput } from './schemas.ts';
export { startStripeSubscription } from './start-stripe-subscription.ts';
export type { SubscriptionView } from './subscription-view.ts';
export { cancelStripeSubscription, syncStripeSubscription } from './sync-stripe-subscription.ts';
export type { SubscriberNotice } from './tell-subscriber.ts';
export { writeToSubscriber } from './write-to-subscriber.ts';
