import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, updatedAt } from '../columns.ts';

/** Settings an administrator changes at run time; exactly one row. */
export const platformSettings = pgTable(
  'platform_settings',
  {
    id: integer('id').primaryKey().default(1),
    /** Services wait for an administrator before they are published. */
    reviewBeforePublishing: boolean('review_before_publishing').notNull().default(false),
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
