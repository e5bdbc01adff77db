import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, updatedAt } from '../columns.ts';
import { users } from './users.ts';

export const MEMBER_ROLES = ['owner', 'admin', 'member', 'billing'] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

/** A tenant. It sells once `sellingEnabledAt` is set; every organization may buy. */
export const organizations = pgTable(
  'organizations',
  {
    id: id(),
    slug: text('slug').notNull(),
    name: text('name').notNull(),
    status: text('status', { enum: ['active', 'suspended'] })
      .notNull()
      .default('active'),
    sellingEnabledAt: instant('selling_enabled_at'),
    /** IANA name; periods of this organization are cut in it. */
    timeZone: text('time_zone').notNull().default('UTC'),
    stripeCustomerId: text('stripe_customer_id'),
    /** Own ceiling over all keys; null: the platform's default. */
    requestsPerMinute: integer('requests_per_minute'),
    requestsPerDay: integer('requests_per_day'),
    tokensPerMinute: integer('tokens_per_minute'),
    tokensPerDay: integer('tokens_per_day'),
    maxConcurrency: integer('max_concurrency'),
    /** How long conversations are remembered; null: not at all. */
    conversationRetentionDays: integer('conversation_retention_days'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('organizations_slug_key').on(table.slug),
    uniqueIndex('organizations_stripe_customer_id_key').on(table.stripeCustomerId),
    check('organizations_status_check', sql`${table.status} in ('active', 'suspended')`),
  ],
);

export const memberships = pgTable(
  'memberships',
  {
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    role: text('role', { enum: MEMBER_ROLES }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.userId] }),
    index('memberships_user_id_idx').on(table.userId),
    check('memberships_role_check', sql`${table.role} in ('owner', 'admin', 'member', 'billing')`),
  ],
);

export type Organization = typeof organizations.$inferSelect;
export type Membership = typeof memberships.$inferSelect;
