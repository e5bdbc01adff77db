import { sql } from 'drizzle-orm';
import { bigserial, check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, id, nanos, updatedAt } from '../columns.ts';
import { organizations } from './organizations.ts';

/**
 * Purpose buckets. Amounts are signed so that every transaction sums to zero: credit is positive
 * (what the platform owes to the account's owner grows), debit negative.
 */
export const LEDGER_PURPOSES = [
  'buyer_wallet',
  'seller_pending',
  'seller_available',
  'payout_in_transit',
  'promotional_credit',
  'buyer_receivable',
  'platform_fee',
  'platform_loss',
  'tax',
  'processor_clearing',
] as const;
export type LedgerPurpose = (typeof LEDGER_PURPOSES)[number];

export const ledgerAccounts = pgTable(
  'ledger_accounts',
  {
    id: id(),
    /** Null: the platform's own. */
    organizationId: text('organization_id').references(() => organizations.id),
    purpose: text('purpose', { enum: LEDGER_PURPOSES }).notNull(),
    currency: text('currency').notNull().default('USD'),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('ledger_accounts_owner_purpose_key').on(
      sql`coalesce(${table.organizationId}, '')`,
      table.purpose,
      table.currency,
    ),
  ],
);

export const LEDGER_TRANSACTION_KINDS = [
  'wallet_top_up',
  'usage',
  'subscription_fee',
  'promotional_credit',
  'promotional_expiry',
  'volume_discount',
  'refund',
  'earnings_release',
  'payout',
  'payout_settlement',
  'payout_reversal',
  'invoice_finalization',
  'invoice_payment',
  'credit_note',
  'chargeback',
  'write_off',
  'adjustment',
  'demo_credit',
] as const;

/** A balanced set of entries; append-only. */
export const ledgerTransactions = pgTable(
  'ledger_transactions',
  {
    id: id(),
    kind: text('kind', { enum: LEDGER_TRANSACTION_KINDS }).notNull(),
    /** What caused it (checkout id, invoice id, settle batch id); unique per kind: posted once. */
    reference: text('reference').notNull(),
    createdAt: createdAt(),
  },
  (table) => [uniqueIndex('ledger_transactions_kind_reference_key').on(table.kind, table.reference)],
);

export const ledgerEntries = pgTable(
  'ledger_entries',
  {
    id: bigserial('id', { mode: 'bigint' }).primaryKey(),
    transactionId: text('transaction_id')
      .notNull()
      .references(() => ledgerTransactions.id),
    accountId: text('account_id')
      .notNull()
      .references(() => ledgerAccounts.id),
    amountNanos: nanos('amount_nanos').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('ledger_entries_transaction_id_idx').on(table.transactionId),
    // Statements read one account in time order.
    index('ledger_entries_account_id_idx').on(table.accountId, table.id),
  ],
);

/**
 * Operational balances; move with every hold. `available + held` equals the buyer_wallet account,
 * `promo + promo_held` promotional_credit, `credit_used` minus what buyer_receivable stands at is 0.
 */
export const wallets = pgTable(
  'wallets',
  {
    organizationId: text('organization_id')
      .primaryKey()
      .references(() => organizations.id),
    currency: text('currency').notNull().default('USD'),
    availableNanos: nanos('available_nanos')
      .notNull()
      .default(sql`0`),
    heldNanos: nanos('held_nanos')
      .notNull()
      .default(sql`0`),
    /** Promotional credit that is not held. */
    promoNanos: nanos('promo_nanos')
      .notNull()
      .default(sql`0`),
    promoHeldNanos: nanos('promo_held_nanos')
      .notNull()
      .default(sql`0`),
    /** How much may be owed: calls that are invoiced later. */
    creditLimitNanos: nanos('credit_limit_nanos')
      .notNull()
      .default(sql`0`),
    /** Owed: used and not paid yet, invoiced or not. */
    creditUsedNanos: nanos('credit_used_nanos')
      .notNull()
      .default(sql`0`),
    creditHeldNanos: nanos('credit_held_nanos')
      .notNull()
      .default(sql`0`),
    updatedAt: updatedAt(),
  },
  (table) => [
    check('wallets_promo_check', sql`${table.promoNanos} >= 0 and ${table.promoHeldNanos} >= 0`),
    check(
      'wallets_credit_check',
      sql`${table.creditLimitNanos} >= 0 and ${table.creditUsedNanos} >= 0 and ${table.creditHeldNanos} >= 0`,
    ),
    check('wallets_available_check', sql`${table.availableNanos} >= 0`),
    check('wallets_held_check', sql`${table.heldNanos} >= 0`),
  ],
);

export type Wallet = typeof wallets.$inferSelect;
export type LedgerTransaction = typeof ledgerTransactions.$inferSelect;
export type LedgerEntry = typeof ledgerEntries.$inferSelect;
