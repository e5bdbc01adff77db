import { sql } from 'drizzle-orm';
import { check, index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { createdAt, instant, nanos } from '../columns.ts';

/** Column names of `usage_events` that are known before the call. */
export interface HeldCall {
  seller_organization_id: string;
  service_id: string;
  plan_id: string;
  price_version_id: string;
  subscription_id: string;
  key_id: string;
  method: string;
  model?: string;
}

/**
 * Money set aside before a priced call. Rows are written only by the functions `hold_batch`,
 * `settle_batch` and `release_expired_holds` of the migrations.
 */
export const holds = pgTable(
  'holds',
  {
    /** The buyer. */
    organizationId: text('organization_id').notNull(),
    requestId: text('request_id').notNull(),
    amountNanos: nanos('amount_nanos').notNull(),
    state: text('state', { enum: ['open', 'settled', 'released'] })
      .notNull()
      .default('open'),
    /** Whose call of what, so that an orphaned hold can still become a usage event. */
    call: jsonb('call').notNull().$type<HeldCall>(),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
    closedAt: instant('closed_at'),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.requestId] }),
    // The sweeper looks for open holds past their time.
    index('holds_open_expires_at_idx')
      .on(table.expiresAt)
      .where(sql`${table.state} = 'open'`),
    check('holds_amount_check', sql`${table.amountNanos} > 0`),
  ],
);

export type Hold = typeof holds.$inferSelect;
