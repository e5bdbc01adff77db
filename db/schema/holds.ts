import { sql } from 'drizzle-orm';
import { check, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
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
 * Money set aside before a priced call, as long as the call runs. Rows are made by `hold_batch` and
 * deleted by `settle_batch` and `release_expired_holds`, which write the call's usage event with them;
 * so the table stays as small as the traffic, and every call touches one index of it.
 */
export const holds = pgTable(
  'holds',
  {
    /** The buyer. */
    organizationId: text('organization_id').notNull(),
    requestId: text('request_id').notNull(),
    amountNanos: nanos('amount_nanos').notNull(),
    /** Whose call of what, so that an orphaned hold can still become a usage event. */
    call: jsonb('call').notNull().$type<HeldCall>(),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.requestId] }),
    check('holds_amount_check', sql`${table.amountNanos} > 0`),
  ],
);

export type Hold = typeof holds.$inferSelect;
