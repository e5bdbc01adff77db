import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, nanos, updatedAt } from '../columns.ts';
import { organizations } from './organizations.ts';
import { services } from './services.ts';

export const PLAN_KINDS = ['free', 'flat', 'per_call', 'per_token'] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

/** Ceilings for one model of a plan; absent: none. */
export interface ModelLimit {
  /** Model name; `*` stands for any characters. */
  model: string;
  requestsPerMinute?: number;
  tokensPerMinute?: number;
}

/** A priced offer of a service. What it costs stands in its price versions. */
export const plans = pgTable(
  'plans',
  {
    id: id(),
    /** The seller. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    serviceId: text('service_id')
      .notNull()
      .references(() => services.id),
    name: text('name').notNull(),
    description: text('description').notNull().default(''),
    kind: text('kind', { enum: PLAN_KINDS }).notNull(),
    status: text('status', { enum: ['active', 'archived'] })
      .notNull()
      .default('active'),
    position: integer('position').notNull().default(0),
    /** Ceilings for each key on this plan; null: the platform's default. */
    requestsPerMinute: integer('requests_per_minute'),
    requestsPerDay: integer('requests_per_day'),
    tokensPerMinute: integer('tokens_per_minute'),
    tokensPerDay: integer('tokens_per_day'),
    maxConcurrency: integer('max_concurrency'),
    modelLimits: jsonb('model_limits').notNull().$type<ModelLimit[]>().default([]),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('plans_service_id_idx').on(table.serviceId),
    check('plans_kind_check', sql`${table.kind} in ('free', 'flat', 'per_call', 'per_token')`),
    check('plans_requests_per_minute_check', sql`${table.requestsPerMinute} > 0`),
  ],
);

/**
 * The price of a plan from a moment on. Rows are immutable (a trigger refuses UPDATE and DELETE):
 * holds and usage events name the version they were priced with, so history never changes.
 */
export const priceVersions = pgTable(
  'price_versions',
  {
    id: id(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    planId: text('plan_id')
      .notNull()
      .references(() => plans.id),
    version: integer('version').notNull(),
    currency: text('currency').notNull().default('USD'),
    /** Charged every interval through Stripe; 0 for plans without a fee. */
    recurringNanos: nanos('recurring_nanos')
      .notNull()
      .default(sql`0`),
    recurringInterval: text('recurring_interval', { enum: ['month', 'year'] }),
    effectiveFrom: instant('effective_from').notNull().defaultNow(),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('price_versions_plan_id_version_key').on(table.planId, table.version),
    index('price_versions_plan_id_effective_from_idx').on(table.planId, table.effectiveFrom),
    check('price_versions_recurring_check', sql`${table.recurringNanos} >= 0`),
    check(
      'price_versions_interval_check',
      sql`(${table.recurringNanos} > 0) = (${table.recurringInterval} is not null)`,
    ),
  ],
);

/** What a unit is; one event can count several meters. */
export const METERS = ['call', 'input_token', 'output_token'] as const;
export type Meter = (typeof METERS)[number];

/** One unit price of a price version; immutable like it. */
export const priceComponents = pgTable(
  'price_components',
  {
    priceVersionId: text('price_version_id')
      .notNull()
      .references(() => priceVersions.id),
    meter: text('meter', { enum: METERS }).notNull(),
    /** Model the price is for; '*' for every model without a price of its own. */
    model: text('model').notNull().default('*'),
    /** Price of a million units, so that $0.0375 per million tokens is exact. */
    nanosPerMillion: nanos('nanos_per_million').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.priceVersionId, table.meter, table.model] }),
    check('price_components_price_check', sql`${table.nanosPerMillion} >= 0`),
    check('price_components_meter_check', sql`${table.meter} in ('call', 'input_token', 'output_token')`),
  ],
);

export type Plan = typeof plans.$inferSelect;
export type PriceVersion = typeof priceVersions.$inferSelect;
export type PriceComponent = typeof priceComponents.$inferSelect;
