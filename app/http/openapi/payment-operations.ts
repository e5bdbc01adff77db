/** Plan changes, payment methods and refunds in the OpenAPI document: operations and their schemas. */
import type { Operation } from './document.ts';
import { count, instant, list, money, nullable, object, ref, text, type Schema } from './shapes.ts';

export const paymentOperations: Record<string, Record<string, Operation>> = {
  '/api/v1/buyer/subscriptions/{id}': {
    get: {
      id: 'getSubscription',
      summary: 'One subscription with its quotas, fees and the plans it could move to',
      tag: 'Buying',
      answer: 'SubscriptionDetail',
      errors: [404],
    },
    patch: {
      id: 'updateSubscription',
      summary: 'Plan its end, or take back what is planned',
      tag: 'Buying',
      body: 'SubscriptionChange',
      answer: 'SubscriptionDetail',
      errors: [403, 404],
    },
    delete: {
      id: 'cancelSubscription',
      summary: 'End it, at once or with the paid period',
      tag: 'Buying',
      answer: 'SubscriptionDetail',
      errors: [403, 404],
    },
  },
  '/api/v1/buyer/subscriptions/{id}/preview': {
    post: {
      id: 'previewPlanChange',
      summary: 'What a change of plan would cost today and next time',
      tag: 'Buying',
      body: 'WantedPlan',
      answer: 'PlanChangePreview',
      errors: [403, 404, 409, 503],
    },
  },
  '/api/v1/buyer/subscriptions/{id}/change': {
    post: {
      id: 'changePlan',
      summary: 'Move to another plan; keys stay the same',
      tag: 'Buying',
      body: 'PlanChange',
      answer: 'ChangedPlan',
      errors: [402, 403, 404, 409, 503],
    },
  },
  '/api/v1/buyer/subscriptions/{id}/cancel': {
    post: {
      id: 'endSubscription',
      summary: 'End it, at once or with the paid period',
      tag: 'Buying',
      answer: 'SubscriptionDetail',
      errors: [403, 404],
    },
  },
  '/api/v1/buyer/subscriptions/{id}/resume': {
    post: {
      id: 'resumeSubscription',
      summary: 'Take back a planned end or change of plan',
      tag: 'Buying',
      answer: 'SubscriptionDetail',
      errors: [403, 404],
    },
  },
  '/api/v1/buyer/payment-methods': {
    get: {
      id: 'listPaymentMethods',
      summary: 'Saved cards, the one that pays first',
      tag: 'Buying',
      answer: 'PaymentMethodList',
      errors: [403],
    },
    post: {
      id: 'addPaymentMethod',
      summary: 'Where a person saves a card',
      tag: 'Buying',
      answer: 'SetupPage',
      status: 201,
      errors: [403, 503],
    },
  },
  '/api/v1/buyer/payment-methods/{id}': {
    patch: {
      id: 'setDefaultPaymentMethod',
      summary: 'Have a saved card pay from now on',
      tag: 'Buying',
      body: 'DefaultPaymentMethod',
      answer: 'PaymentMethodList',
      errors: [403, 404, 503],
    },
    delete: {
      id: 'removePaymentMethod',
      summary: 'Forget a saved card',
      tag: 'Buying',
      answer: null,
      status: 204,
      errors: [403, 404, 409, 503],
    },
  },
  '/api/v1/admin/refunds': {
    post: {
      id: 'refundPayment',
      summary: 'Send a payment, or a part of it, back to its card',
      tag: 'Administration',
      body: 'NewRefund',
      answer: 'CardRefund',
      status: 201,
      errors: [402, 403, 404],
    },
  },
};

const flag: Schema = { type: 'boolean' };
const effect = text('at_once, checkout, upgrade or at_period_end.');

export const paymentSchemas: Record<string, Schema> = {
  SubscriptionDetail: {
    allOf: [
      ref('Subscription'),
      object({
        pending_plan: nullable(object({ id: text(), name: text() })),
        next_fee: nullable(object({ amount: money, currency: text(), at: instant })),
        quotas: list(
          object({ meter: text(), included: count, used: count, overage: text('hard_stop or priced.') }),
        ),
        quota_resets_at: nullable(instant),
        fees: list(
          object({
            id: text(),
            amount: money,
            refunded: money,
            currency: text(),
            period_start: instant,
            period_end: instant,
            paid_at: instant,
          }),
        ),
        plan_changes: list(object({ plan_id: text(), name: text(), takes_effect: effect })),
      }),
    ],
  },
  SubscriptionChange: object({ cancel_at_period_end: flag }),
  WantedPlan: object({ plan_id: text() }),
  PlanChangePreview: object({
    takes_effect: effect,
    effective_at: nullable(instant),
    due_today: nullable(money),
    next_fee: money,
    next_fee_at: nullable(instant),
    currency: text(),
    proration_date: nullable(count),
  }),
  PlanChange: object({ plan_id: text(), proration_date: count, due_today: money }, [
    'proration_date',
    'due_today',
  ]),
  ChangedPlan: object({
    outcome: text('changed, planned, checkout or unchanged.'),
    subscription: ref('SubscriptionDetail'),
    checkout: nullable(
      object({
        checkout_url: text(),
        checkout_id: text(),
        subscription_id: text(),
        amount: money,
        currency: text(),
      }),
    ),
  }),
  PaymentMethod: object({
    id: text(),
    brand: text(),
    last_four: text(),
    expiry_month: nullable(count),
    expiry_year: nullable(count),
    is_default: flag,
    created_at: instant,
  }),
  PaymentMethodList: object({ data: list(ref('PaymentMethod')) }),
  DefaultPaymentMethod: object({ is_default: flag }),
  SetupPage: object({ setup_url: text('Open it in a browser.') }),
  NewRefund: object(
    {
      reference: text('Checkout id, or the id of a fee.'),
      amount: money,
      reason: text(),
      idempotency_key: text('The same key refunds once.'),
    },
    ['amount'],
  ),
  CardRefund: object({
    id: text(),
    kind: text('wallet or subscription_fee.'),
    reference: text(),
    amount: money,
    currency: text(),
    status: text('pending, succeeded or failed.'),
    reason: text(),
    created_at: instant,
  }),
};
