/** Who applies which events. A handler reads the object anew and ignores what is not its own. */
import { applyAutoTopUpPayment } from '../auto-top-ups/index.ts';
import type { Context } from '../context.ts';
import { applyFailedStripeInvoice, applyStripeInvoice } from '../invoices/index.ts';
import {
  applyPaymentMethod,
  applyRefundedCharge,
  applyStripeDispute,
  applyStripeRefund,
} from '../payments/index.ts';
import { applyConnectEvent } from '../payouts/index.ts';
import {
  applyCheckoutSession,
  applyStripeSubscription,
  applySubscriptionInvoice,
} from '../subscriptions/index.ts';

export interface StripeObjectReference {
  /** Of the event: `invoice.paid`. */
  type: string;
  objectId: string;
  /** The connected account that the object belongs to; null: the platform's own. */
  accountId: string | null;
}

export type StripeEventHandler = (ctx: Context, object: StripeObjectReference) => Promise<void>;

/** Beginning of the event's type, and who applies it; several may apply the same. */
export const HANDLERS: readonly (readonly [prefix: string, StripeEventHandler])[] = [
  ['checkout.session.', (ctx, { objectId }) => applyCheckoutSession(ctx, objectId)],
  ['customer.subscription.', (ctx, { objectId }) => applyStripeSubscription(ctx, objectId)],
  ['invoice.', (ctx, { objectId }) => applySubscriptionInvoice(ctx, objectId)],
  ['invoice.paid', (ctx, { objectId }) => applyStripeInvoice(ctx, objectId)],
  ['invoice.payment_failed', (ctx, { objectId }) => applyFailedStripeInvoice(ctx, objectId)],
  ['payment_method.', (ctx, { objectId }) => applyPaymentMethod(ctx, objectId)],
  ['customer.updated', (ctx, { objectId }) => applyPaymentMethod(ctx, objectId)],
  ['payment_intent.succeeded', (ctx, { objectId }) => applyAutoTopUpPayment(ctx, objectId)],
  ['refund.', (ctx, { objectId }) => applyStripeRefund(ctx, objectId)],
  ['charge.refunded', (ctx, { objectId }) => applyRefundedCharge(ctx, objectId)],
  ['charge.dispute.', (ctx, { objectId }) => applyStripeDispute(ctx, objectId)],
  ['account.', applyConnectEvent],
  ['transfer.', applyConnectEvent],
  ['payout.', applyConnectEvent],
];
