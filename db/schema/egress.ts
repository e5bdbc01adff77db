import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, updatedAt } from '../columns.ts';
import { organizations } from './organizations.ts';

export const EGRESS_PROTOCOLS = ['http', 'https', 'socks5'] as const;

/** Outbound proxies that upstreams may dial through. */
export const egressPools = pgTable(
  'egress_pools',
  {
    id: id(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    name: text('name').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('egress_pools_organization_id_idx').on(table.organizationId)],
);

/** One node: an HTTP(S) CONNECT or SOCKS5 proxy. */
export const egressProxies = pgTable(
  'egress_proxies',
  {
    id: id(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    poolId: text('pool_id')
      .notNull()
      .references(() => egressPools.id, { onDelete: 'cascade' }),
    protocol: text('protocol', { enum: EGRESS_PROTOCOLS }).notNull(),
    host: text('host').notNull(),
    port: integer('port').notNull(),
    username: text('username'),
    /** AAD `egress-proxy:<id>`. */
    passwordEnvelope: text('password_envelope'),
    region: text('region'),
    weight: integer('weight').notNull().default(1),
    status: text('status', { enum: ['active', 'disabled'] })
      .notNull()
      .default('active'),
    /** Failed dials in a row; three take the node out until `retry_at`. */
    failures: integer('failures').notNull().default(0),
    retryAt: instant('retry_at'),
    /** Milliseconds of the last successful dial. */
    latencyMs: integer('latency_ms'),
    checkedAt: instant('checked_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('egress_proxies_pool_id_idx').on(table.poolId),
    index('egress_proxies_organization_id_idx').on(table.organizationId),
    check('egress_proxies_port_check', sql`${table.port} between 1 and 65535`),
  ],
);

export type EgressPool = typeof egressPools.$inferSelect;
export type EgressProxy = typeof egressProxies.$inferSelect;
