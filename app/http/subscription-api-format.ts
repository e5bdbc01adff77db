/** JSON about a subscription's plan, fees and payment methods: snake_case, money as decimal strings. */
import type { PaymentMethod, Refund } from '../../db/schema/index.ts';
import type { ChangedPlan, PlanChangePreview, SubscriptionDetail } from '../domain/subscriptions/index.ts';
import { toDecimal } from '../lib/money.ts';
import { dueAnswer, subscriptionAnswer } from './buyer-api-format.ts';

/** A subscription with what it uses, has paid and could become. */
export function subscriptionDetailAnswer(subscription: SubscriptionDetail, origin: string) {
  const { nextFee, pendingPlan } = subscription;
  return {
    ...subscriptionAnswer(subscription, origin),
    pending_plan: pendingPlan && { id: pendingPlan.id, name: pendingPlan.name },
    next_fee: nextFee && {
      amount: toDecimal(nextFee.amountNanos),
      currency: nextFee.currency,
      at: nextFee.at,
    },
    quotas: subscription.quotas.map((quota) => ({
      meter: quota.meter,
      included: quota.includedUnits,
      used: quota.usedUnits,
      overage: quota.overage,
    })),
    quota_resets_at: subscription.quotaResetsAt,
    fees: subscription.fees.map((fee) => ({
      id: fee.id,
      amount: toDecimal(fee.amountNanos),
      refunded: toDecimal(fee.refundedNanos),
      currency: fee.currency,
      period_start: fee.periodStart,
      period_end: fee.periodEnd,
      paid_at: fee.paidAt,
    })),
    plan_changes: subscription.offers.map(({ plan, kind }) => ({
      plan_id: plan.id,
      name: plan.name,
      takes_effect: kind,
    })),
  };
}

export function planChangePreviewAnswer(preview: PlanChangePreview) {
  return {
    takes_effect: preview.kind,
    effective_at: preview.effectiveAt,
    due_today: preview.dueTodayNanos === null ? null : toDecimal(preview.dueTodayNanos),
    next_fee: toDecimal(preview.nextFeeNanos),
    next_fee_at: preview.nextFeeAt,
    currency: preview.currency,
    proration_date: preview.prorationDate,
  };
}

export function changedPlanAnswer(changed: ChangedPlan, view: SubscriptionDetail, origin: string) {
  return {
    outcome: changed.outcome,
    subscription: subscriptionDetailAnswer(view, origin),
    checkout: changed.checkout && dueAnswer(changed.checkout, view.id),
  };
}

export function paymentMethodAnswer(method: PaymentMethod) {
  return {
    id: method.id,
    brand: method.brand,
    last_four: method.lastFour,
    expiry_month: method.expiryMonth,
    expiry_year: method.expiryYear,
    is_default: method.isDefault,
    created_at: method.createdAt,
  };
}

export function refundAnswer(refund: Refund) {
  return {
    id: refund.id,
    kind: refund.kind,
    reference: refund.reference,
    amount: toDecimal(refund.amountNanos),
    currency: refund.currency,
    status: refund.status,
    reason: refund.reason,
    created_at: refund.createdAt,
  };
}
