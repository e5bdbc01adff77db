import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { bytea, count, createdAt, id, instant, nanos, updatedAt } from '../columns.ts';
import {
  ABANDON_POLICIES,
  CACHE_MODES,
  CREDENTIAL_PLACEMENTS,
  DIALECTS,
  ROUTING_STRATEGIES,
  SERVICE_CATEGORIES,
  STREAMING_MODES,
  type CredentialPlacement,
} from '../../app/lib/service-options.ts';
import { egressPools } from './egress.ts';
import { organizations } from './organizations.ts';

export const SERVICE_KINDS = ['http', 'llm'] as const;
export const SERVICE_STATUSES = [
  'draft',
  'in_review',
  'published',
  'paused',
  'suspended',
  'archived',
] as const;
export { SERVICE_CATEGORIES };

/** A listed API. */
export const services = pgTable(
  'services',
  {
    id: id(),
    /** The seller. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    slug: text('slug').notNull(),
    name: text('name').notNull(),
    /** One plain line for cards. */
    summary: text('summary').notNull().default(''),
    /** Markdown; rendered sanitised. */
    description: text('description').notNull().default(''),
    category: text('category', { enum: SERVICE_CATEGORIES }).notNull().default('other'),
    kind: text('kind', { enum: SERVICE_KINDS }).notNull(),
    status: text('status', { enum: SERVICE_STATUSES }).notNull().default('draft'),
    /** How one of the upstreams is chosen for a call. */
    routingStrategy: text('routing_strategy', { enum: ROUTING_STRATEGIES }).notNull().default('priority'),
    /** Where calls go when no upstream can take them: `slug/model`, or a model of this service; in order. */
    fallbacks: text('fallbacks')
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** Alias → model id of this service. */
    modelAliases: jsonb('model_aliases').notNull().$type<Record<string, string>>().default({}),
    /** Put in front of every LLM call. */
    systemPrompt: text('system_prompt').notNull().default(''),
    /** Parameters for calls that do not set them: `{ temperature: 0.2 }`. */
    defaultParameters: jsonb('default_parameters').notNull().$type<Record<string, unknown>>().default({}),
    /** The most output tokens a call may ask for; null: the platform's ceiling. */
    maxOutputTokens: integer('max_output_tokens'),
    cacheMode: text('cache_mode', { enum: CACHE_MODES }).notNull().default('off'),
    cacheTtlSeconds: integer('cache_ttl_seconds').notNull().default(300),
    /** The seller says that answers are the same for everybody: only then they may cross organizations. */
    cachePublic: boolean('cache_public').notNull().default(false),
    /** Equal requests that run at the same time share one upstream call. */
    coalesce: boolean('coalesce').notNull().default(false),
    websockets: boolean('websockets').notNull().default(false),
    /**
     * Whether what is no call for a model is passed on too (kind `llm`): files, batches, fine-tuning. There all
     * buyers share the seller's account and see what others keep in it.
     */
    passOtherPaths: boolean('pass_other_paths').notNull().default(false),
    /** Calls that may run at once over all buyers; null: no ceiling. */
    maxConcurrency: integer('max_concurrency'),
    /** Sent as `x-tollgate-proxy-secret`; AAD `proxy-secret:<service id>`. Null: not sent. */
    proxySecretEnvelope: text('proxy_secret_envelope'),
    publishedAt: instant('published_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('services_slug_key').on(table.slug),
    index('services_organization_id_idx').on(table.organizationId),
    // The storefront lists published services, newest first.
    index('services_status_published_at_idx').on(table.status, table.publishedAt),
    check(
      'services_status_check',
      sql`${table.status} in ('draft', 'in_review', 'published', 'paused', 'suspended', 'archived')`,
    ),
    check('services_kind_check', sql`${table.kind} in ('http', 'llm')`),
    check('services_cache_ttl_check', sql`${table.cacheTtlSeconds} between 1 and 86400`),
  ],
);

export { DIALECTS };

/** Where a service's calls may go; routing chooses among them. */
export const upstreams = pgTable(
  'upstreams',
  {
    id: id(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    serviceId: text('service_id')
      .notNull()
      .references(() => services.id),
    /** What the seller calls it; '' for the first one. */
    name: text('name').notNull().default(''),
    /** Origin and base path, no query, no trailing slash. */
    baseUrl: text('base_url').notNull(),
    dialect: text('dialect', { enum: DIALECTS }).notNull().default('raw'),
    /** Model ids an LLM upstream answers to; empty for http. */
    models: text('models')
      .array()
      .notNull()
      .default(sql`'{}'`),
    status: text('status', { enum: ['active', 'disabled'] })
      .notNull()
      .default('active'),
    /** Lower goes first. */
    priority: integer('priority').notNull().default(0),
    weight: integer('weight').notNull().default(1),
    connectTimeoutMs: integer('connect_timeout_ms').notNull().default(5_000),
    firstByteTimeoutMs: integer('first_byte_timeout_ms').notNull().default(60_000),
    idleTimeoutMs: integer('idle_timeout_ms').notNull().default(60_000),
    totalTimeoutMs: integer('total_timeout_ms').notNull().default(600_000),
    maxRequestBytes: count('max_request_bytes').notNull().default(104_857_600),
    /** `api-version` of an Azure upstream. */
    apiVersion: text('api_version'),
    abandonPolicy: text('abandon_policy', { enum: ABANDON_POLICIES }).notNull().default('cancel'),
    /** Further tries on another credential or upstream; 0: none. */
    maxRetries: integer('max_retries').notNull().default(2),
    /** What the seller pays for a million tokens; for least-cost routing only. */
    costNanosPerMillion: nanos('cost_nanos_per_million'),
    region: text('region'),
    /** Calls that may run at once; null: no ceiling. */
    maxConcurrency: integer('max_concurrency'),
    /** Dial through a node of this pool; null: directly. */
    egressPoolId: text('egress_pool_id').references(() => egressPools.id),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('upstreams_service_id_idx').on(table.serviceId)],
);

export { CREDENTIAL_PLACEMENTS, type CredentialPlacement };

export const CREDENTIAL_DISABLED_REASONS = ['manual', 'refused', 'refresh_failed'] as const;

/** One secret of an upstream's pool. The secret is an envelope (`app/infra/keyring.ts`), write-only. */
export const credentials = pgTable(
  'credentials',
  {
    id: id(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    upstreamId: text('upstream_id')
      .notNull()
      .references(() => upstreams.id),
    placement: text('placement', { enum: CREDENTIAL_PLACEMENTS }).notNull(),
    /** What the seller calls it; '' for the first one. */
    label: text('label').notNull().default(''),
    /** `oauth`: the secret is an access token that `oauth_grants` keeps fresh. */
    kind: text('kind', { enum: ['static', 'oauth'] })
      .notNull()
      .default('static'),
    /** Header or query parameter name; null for bearer and basic. */
    parameterName: text('parameter_name'),
    /** `v1.kid.nonce.ciphertext.tag`; AAD `credential:<id>`. Null when placement is none. */
    secretEnvelope: text('secret_envelope'),
    status: text('status', { enum: ['active', 'disabled'] })
      .notNull()
      .default('active'),
    weight: integer('weight').notNull().default(1),
    /** Its own ceilings at the upstream; null: none. */
    requestsPerMinute: integer('requests_per_minute'),
    requestsPerDay: integer('requests_per_day'),
    maxConcurrency: integer('max_concurrency'),
    disabledReason: text('disabled_reason', { enum: CREDENTIAL_DISABLED_REASONS }),
    /** Not used before this; set by a 429 that is about the whole account. */
    coolingUntil: instant('cooling_until'),
    /** Model → milliseconds since the epoch before which it is not used for that model. */
    coolingModels: jsonb('cooling_models').$type<Record<string, number>>().notNull().default({}),
    /** 401 or 403 answers in a row; two disable the credential. */
    refusals: integer('refusals').notNull().default(0),
    /** Whose call was refused last, where only refusals of different buyers count (kind `http`). */
    refusedFor: text('refused_for'),
    lastUsedAt: instant('last_used_at'),
    /** What the upstream last held against it: `401`, `429`. */
    lastFailure: text('last_failure'),
    lastFailureAt: instant('last_failure_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    /** When the secret was last replaced; shown instead of the secret. */
    secretSetAt: instant('secret_set_at'),
  },
  (table) => [
    index('credentials_upstream_id_idx').on(table.upstreamId),
    check(
      'credentials_secret_check',
      sql`${table.kind} = 'oauth' or (${table.placement} = 'none') = (${table.secretEnvelope} is null)`,
    ),
  ],
);

/** How an OAuth 2 credential gets its access tokens (RFC 6749, RFC 7636). */
export const oauthGrants = pgTable(
  'oauth_grants',
  {
    credentialId: text('credential_id')
      .primaryKey()
      .references(() => credentials.id, { onDelete: 'cascade' }),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    grant: text('grant', { enum: ['authorization_code', 'client_credentials'] }).notNull(),
    /** Name of a preset, or `custom`. */
    provider: text('provider').notNull(),
    authorizeUrl: text('authorize_url'),
    tokenUrl: text('token_url').notNull(),
    clientId: text('client_id').notNull(),
    /** AAD `oauth-client:<credential id>`. Null for public clients. */
    clientSecretEnvelope: text('client_secret_envelope'),
    scopes: text('scopes').notNull().default(''),
    /** AAD `oauth-refresh:<credential id>`. */
    refreshTokenEnvelope: text('refresh_token_envelope'),
    status: text('status', { enum: ['pending', 'active', 'failed'] })
      .notNull()
      .default('pending'),
    /** When the access token in `credentials.secret_envelope` ends. */
    expiresAt: instant('expires_at'),
    refreshedAt: instant('refreshed_at'),
    /** One refresher at a time: others leave it alone until then. */
    refreshingUntil: instant('refreshing_until'),
    /** OAuth error code of the last attempt, e.g. `invalid_grant`. */
    lastError: text('last_error'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('oauth_grants_organization_id_idx').on(table.organizationId),
    index('oauth_grants_expires_at_idx').on(table.expiresAt),
  ],
);

/** An authorization that was begun and not yet come back. */
export const oauthFlows = pgTable(
  'oauth_flows',
  {
    /** SHA-256 of `state`. */
    stateHash: bytea('state_hash').primaryKey(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    userId: text('user_id').notNull(),
    credentialId: text('credential_id')
      .notNull()
      .references(() => credentials.id, { onDelete: 'cascade' }),
    /** PKCE verifier; AAD `oauth-verifier:<credential id>`. */
    verifierEnvelope: text('verifier_envelope').notNull(),
    redirectUri: text('redirect_uri').notNull(),
    expiresAt: instant('expires_at').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('oauth_flows_organization_id_idx').on(table.organizationId),
    index('oauth_flows_expires_at_idx').on(table.expiresAt),
  ],
);

/** A path of its own on this host (`POST /<path>`), bound to a service (reference S2). */
export const endpoints = pgTable(
  'endpoints',
  {
    id: id(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    /** Without the leading slash: `translate`, `team/translate`. */
    path: text('path').notNull(),
    serviceId: text('service_id')
      .notNull()
      .references(() => services.id),
    systemPrompt: text('system_prompt').notNull().default(''),
    /** Model for calls that name none; null: the caller must. */
    defaultModel: text('default_model'),
    streaming: text('streaming', { enum: STREAMING_MODES }).notNull().default('caller'),
    status: text('status', { enum: ['active', 'disabled'] })
      .notNull()
      .default('active'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('endpoints_path_key').on(table.path),
    index('endpoints_organization_id_idx').on(table.organizationId),
    index('endpoints_service_id_idx').on(table.serviceId),
  ],
);

export type Endpoint = typeof endpoints.$inferSelect;
export type OauthGrant = typeof oauthGrants.$inferSelect;
export type Service = typeof services.$inferSelect;
export type Upstream = typeof upstreams.$inferSelect;
export type Credential = typeof credentials.$inferSelect;
