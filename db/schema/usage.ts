import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { count, instant, nanos } from '../columns.ts';
import { METERS, type Meter } from './plans.ts';

/** How a call ended; one of these for every call that was let through. */
export const TERMINAL_STATES = [
  'complete',
  'upstream_error',
  'truncated',
  'client_gone',
  'timeout',
  'policy_stop',
] as const;
export type TerminalState = (typeof TERMINAL_STATES)[number];

/** Who caused a call to fail. */
export const FAULTS = ['none', 'buyer', 'seller', 'platform'] as const;
export type Fault = (typeof FAULTS)[number];

/** Where the token counts come from; null on events without tokens. */
export const USAGE_SOURCES = ['upstream', 'estimated'] as const;

export const CACHE_RESULTS = ['hit', 'miss', 'bypass'] as const;

/** One try at an upstream. */
export interface AttemptTrace {
  upstreamId: string;
  credentialId: string | null;
  serviceId: string;
  model?: string;
  /** HTTP status; absent when none came. */
  status?: number;
  /** Error code when the attempt failed. */
  failed?: string;
  ms: number;
}

/** What `GET /v1/requests/:id` tells beyond the columns. Names and numbers, never content. */
export interface CallTrace {
  /** Path behind the door, without the query. */
  path?: string;
  /** The dialect of the caller and of the upstream, where they differ. */
  dialects?: [caller: string, upstream: string];
  requestedModel?: string;
  strategy?: string;
  attempts?: AttemptTrace[];
  /** Candidates that were not tried and why: `cooling`, `breaker_open`, `model`, `excluded`, `max_price`, `busy`, … */
  passedOver?: { upstreamId: string; credentialId?: string; reason: string }[];
  droppedParams?: string[];
  /** Limits that were checked: name, limit, remaining. */
  limits?: { name: string; limit: number; remaining: number; windowSeconds: number }[];
  conversation?: string;
  endpointId?: string;
  coalesced?: boolean;
  /** The event that this one completes: its process was taken for dead before the call ended. */
  corrects?: string;
  /** Keyed hash of the `Idempotency-Key`: two calls with the same one are the same request. */
  idempotencyHash?: string;
}

/** One priced part of a call. */
export interface ChargeLine {
  /** `adjustment`: what was priced beyond what could be held, negative. */
  meter: Meter | 'adjustment';
  /** Model whose price it is, '*' for the price of all; absent where the price has no models. */
  model?: string;
  /** Units that cost. */
  quantity: number;
  /** Units of this meter that a quota paid for. */
  included?: number;
  /** Decimal digits. */
  nanosPerMillion: string;
  /** Decimal digits: `quantity` at the price, rounded up to the next nano. */
  amountNanos: string;
}

/** Units of a subscription in one billing period, for prices with quotas or tiers; proven by `verify-ledger`. */
export const subscriptionCounters = pgTable(
  'subscription_counters',
  {
    subscriptionId: text('subscription_id').notNull(),
    /** The buyer. */
    organizationId: text('organization_id').notNull(),
    meter: text('meter', { enum: METERS }).notNull(),
    periodStart: instant('period_start').notNull(),
    usedUnits: count('used_units').notNull().default(0),
    /** Those of `usedUnits` that a quota paid for. */
    quotaUnits: count('quota_units').notNull().default(0),
    /** Units of the quota set aside for calls under way. */
    heldUnits: count('held_units').notNull().default(0),
    /** Charged for those beyond the quota; volume tiers give back what is too much at the period's end. */
    chargedNanos: nanos('charged_nanos')
      .notNull()
      .default(sql`0`),
    closedAt: instant('closed_at'),
  },
  (table) => [
    primaryKey({ columns: [table.subscriptionId, table.meter, table.periodStart] }),
    check(
      'subscription_counters_units_check',
      sql`${table.usedUnits} >= 0 and ${table.quotaUnits} >= 0 and ${table.heldUnits} >= 0`,
    ),
  ],
);

/**
 * Append-only fact of one call, written by `record_batch` and `settle_batch`. Partitioned by request id, which starts
 * with the time (`app/lib/ids.ts`): one partition a month, made by `ensure_usage_partitions`.
 */
