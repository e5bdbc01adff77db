import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, nanos, updatedAt } from '../columns.ts';
import { organizations } from './organizations.ts';
import { plans } from './plans.ts';
import { subscriptions } from './subscriptions.ts';

export const CHECKOUT_KINDS = [
  'wallet_top_up',
  'subscription',
  /** Charged to the saved payment method without anybody there. */
  'auto_top_up',
] as const;

/** A payment we asked Stripe Checkout for. The webhook decides its end, never the return page. */
export const checkouts = pgTable(
  'checkouts',
  {
    id: id(),
    /** The buyer. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    kind: text('kind', { enum: CHECKOUT_KINDS }).notNull(),
    status: text('status', { enum: ['open', 'paid', 'expired', 'failed'] })
      .notNull()
      .default('open'),
    currency: text('currency').notNull().default('USD'),
    amountNanos: nanos('amount_nanos').notNull(),
    planId: text('plan_id').references(() => plans.id),
    subscriptionId: text('subscription_id').references(() => subscriptions.id),
    stripeSessionId: text('stripe_session_id'),
    /** What was charged; refunds and chargebacks point here. */
    stripePaymentIntentId: text('stripe_payment_intent_id'),
    /** Taken off by a coupon or promotion code: `amount - discount` was received. */
    discountNanos: nanos('discount_nanos')
      .notNull()
      .default(sql`0`),
    /** Went back to the card or was charged back. */
    refundedNanos: nanos('refunded_nanos')
      .notNull()
      .default(sql`0`),
    /** Of the form or API call that asked; the same key gives the same checkout. */
    idempotencyKey: text('idempotency_key').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    paidAt: instant('paid_at'),
  },
  (table) => [
    uniqueIndex('checkouts_organization_id_idempotency_key_key').on(
      table.organizationId,
      table.idempotencyKey,
    ),
    uniqueIndex('checkouts_stripe_payment_intent_id_key').on(table.stripePaymentIntentId),
    uniqueIndex('checkouts_stripe_session_id_key').on(table.stripeSessionId),
    index('checkouts_organization_id_created_at_idx').on(table.organizationId, table.createdAt),
    check('checkouts_amount_check', sql`${table.amountNanos} > 0`),
  ],
);

/** Webhook inbox: every event id once. */
export const stripeEvents = pgTable('stripe_events', {
  /** Stripe's `evt_…`. */
  id: text('id').primaryKey(),
  type: text('type').notNull(),
  objectId: text('object_id').notNull(),
  /** The connected account it is about; null: the platform's own. */
  accountId: text('account_id'),
  /** Stripe's clock. */
  createdAt: instant('created_at').notNull(),
  receivedAt: instant('received_at').notNull().defaultNow(),
  appliedAt: instant('applied_at'),
});

/** Stripe products and prices made for our price versions. */
export const stripePrices = pgTable('stripe_prices', {
  priceVersionId: text('price_version_id').primaryKey(),
  stripeProductId: text('stripe_product_id').notNull(),
  stripePriceId: text('stripe_price_id').notNull(),
  createdAt: createdAt(),
});

/** Recurring fees that were paid, one row for each of Stripe's invoices; booked as `subscription_fee`. */
export const subscriptionFees = pgTable(
  'subscription_fees',
  {
    /** Stripe's `in_…`. */
    id: text('id').primaryKey(),
    /** The buyer. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    sellerOrganizationId: text('seller_organization_id')
      .notNull()
      .references(() => organizations.id),
    subscriptionId: text('subscription_id')
      .notNull()
      .references(() => subscriptions.id),
    planId: text('plan_id')
      .notNull()
      .references(() => plans.id),
    /** Of the ledger's transaction: the checkout for the first fee, else the id of this row. */
    reference: text('reference').notNull(),
    currency: text('currency').notNull().default('USD'),
    /** What was received. */
    amountNanos: nanos('amount_nanos').notNull(),
    /** The platform's share of it. */
    feeNanos: nanos('fee_nanos').notNull(),
    discountNanos: nanos('discount_nanos')
      .notNull()
      .default(sql`0`),
    refundedNanos: nanos('refunded_nanos')
      .notNull()
      .default(sql`0`),
    stripePaymentIntentId: text('stripe_payment_intent_id'),
    /** What it was paid for: the whole period, or what is left of it after an upgrade. */
    periodStart: instant('period_start').notNull(),
    periodEnd: instant('period_end').notNull(),
    paidAt: instant('paid_at').notNull().defaultNow(),
  },
  (table) => [
    index('subscription_fees_organization_id_paid_at_idx').on(table.organizationId, table.paidAt),
    index('subscription_fees_subscription_id_idx').on(table.subscriptionId),
    index('subscription_fees_payment_intent_idx').on(table.stripePaymentIntentId),
    check('subscription_fees_amount_check', sql`${table.amountNanos} > 0`),
    check(
      'subscription_fees_refunded_check',
      sql`${table.refundedNanos} between 0 and ${table.amountNanos} and ${table.feeNanos} between 0 and ${table.amountNanos}`,
    ),
  ],
);

