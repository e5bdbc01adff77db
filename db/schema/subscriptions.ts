import { sql } from 'drizzle-orm';
import { boolean, check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, updatedAt } from '../columns.ts';
import { organizations } from './organizations.ts';
import { plans, priceVersions } from './plans.ts';
import { services } from './services.ts';

export const SUBSCRIPTION_STATUSES = ['pending_payment', 'active', 'past_due', 'canceled'] as const;

/** An organization on a plan. */
export const subscriptions = pgTable(
  'subscriptions',
  {
    id: id(),
    /** The buyer. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    sellerOrganizationId: text('seller_organization_id')
      .notNull()
      .references(() => organizations.id),
    serviceId: text('service_id')
      .notNull()
      .references(() => services.id),
    planId: text('plan_id')
      .notNull()
      .references(() => plans.id),
    status: text('status', { enum: SUBSCRIPTION_STATUSES }).notNull(),
    /** Set for flat plans, whose fee Stripe collects. */
    stripeSubscriptionId: text('stripe_subscription_id'),
    /** Of the form or API call that asked; asking again with it gives the same subscription. */
    idempotencyKey: text('idempotency_key'),
    currentPeriodStart: instant('current_period_start'),
    currentPeriodEnd: instant('current_period_end'),
    /** Quotas count in months from here, in the organization's time zone; null: from the creation. */
    periodAnchor: instant('period_anchor'),
    /** The version whose recurring fee is paid; usage costs what the plan's version in effect says. */
    priceVersionId: text('price_version_id').references(() => priceVersions.id),
    /** No recurring fee before this. */
    trialEndsAt: instant('trial_ends_at'),
    /** Calls go on although a fee is past due, until then. */
    graceUntil: instant('grace_until'),
    /** A downgrade that waits for the end of the period. */
    pendingPlanId: text('pending_plan_id').references(() => plans.id),
    cancelAtPeriodEnd: boolean('cancel_at_period_end').notNull().default(false),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    canceledAt: instant('canceled_at'),
  },
  (table) => [
    // One live subscription of an organization to a service.
    uniqueIndex('subscriptions_live_key')
      .on(table.organizationId, table.serviceId)
      .where(sql`${table.status} <> 'canceled'`),
    uniqueIndex('subscriptions_organization_id_idempotency_key_key').on(
      table.organizationId,
      table.idempotencyKey,
    ),
    uniqueIndex('subscriptions_stripe_subscription_id_key').on(table.stripeSubscriptionId),
    index('subscriptions_service_id_idx').on(table.serviceId),
    check(
      'subscriptions_status_check',
      sql`${table.status} in ('pending_payment', 'active', 'past_due', 'canceled')`,
    ),
  ],
);

export type Subscription = typeof subscriptions.$inferSelect;
