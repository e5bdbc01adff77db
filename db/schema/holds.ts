import { sql } from 'drizzle-orm';
import { bigint, check, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { createdAt, instant, nanos } from '../columns.ts';
import type { ChargeLine } from './usage.ts';

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
  /** Budgets that bind this key. */
  budgets?: string[];
}

/** The state of a call that has sent bytes to its caller; columns of `usage_events`. */
export interface HoldCheckpoint {
  status_code: number;
  response_bytes: number;
  input_tokens?: number;
  output_tokens?: number;
  usage_source?: 'upstream' | 'estimated';
  /** Decimal digits. */
  charge_nanos: string;
  lines?: readonly ChargeLine[];
  /** What the call adds to the counters of its subscription, where its price counts units. */
  counters?: CountedUnits;
}

/** What one call adds to `subscription_counters`. */
export interface CountedUnits {
  /** ISO 8601. */
  period_start: string;
  /** By meter: units, those that the quota paid for, and what the others cost (decimal digits). */
  meters: Record<string, [used: number, quota: number, chargedNanos: string]>;
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
    /** All of it; 0 where only units of a quota are set aside. */
    amountNanos: nanos('amount_nanos').notNull(),
    /** Parts of the amount that come from promotional and from invoiced credit; the rest is the wallet's. */
    promoNanos: nanos('promo_nanos')
      .notNull()
      .default(sql`0`),
    creditNanos: nanos('credit_nanos')
      .notNull()
      .default(sql`0`),
    /** Units of quotas set aside, by meter; null: this price counts none. */
    quota: jsonb('quota').$type<Record<string, number>>(),
    /** The billing period in which they are set aside. */
    periodStart: instant('period_start'),
    /** Budgets that this amount is held in, with the start of the window: `{ "bgt_…": "2026-11-01T00:00:00Z" }`. */
    budgets: jsonb('budgets').$type<Record<string, string>>(),
    /** What was delivered so far; calls of a process that died are settled by it. Null: nothing yet. */
    checkpoint: jsonb('checkpoint').$type<HoldCheckpoint>(),
    /** Whose call of what, so that an orphaned hold can still become a usage event. */
    call: jsonb('call').notNull().$type<HeldCall>(),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.requestId] }),
    check('holds_amount_check', sql`${table.amountNanos} >= 0`),
  ],
);

export type Hold = typeof holds.$inferSelect;

/**
 * Money of a busy buyer that a gateway process has set aside for calls to come: holds taken from here lock no wallet.
 * The wallet counts it as held; people see it as available. `renew_allowances` brings it to what the process needs,
 * `hold_by_allowance` turns it into holds, `recall_allowances` takes it back for whoever would be refused without it, or
 * looks at the wallet.
 */
export const allowances = pgTable(
  'allowances',
  {
    /** The buyer. */
    organizationId: text('organization_id').notNull(),
    /** The process. */
    id: text('id').notNull(),
    /** All of it from the wallet: promotional and invoiced credit are held call by call. */
    amountNanos: nanos('amount_nanos').notNull(),
    /** After this the process is taken for dead, and the wallet gets it back. */
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    check('allowances_amount_check', sql`${table.amountNanos} >= 0`),
  ],
);

/**
 * Calls that have ended and been answered, until `apply_settle_journal` has settled them, a few milliseconds later:
 * what an answer waits for is this row, not the wallet. Rows are never changed; a process that dies leaves them to
 * the others.
 */
export const settleJournal = pgTable(
  'settle_journal',
  {
    /** The buyer. */
    organizationId: text('organization_id').notNull(),
    id: bigint('id', { mode: 'bigint' }).notNull().generatedAlwaysAsIdentity(),
    /** JSON, but not looked at: what the database refuses is found when it is applied. */
    events: text('events').notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.id] })],
);