export const usageEvents = pgTable(
  'usage_events',
  {
    /** The buyer. */
    organizationId: text('organization_id').notNull(),
    requestId: text('request_id').notNull(),
    sellerOrganizationId: text('seller_organization_id').notNull(),
    serviceId: text('service_id').notNull(),
    planId: text('plan_id').notNull(),
    priceVersionId: text('price_version_id').notNull(),
    subscriptionId: text('subscription_id').notNull(),
    keyId: text('key_id').notNull(),
    /** When the call was recorded, by the database clock; buckets are cut by it. */
    occurredAt: instant('occurred_at').notNull().defaultNow(),
    method: text('method').notNull(),
    /** Sent to the caller; 499 when the caller left before an answer. */
    statusCode: integer('status_code').notNull(),
    terminalState: text('terminal_state', { enum: TERMINAL_STATES }).notNull(),
    fault: text('fault', { enum: FAULTS }).notNull(),
    /** Code of the error the gateway answered with, when it did. */
    errorCode: text('error_code'),
    streamed: boolean('streamed').notNull().default(false),
    attempts: integer('attempts').notNull().default(1),
    requestBytes: count('request_bytes').notNull(),
    responseBytes: count('response_bytes').notNull(),
    model: text('model'),
    inputTokens: count('input_tokens'),
    outputTokens: count('output_tokens'),
    /** Parts of `input_tokens` and `output_tokens`; null: not stated. */
    cachedInputTokens: count('cached_input_tokens'),
    cacheWriteTokens: count('cache_write_tokens'),
    reasoningTokens: count('reasoning_tokens'),
    /** What the upstream says it answered with. */
    servedModel: text('served_model'),
    /** The one that answered; null when none was asked. */
    upstreamId: text('upstream_id'),
    credentialId: text('credential_id'),
    /** `x-cache` of the answer. */
    cache: text('cache', { enum: CACHE_RESULTS }),
    /** What a plain call does not have: failed attempts, fallbacks, conversions, the caller's preferences. */
    trace: jsonb('trace').$type<CallTrace>(),
    usageSource: text('usage_source', { enum: USAGE_SOURCES }),
    /** From the request's arrival to the first byte of the answer; null when there was none. */
    firstByteMs: integer('first_byte_ms'),
    totalMs: integer('total_ms').notNull(),
    chargeNanos: nanos('charge_nanos').notNull(),
    /** The platform's share of the charge; the seller's is the rest. */
    feeNanos: nanos('fee_nanos').notNull(),
    /** Parts of the charge paid by promotional and by invoiced credit; the rest left the wallet. */
    promoNanos: nanos('promo_nanos')
      .notNull()
      .default(sql`0`),
    creditNanos: nanos('credit_nanos')
      .notNull()
      .default(sql`0`),
    /** How the charge comes about; null: nothing was priced. Amounts add up to the charge. */
    lines: jsonb('lines').$type<readonly ChargeLine[]>(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.requestId] }),
    // Roll-ups recompute the latest events; rows arrive in order of time, so a BRIN costs next to nothing.
    index('usage_events_occurred_at_idx').using('brin', table.occurredAt),
    // Sellers page by request id as buyers do, who have the primary key for it.
    index('usage_events_seller_request_id_idx').on(table.sellerOrganizationId, table.requestId),
  ],
);

/** Upper bounds of the latency histogram's buckets in ms; the last bucket is open. */
export const LATENCY_BOUNDS_MS = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000] as const;

/** Sum of events per 15 minutes; recomputable from them at any time. */
export const usageRollups = pgTable(
  'usage_rollups',
  {
    /** Start of the 15 minutes, UTC. */
    bucketStart: instant('bucket_start').notNull(),
    /** The buyer. */
    organizationId: text('organization_id').notNull(),
    sellerOrganizationId: text('seller_organization_id').notNull(),
    serviceId: text('service_id').notNull(),
    planId: text('plan_id').notNull(),
    keyId: text('key_id').notNull(),
    /** As asked for; '' for calls without one. */
    model: text('model').notNull().default(''),
    calls: count('calls').notNull(),
    errors: count('errors').notNull(),
    buyerErrors: count('buyer_errors').notNull(),
    sellerErrors: count('seller_errors').notNull(),
    platformErrors: count('platform_errors').notNull(),
    requestBytes: count('request_bytes').notNull(),
    responseBytes: count('response_bytes').notNull(),
    inputTokens: count('input_tokens').notNull(),
    outputTokens: count('output_tokens').notNull(),
    cachedInputTokens: count('cached_input_tokens').notNull().default(0),
    cacheWriteTokens: count('cache_write_tokens').notNull().default(0),
    reasoningTokens: count('reasoning_tokens').notNull().default(0),
    chargeNanos: nanos('charge_nanos').notNull(),
    feeNanos: nanos('fee_nanos').notNull(),
    /** Parts of the charge, as the events have them. */
    promoNanos: nanos('promo_nanos')
      .notNull()
      .default(sql`0`),
    creditNanos: nanos('credit_nanos')
      .notNull()
      .default(sql`0`),
    totalMsSum: count('total_ms_sum').notNull(),
    /** Calls per latency bucket; bounds in LATENCY_BOUNDS_MS, one more bucket than bounds. */
    latencyCounts: integer('latency_counts')
      .array()
      .notNull()
      .default(sql`'{}'`),
  },
  (table) => [
    primaryKey({
      name: 'usage_rollups_key',
      columns: [
        table.organizationId,
        table.bucketStart,
        table.serviceId,
        table.planId,
        table.keyId,
        table.model,
      ],
    }),
    index('usage_rollups_seller_bucket_start_idx').on(table.sellerOrganizationId, table.bucketStart),
    index('usage_rollups_bucket_start_idx').on(table.bucketStart),
  ],
);

/** Calls refused after authentication; they cost nothing and are no usage events. */
export const refusalCounts = pgTable(
  'refusal_counts',
  {
    bucketStart: instant('bucket_start').notNull(),
    organizationId: text('organization_id').notNull(),
    keyId: text('key_id').notNull(),
    /** '' when the refusal came before a service was known. */
    serviceId: text('service_id').notNull().default(''),
    code: text('code').notNull(),
    refusals: count('refusals').notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.organizationId, table.bucketStart, table.keyId, table.serviceId, table.code],
    }),
  ],
);

/** Up to where a recurring computation has come. */
export const watermarks = pgTable('watermarks', {
  name: text('name').primaryKey(),
  reachedAt: instant('reached_at').notNull(),
});

export type UsageEvent = typeof usageEvents.$inferSelect;
export type UsageRollup = typeof usageRollups.$inferSelect;
