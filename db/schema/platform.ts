import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, nanos, updatedAt } from '../columns.ts';

/** Name, address and tax number of who issues or receives an invoice. */
export interface InvoiceParty {
  name: string;
  address: string[];
  /** ISO 3166-1 alpha-2. */
  country?: string;
  taxId?: string;
  email?: string;
}

/** Settings an administrator changes at run time; exactly one row. */
export const platformSettings = pgTable(
  'platform_settings',
  {
    id: integer('id').primaryKey().default(1),
    /** Services wait for an administrator before they are published. */
    reviewBeforePublishing: boolean('review_before_publishing').notNull().default(false),
    /** What stands on invoices as their issuer. */
    issuer: jsonb('issuer').notNull().$type<InvoiceParty>().default({ name: 'Tollgate', address: [] }),
    /** In front of the running number of invoices. */
    invoiceSeries: text('invoice_series').notNull().default('INV'),
    /** Drafts wait this long for late events after their period. */
    invoiceDraftHours: integer('invoice_draft_hours').notNull().default(48),
    /** Drafts up to this total are finalized without a review; null: none. */
    autoFinalizeNanos: nanos('auto_finalize_nanos'),
    /** Adjustments above this want a second administrator. */
    secondApproverNanos: nanos('second_approver_nanos')
      .notNull()
      .default(sql`100000000000`),
    invoiceDueDays: integer('invoice_due_days').notNull().default(14),
    /** Days after the due date on which payment is tried again. */
    dunningDays: integer('dunning_days')
      .array()
      .notNull()
      .default(sql`'{0,3,7,14}'`),
    /** After the last try: then the organization can no longer buy on credit or call paid plans. */
    dunningGraceDays: integer('dunning_grace_days').notNull().default(7),
    /** Earnings wait this long before they can be paid out. */
    payoutHoldDays: integer('payout_hold_days').notNull().default(7),
    payoutMinimumNanos: nanos('payout_minimum_nanos')
      .notNull()
      .default(sql`10000000000`),
    payoutInterval: text('payout_interval', { enum: ['daily', 'weekly', 'monthly'] })
      .notNull()
      .default('weekly'),
    updatedAt: updatedAt(),
  },
  (table) => [check('platform_settings_single_row_check', sql`${table.id} = 1`)],
);

/** Mail outbox. A job sends rows through SMTP; without SMTP they are read on a page. */
export const mails = pgTable(
  'mails',
  {
    id: id(),
    toAddress: text('to_address').notNull(),
    subject: text('subject').notNull(),
    textBody: text('text_body').notNull(),
    locale: text('locale').notNull(),
    createdAt: createdAt(),
    sentAt: instant('sent_at'),
  },
  (table) => [index('mails_created_at_idx').on(table.createdAt)],
);

/** Worker pools that live; jobs locked by a pool that stopped beating are given back. */
export const workerHeartbeats = pgTable('worker_heartbeats', {
  poolId: text('pool_id').primaryKey(),
  seenAt: instant('seen_at').notNull().defaultNow(),
});

/** Append-only trail of what people did; `before` and `after` are redacted. */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: id(),
    /** The organization acted on; null for platform-wide acts. */
    organizationId: text('organization_id'),
    /** User id, or `system:<job>`. */
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    subjectId: text('subject_id'),
    before: jsonb('before').$type<Record<string, unknown>>(),
    after: jsonb('after').$type<Record<string, unknown>>(),
    ipAddress: text('ip_address'),
    requestId: text('request_id'),
    createdAt: createdAt(),
  },
  (table) => [
    index('audit_events_organization_id_created_at_idx').on(table.organizationId, table.createdAt),
    index('audit_events_created_at_idx').on(table.createdAt),
  ],
);

/** Sandbox Stripe's own memory (only used without STRIPE_SECRET_KEY). */
export const stripeSandboxObjects = pgTable(
  'stripe_sandbox_objects',
  {
    /** `cus_…`, `cs_test_…`, `evt_…` */
    id: text('id').primaryKey(),
    type: text('type').notNull(),
    data: jsonb('data').notNull().$type<Record<string, unknown>>(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('stripe_sandbox_objects_type_idx').on(table.type, table.createdAt)],
);

export const stripeSandboxRequests = pgTable('stripe_sandbox_requests', {
  idempotencyKey: text('idempotency_key').primaryKey(),
  path: text('path').notNull(),
  bodyHash: text('body_hash').notNull(),
  statusCode: integer('status_code').notNull(),
  response: jsonb('response').notNull().$type<Record<string, unknown>>(),
  createdAt: createdAt(),
});

export type AuditEvent = typeof auditEvents.$inferSelect;
export type Mail = typeof mails.$inferSelect;
