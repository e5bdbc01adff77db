import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { bytea, count, createdAt, id, instant, nanos, updatedAt } from '../columns.ts';
import { organizations } from './organizations.ts';
import { services } from './services.ts';

/** Presets an offer was made from; what is charged stands in the price version alone. */
export const PLAN_KINDS = ['free', 'flat', 'per_call', 'per_token', 'freemium', 'tiered', 'custom'] as const;
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
    /** Private plans are for those whom the seller invited. */
    visibility: text('visibility', { enum: ['public', 'private'] })
      .notNull()
      .default('public'),
    position: integer('position').notNull().default(0),
    /** Ceilings for each buyer on this plan; null: the platform's default. */
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
    check(
      'plans_kind_check',
      sql`${table.kind} in ('free', 'flat', 'per_call', 'per_token', 'freemium', 'tiered', 'custom')`,
    ),
    check('plans_visibility_check', sql`${table.visibility} in ('public', 'private')`),
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
    /** Before the first recurring fee; 0: none. */
    trialDays: integer('trial_days').notNull().default(0),
    /** `graduated`: each unit at the price of its step; `volume`: all units at the price of the step reached. */
    tierMode: text('tier_mode', { enum: ['graduated', 'volume'] })
      .notNull()
      .default('graduated'),
    effectiveFrom: instant('effective_from').notNull().defaultNow(),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('price_versions_plan_id_version_key').on(table.planId, table.version),
    index('price_versions_plan_id_effective_from_idx').on(table.planId, table.effectiveFrom),
    check('price_versions_recurring_check', sql`${table.recurringNanos} >= 0`),
    check('price_versions_trial_days_check', sql`${table.trialDays} between 0 and 730`),
    check('price_versions_tier_mode_check', sql`${table.tierMode} in ('graduated', 'volume')`),
    check(
      'price_versions_interval_check',
      sql`(${table.recurringNanos} > 0) = (${table.recurringInterval} is not null)`,
    ),
  ],
);

/**
 * What a unit is; one event can count several meters. Tokens are disjoint: `input_token` are those neither
 * read from nor written to the upstream's prompt cache, `output_token` those that are no reasoning.
 */
export const METERS = [
  'call',
  'input_token',
  'cached_input_token',
  'cache_write_token',
  'output_token',
  'reasoning_token',
  'request_byte',
  'response_byte',
  'millisecond',
] as const;
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
    /** Tier: counts for units beyond this many of the billing period, not counting those of the quota. */
    fromUnits: count('from_units').notNull().default(0),
    /** Context-size step: counts for calls with at least this many input tokens of any kind. */
    fromContextTokens: integer('from_context_tokens').notNull().default(0),
    /** Price of a million units, so that $0.0375 per million tokens is exact. */
    nanosPerMillion: nanos('nanos_per_million').notNull(),
  },
  (table) => [
    primaryKey({
      name: 'price_components_key',
      columns: [table.priceVersionId, table.meter, table.model, table.fromUnits, table.fromContextTokens],
    }),
    check('price_components_price_check', sql`${table.nanosPerMillion} >= 0`),
    check('price_components_from_check', sql`${table.fromUnits} >= 0 and ${table.fromContextTokens} >= 0`),
    check(
      'price_components_meter_check',
      sql`${table.meter} in ('call', 'input_token', 'cached_input_token', 'cache_write_token', 'output_token', 'reasoning_token', 'request_byte', 'response_byte', 'millisecond')`,
    ),
  ],
);

export const OVERAGES = ['hard_stop', 'priced'] as const;

/** Units of a billing period that cost nothing more; immutable like the version. */
export const priceQuotas = pgTable(
  'price_quotas',
  {
    priceVersionId: text('price_version_id')
      .notNull()
      .references(() => priceVersions.id),
    meter: text('meter', { enum: METERS }).notNull(),
    includedUnits: count('included_units').notNull(),
    /** Beyond it calls are refused, or cost what the components say. */
    overage: text('overage', { enum: OVERAGES }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.priceVersionId, table.meter] }),
    check('price_quotas_included_check', sql`${table.includedUnits} > 0`),
    check('price_quotas_overage_check', sql`${table.overage} in ('hard_stop', 'priced')`),
  ],
);

/** Who may subscribe to a private plan. */
export const planInvitations = pgTable(
  'plan_invitations',
  {
    id: id(),
    /** The seller. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    planId: text('plan_id')
      .notNull()
      .references(() => plans.id),
    email: text('email').notNull(),
    /** SHA-256 of the token in the mailed link. */
    tokenHash: bytea('token_hash').notNull().unique(),
    status: text('status', { enum: ['open', 'accepted', 'revoked'] })
      .notNull()
      .default('open'),
    /** The organization that accepted: it may subscribe from then on. */
    acceptedByOrganizationId: text('accepted_by_organization_id').references(() => organizations.id),
    expiresAt: instant('expires_at').notNull(),
    createdAt: createdAt(),
    acceptedAt: instant('accepted_at'),
  },
  (table) => [
    index('plan_invitations_plan_id_idx').on(table.planId),
    index('plan_invitations_accepted_by_idx').on(table.acceptedByOrganizationId),
  ],
);

export type Plan = typeof plans.$inferSelect;
export type PriceVersion = typeof priceVersions.$inferSelect;
export type PriceComponent = typeof priceComponents.$inferSelect;
export type PriceQuota = typeof priceQuotas.$inferSelect;
export type PlanInvitation = typeof planInvitations.$inferSelect;
