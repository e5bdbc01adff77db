import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, nanos, updatedAt } from '../columns.ts';
import { organizations } from './organizations.ts';
import { plans } from './plans.ts';
import { subscriptions } from './subscriptions.ts';

/** A payment we asked Stripe Checkout for. The webhook decides its end, never the return page. */
export const checkouts = pgTable(
  'checkouts',
  {
    id: id(),
    /** The buyer. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    kind: text('kind', { enum: ['wallet_top_up', 'subscription'] }).notNull(),
    status: text('status', { enum: ['open', 'paid', 'expired', 'failed'] })
      .notNull()
      .default('open'),
    currency: text('currency').notNull().default('USD'),
    amountNanos: nanos('amount_nanos').notNull(),
    planId: text('plan_id').references(() => plans.id),
    subscriptionId: text('subscription_id').references(() => subscriptions.id),
    stripeSessionId: text('stripe_session_id'),
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

/** The platform's share of charges from a moment on; append-only. */
export const platformFees = pgTable(
  'platform_fees',
  {
    effectiveFrom: instant('effective_from').primaryKey(),
    basisPoints: integer('basis_points').notNull(),
  },
  (table) => [check('platform_fees_basis_points_check', sql`${table.basisPoints} between 0 and 10000`)],
);

export type Checkout = typeof checkouts.$inferSelect;