/** The platform's share of charges from a moment on; append-only. */
export const platformFees = pgTable(
  'platform_fees',
  {
    effectiveFrom: instant('effective_from').primaryKey(),
    basisPoints: integer('basis_points').notNull(),
  },
  (table) => [check('platform_fees_basis_points_check', sql`${table.basisPoints} between 0 and 10000`)],
);

export const STRIPE_OPERATION_KINDS = [
  ...(['customer', 'checkout_session', 'portal_configuration', 'product', 'price'] as const),
  ...(['subscription', 'plan_change', 'refund', 'auto_top_up'] as const),
  ...(['invoice', 'invoice_item', 'invoice_finalize', 'invoice_payment'] as const),
  ...(['billing_profile', 'tax_id'] as const),
  ...(['connect_account', 'transfer', 'transfer_reversal', 'payout'] as const),
] as const;
export type StripeOperationKind = (typeof STRIPE_OPERATION_KINDS)[number];

/** What we ask Stripe to do, written down before it is asked; the id is the idempotency key of every try. */
export const stripeOperations = pgTable(
  'stripe_operations',
  {
    id: id(),
    kind: text('kind', { enum: STRIPE_OPERATION_KINDS }).notNull(),
    organizationId: text('organization_id'),
    /** What it is about, of ours. */
    subjectId: text('subject_id').notNull(),
    /** Parameters, frozen: every try sends the same. */
    parameters: jsonb('parameters').notNull().$type<Record<string, unknown>>(),
    status: text('status', { enum: ['pending', 'done', 'failed'] })
      .notNull()
      .default('pending'),
    stripeObjectId: text('stripe_object_id'),
    error: text('error'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('stripe_operations_kind_subject_id_key').on(table.kind, table.subjectId),
    index('stripe_operations_pending_idx')
      .on(table.createdAt)
      .where(sql`${table.status} = 'pending'`),
  ],
);

/** Cards and the like, saved at Stripe. */
export const paymentMethods = pgTable(
  'payment_methods',
  {
    /** Stripe's `pm_…`. */
    id: text('id').primaryKey(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    brand: text('brand').notNull(),
    lastFour: text('last_four').notNull(),
    expiryMonth: integer('expiry_month'),
    expiryYear: integer('expiry_year'),
    isDefault: boolean('is_default').notNull().default(false),
    createdAt: createdAt(),
  },
  (table) => [
    index('payment_methods_organization_id_idx').on(table.organizationId),
    uniqueIndex('payment_methods_default_key')
      .on(table.organizationId)
      .where(sql`${table.isDefault}`),
  ],
);

/** The card network takes a payment back (Stripe's disputes; ours about calls are `disputes`). */
export const chargebacks = pgTable(
  'chargebacks',
  {
    /** Stripe's `dp_…` or `du_…`. */
    id: text('id').primaryKey(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    checkoutId: text('checkout_id').references(() => checkouts.id),
    invoiceId: text('invoice_id'),
    amountNanos: nanos('amount_nanos').notNull(),
    reason: text('reason').notNull(),
    status: text('status').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('chargebacks_organization_id_idx').on(table.organizationId)],
);

export type SubscriptionFee = typeof subscriptionFees.$inferSelect;
export type StripeOperation = typeof stripeOperations.$inferSelect;
export type PaymentMethod = typeof paymentMethods.$inferSelect;
export type Chargeback = typeof chargebacks.$inferSelect;
export type Checkout = typeof checkouts.$inferSelect;
