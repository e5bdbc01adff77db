import { sql } from 'drizzle-orm';
import { boolean, check, index, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, nanos, updatedAt } from '../columns.ts';
import { organizations } from './organizations.ts';

/** A seller's account at Stripe Connect. */
export const sellerAccounts = pgTable('seller_accounts', {
  organizationId: text('organization_id')
    .primaryKey()
    .references(() => organizations.id),
  stripeAccountId: text('stripe_account_id').notNull().unique(),
  country: text('country').notNull(),
  detailsSubmitted: boolean('details_submitted').notNull().default(false),
  payoutsEnabled: boolean('payouts_enabled').notNull().default(false),
  /** What Stripe still wants to know. */
  requirements: jsonb('requirements').notNull().$type<string[]>().default([]),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const PAYOUT_STATUSES = ['pending', 'in_transit', 'paid', 'failed', 'reversed'] as const;

/** Money to a seller: a transfer to their account, from where Stripe pays it out. */
export const payouts = pgTable(
  'payouts',
  {
    id: id(),
    /** The seller. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    status: text('status', { enum: PAYOUT_STATUSES }).notNull().default('pending'),
    currency: text('currency').notNull().default('USD'),
    /** Whole cents. */
    amountNanos: nanos('amount_nanos').notNull(),
    reversedNanos: nanos('reversed_nanos')
      .notNull()
      .default(sql`0`),
    stripeTransferId: text('stripe_transfer_id'),
    failure: text('failure'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    paidAt: instant('paid_at'),
  },
  (table) => [
    index('payouts_organization_id_created_at_idx').on(table.organizationId, table.createdAt),
    uniqueIndex('payouts_stripe_transfer_id_key').on(table.stripeTransferId),
    check('payouts_amount_check', sql`${table.amountNanos} > 0`),
  ],
);

export const REFUND_KINDS = ['call', 'subscription_fee', 'wallet', 'invoice'] as const;

/** Money back to a buyer. A call is refunded once at most. */
export const refunds = pgTable(
  'refunds',
  {
    id: id(),
    /** The buyer. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    /** Null: no seller bears it. */
    sellerOrganizationId: text('seller_organization_id').references(() => organizations.id),
    kind: text('kind', { enum: REFUND_KINDS }).notNull(),
    /** Request id, checkout id or Stripe's invoice id, invoice id. */
    reference: text('reference').notNull(),
    currency: text('currency').notNull().default('USD'),
    amountNanos: nanos('amount_nanos').notNull(),
    /** The platform's share that goes back with it. */
    feeNanos: nanos('fee_nanos')
      .notNull()
      .default(sql`0`),
    /** Where it went: back to where it came from, or to the card. */
    destination: text('destination', { enum: ['source', 'card'] }).notNull(),
    status: text('status', { enum: ['pending', 'succeeded', 'failed'] }).notNull(),
    stripeRefundId: text('stripe_refund_id'),
    reason: text('reason').notNull(),
    disputeId: text('dispute_id'),
    /** User id, or `system:<job>`. */
    createdBy: text('created_by').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('refunds_organization_id_created_at_idx').on(table.organizationId, table.createdAt),
    index('refunds_seller_created_at_idx').on(table.sellerOrganizationId, table.createdAt),
    uniqueIndex('refunds_call_key')
      .on(table.organizationId, table.reference)
      .where(sql`${table.kind} = 'call'`),
    check(
      'refunds_amount_check',
      sql`${table.amountNanos} > 0 and ${table.feeNanos} between 0 and ${table.amountNanos}`,
    ),
  ],
);

export type SellerAccount = typeof sellerAccounts.$inferSelect;
export type Payout = typeof payouts.$inferSelect;
export type Refund = typeof refunds.$inferSelect;
