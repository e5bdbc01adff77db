import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { count, createdAt, id, instant, updatedAt } from '../columns.ts';
import {
  CREDENTIAL_PLACEMENTS,
  SERVICE_CATEGORIES,
  type CredentialPlacement,
} from '../../app/lib/service-options.ts';
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
  ],
);

export const DIALECTS = ['raw', 'openai-chat'] as const;

/** Where a service's calls go. One for now; routing chooses among several later. */
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
    priority: integer('priority').notNull().default(0),
    weight: integer('weight').notNull().default(1),
    connectTimeoutMs: integer('connect_timeout_ms').notNull().default(5_000),
    firstByteTimeoutMs: integer('first_byte_timeout_ms').notNull().default(60_000),
    idleTimeoutMs: integer('idle_timeout_ms').notNull().default(60_000),
    totalTimeoutMs: integer('total_timeout_ms').notNull().default(600_000),
    maxRequestBytes: count('max_request_bytes').notNull().default(104_857_600),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('upstreams_service_id_idx').on(table.serviceId)],
);

export { CREDENTIAL_PLACEMENTS, type CredentialPlacement };

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
    /** Header or query parameter name; null for bearer and basic. */
    parameterName: text('parameter_name'),
    /** `v1.kid.nonce.ciphertext.tag`; AAD `credential:<id>`. Null when placement is none. */
    secretEnvelope: text('secret_envelope'),
    status: text('status', { enum: ['active', 'disabled'] })
      .notNull()
      .default('active'),
    weight: integer('weight').notNull().default(1),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    /** When the secret was last replaced; shown instead of the secret. */
    secretSetAt: instant('secret_set_at'),
  },
  (table) => [
    index('credentials_upstream_id_idx').on(table.upstreamId),
    check('credentials_secret_check', sql`(${table.placement} = 'none') = (${table.secretEnvelope} is null)`),
  ],
);

export type Service = typeof services.$inferSelect;
export type Upstream = typeof upstreams.$inferSelect;
export type Credential = typeof credentials.$inferSelect;
