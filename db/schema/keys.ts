import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { KEY_PERMISSIONS } from '../../app/lib/service-options.ts';
import { bytea, createdAt, id, instant } from '../columns.ts';
import { organizations } from './organizations.ts';
import { subscriptions } from './subscriptions.ts';
import { users } from './users.ts';

/** Where calls for a model go: the first pattern that matches, by priority (lower first). */
export interface ModelRoute {
  /** Model name; `*` stands for any characters. */
  pattern: string;
  /** `slug/model`, `slug/` (keep the model), or a model. */
  target: string;
  priority: number;
}

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
    status: text('status', { enum: ['active', 'disabled', 'revoked'] })
      .notNull()
      .default('active'),
    expiresAt: instant('expires_at'),
    permissions: text('permissions', { enum: KEY_PERMISSIONS })
      .array()
      .notNull()
      .default(sql`'{read,write}'`),
    /** Allow-lists; empty: everything the organization is subscribed to. Models may hold `*`. */
    allowedServiceIds: text('allowed_service_ids')
      .array()
      .notNull()
      .default(sql`'{}'`),
    allowedModels: text('allowed_models')
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** CIDR ranges, IPv4 and IPv6. */
    allowedAddresses: text('allowed_addresses')
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** Own ceilings; null: the plan's. */
    requestsPerMinute: integer('requests_per_minute'),
    requestsPerDay: integer('requests_per_day'),
    tokensPerMinute: integer('tokens_per_minute'),
    tokensPerDay: integer('tokens_per_day'),
    maxConcurrency: integer('max_concurrency'),
    modelRoutes: jsonb('model_routes').notNull().$type<ModelRoute[]>().default([]),
    /** Filled by the usage roll-up, so accurate to about a minute. */
    lastUsedAt: instant('last_used_at'),
    createdByUserId: text('created_by_user_id').references(() => users.id),
    createdAt: createdAt(),
    revokedAt: instant('revoked_at'),
  },
  (table) => [
    index('keys_organization_id_idx').on(table.organizationId),
    index('keys_subscription_id_idx').on(table.subscriptionId),
    check('keys_status_check', sql`${table.status} in ('active', 'disabled', 'revoked')`),
  ],
);

export type Key = typeof keys.$inferSelect;
