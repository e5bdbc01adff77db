/** Money coming in through Stripe. What others may use. */
export { addPaymentMethod } from './add-payment-method.ts';
export { applySession, settleBySession } from './apply-checkout.ts';
export { applyStripeDispute } from './apply-dispute.ts';
export { bookFee } from './book-fee.ts';
export { ensureCustomer, findCustomer, findCustomerOwner } from './ensure-customer.ts';
export { ensureStripePrice } from './ensure-stripe-price.ts';
export { expireCheckouts } from './expire-checkouts.ts';
export { findInvoicePayment } from './find-invoice-payment.ts';
export { getCheckout, type CheckoutView } from './get-checkout.ts';
export { listPaymentMethods } from './list-payment-methods.ts';
export { listPayments, type PaymentRow, type PaymentsOverview } from './list-payments.ts';
export { openCustomerPortal } from './open-customer-portal.ts';
export { refundPayment } from './refund-payment.ts';
export { removePaymentMethod } from './remove-payment-method.ts';
export {
  MAX_TOP_UP_NANOS,
  MIN_TOP_UP_NANOS,
  type RefundPaymentInput,
  type StartTopUpInput,
} from './schemas.ts';
export { applyRefundedCharge, applyStripeRefund, sendRefund } from './send-refund.ts';
export { setDefaultPaymentMethod } from './set-default-payment-method.ts';
export type { StartedCheckout } from './open-checkout.ts';
export {
  runStripeOperation,
  type FindAtStripe,
  type NewStripeOperation,
  type SendToStripe,
} from './run-stripe-operation.ts';
export type { FulfilSubscription } from './settle-checkout.ts';
export { startSubscriptionCheckout } from './start-subscription-checkout.ts';
export { startTopUp } from './start-top-up.ts';
export {
  callStripe,
  createdSince,
  findByOperation,
  idOf,
  isMissingAtStripe,
  isRefusal,
} from './stripe-call.ts';
export { applyPaymentMethod, syncPaymentMethods } from './sync-payment-methods.ts';
