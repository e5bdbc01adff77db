import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { bytea, createdAt, id, instant, nanos, updatedAt } from '../columns.ts';
import { organizations } from './organizations.ts';

/** Codes that give promotional credit. */
export const redeemCodes = pgTable(
  'redeem_codes',
  {
    id: id(),
    /** HMAC-SHA-256 of the normalized code under the pepper. */
    codeHash: bytea('code_hash').notNull().unique(),
    lastFour: text('last_four').notNull(),
    amountNanos: nanos('amount_nanos').notNull(),
    /** How many organizations may redeem it, once each. */
    maxRedemptions: integer('max_redemptions').notNull().default(1),
    redemptions: integer('redemptions').notNull().default(0),
    /** How long the credit lives after redemption; null: for ever. */
    creditDays: integer('credit_days'),
    expiresAt: instant('expires_at'),
    status: text('status', { enum: ['active', 'disabled'] })
      .notNull()
      .default('active'),
    note: text('note').notNull().default(''),
    createdByUserId: text('created_by_user_id'),
    createdAt: createdAt(),
  },
  (table) => [
    check('redeem_codes_amount_check', sql`${table.amountNanos} > 0`),
    check('redeem_codes_redemptions_check', sql`${table.redemptions} between 0 and ${table.maxRedemptions}`),
  ],
);

/** Credit that is spent before the wallet, earliest expiry first. */
export const promotionalCredits = pgTable(
  'promotional_credits',
  {
    id: id(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    amountNanos: nanos('amount_nanos').notNull(),
    /** What is left; held amounts are still in it. */
    remainingNanos: nanos('remaining_nanos').notNull(),
    /** Null: never. */
    expiresAt: instant('expires_at'),
    redeemCodeId: text('redeem_code_id').references(() => redeemCodes.id),
    reason: text('reason').notNull().default(''),
    grantedByUserId: text('granted_by_user_id'),
    createdAt: createdAt(),
    expiredAt: instant('expired_at'),
  },
  (table) => [
    index('promotional_credits_organization_id_idx').on(table.organizationId, table.expiresAt),
    uniqueIndex('promotional_credits_redeem_code_key').on(table.redeemCodeId, table.organizationId),
    check('promotional_credits_amount_check', sql`${table.amountNanos} > 0`),
    check(
      'promotional_credits_remaining_check',
      sql`${table.remainingNanos} between 0 and ${table.amountNanos}`,
    ),
  ],
);

/** Tops a wallet up from the saved payment method when it falls below a threshold. */
export const autoTopUps = pgTable(
  'auto_top_ups',
  {
    organizationId: text('organization_id')
      .primaryKey()
      .references(() => organizations.id),
    enabled: boolean('enabled').notNull().default(false),
    thresholdNanos: nanos('threshold_nanos').notNull(),
    amountNanos: nanos('amount_nanos').notNull(),
    /** Never more than this in a calendar month; null: no such limit. */
    monthlyLimitNanos: nanos('monthly_limit_nanos'),
    failures: integer('failures').notNull().default(0),
    lastAttemptAt: instant('last_attempt_at'),
    /** Code of the last failure; null after a success. */
    lastError: text('last_error'),
    updatedAt: updatedAt(),
  },
  (table) => [
    check('auto_top_ups_amount_check', sql`${table.amountNanos} > 0 and ${table.thresholdNanos} > 0`),
  ],
);

export type RedeemCode = typeof redeemCodes.$inferSelect;
export type PromotionalCredit = typeof promotionalCredits.$inferSelect;
export type AutoTopUp = typeof autoTopUps.$inferSelect;
