import { sql } from 'drizzle-orm';
import { check, index, pgTable, text } from 'drizzle-orm/pg-core';
import { bytea, createdAt, id, instant } from '../columns.ts';
import { organizations } from './organizations.ts';
import { subscriptions } from './subscriptions.ts';
import { users } from './users.ts';

/** What a buyer's program authenticates with. */
export const keys = pgTable(
  'keys',
  {
    id: id(),
    /** The buyer. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    /** Null: good for every active subscription of the organization. */
    subscriptionId: text('subscription_id').references(() => subscriptions.id),
    name: text('name').notNull(),
    /** HMAC-SHA-256 of the whole key under the pepper. */
    hash: bytea('hash').notNull().unique(),
    /** `tg_live_` and the next four characters, for people to recognise it by. */
    prefix: text('prefix').notNull(),
    lastFour: text('last_four').notNull(),
    status: text('status', { enum: ['active', 'revoked'] })
      .notNull()
      .default('active'),
    expiresAt: instant('expires_at'),
    /** Filled by the usage roll-up, so accurate to about a minute. */
    lastUsedAt: instant('last_used_at'),
    createdByUserId: text('created_by_user_id').references(() => users.id),
    createdAt: createdAt(),
    revokedAt: instant('revoked_at'),
  },
  (table) => [
    index('keys_organization_id_idx').on(table.organizationId),
    index('keys_subscription_id_idx').on(table.subscriptionId),
    check('keys_status_check', sql`${table.status} in ('active', 'revoked')`),
  ],
);

export type Key = typeof keys.$inferSelect;
