import { sql } from 'drizzle-orm';
import { index, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { count, createdAt, id, instant, nanos, updatedAt } from '../columns.ts';
import { organizations } from './organizations.ts';
import { services } from './services.ts';

/** Ed25519 keys that receipts are signed with; public ones are published for ever. */
export const signingKeys = pgTable('signing_keys', {
  id: id(),
  /** Raw 32 bytes, base64url (RFC 8037). */
  publicKey: text('public_key').notNull(),
  /** Sealed by the keyring. */
  privateKeyEnvelope: text('private_key_envelope').notNull(),
  createdAt: createdAt(),
  retiredAt: instant('retired_at'),
});

/** Signed fact of one charged call; append-only. Receipts of a key are a chain. */
export const receipts = pgTable(
  'receipts',
  {
    /** The buyer. */
    organizationId: text('organization_id').notNull(),
    requestId: text('request_id').notNull(),
    keyId: text('key_id').notNull(),
    sellerOrganizationId: text('seller_organization_id').notNull(),
    /** Position in the key's chain, from 1. */
    sequence: count('sequence').notNull(),
    /** Canonical JSON (RFC 8785), exactly as signed. */
    payload: text('payload').notNull(),
    /** SHA-256 of the payload, which holds the hash before it; hex. */
    hash: text('hash').notNull(),
    signingKeyId: text('signing_key_id').notNull(),
    /** Base64url. */
    signature: text('signature').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.requestId] }),
    uniqueIndex('receipts_key_id_sequence_key').on(table.keyId, table.sequence),
    index('receipts_seller_request_id_idx').on(table.sellerOrganizationId, table.requestId),
  ],
);

export const DISPUTE_STATUSES = ['open', 'refunded', 'rejected', 'withdrawn'] as const;
export const DISPUTE_REASONS = [
  'upstream_error',
  'duplicate',
  'wrong_amount',
  'wrong_answer',
  'unauthorized',
  'other',
] as const;

/** A buyer contests the charge of calls of one service. */
export const disputes = pgTable(
  'disputes',
  {
    id: id(),
    /** The buyer. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    sellerOrganizationId: text('seller_organization_id')
      .notNull()
      .references(() => organizations.id),
    serviceId: text('service_id')
      .notNull()
      .references(() => services.id),
    status: text('status', { enum: DISPUTE_STATUSES }).notNull().default('open'),
    reason: text('reason', { enum: DISPUTE_REASONS }).notNull(),
    description: text('description').notNull().default(''),
    /** What the evidence says: `refund` and `reject` are clear cases. */
    suggestion: text('suggestion', { enum: ['refund', 'reject', 'review'] }).notNull(),
    sellerAnswer: text('seller_answer'),
    sellerAnsweredAt: instant('seller_answered_at'),
    /** The administrator decides after this, whether the seller has answered or not. */
    answerBy: instant('answer_by').notNull(),
    refundedNanos: nanos('refunded_nanos')
      .notNull()
      .default(sql`0`),
    /** User id, or `system:<rule>`. */
    decidedBy: text('decided_by'),
    decision: text('decision'),
    createdByUserId: text('created_by_user_id').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    decidedAt: instant('decided_at'),
  },
  (table) => [
    index('disputes_organization_id_created_at_idx').on(table.organizationId, table.createdAt),
    index('disputes_seller_created_at_idx').on(table.sellerOrganizationId, table.createdAt),
    index('disputes_open_idx')
      .on(table.answerBy)
      .where(sql`${table.status} = 'open'`),
  ],
);

/** One contested call with its evidence as it was then. A call is contested once. */
export const disputeCalls = pgTable(
  'dispute_calls',
  {
    organizationId: text('organization_id').notNull(),
    requestId: text('request_id').notNull(),
    disputeId: text('dispute_id')
      .notNull()
      .references(() => disputes.id),
    chargeNanos: nanos('charge_nanos').notNull(),
    evidence: jsonb('evidence').notNull().$type<Record<string, unknown>>(),
    refundId: text('refund_id'),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.requestId] }),
    index('dispute_calls_dispute_id_idx').on(table.disputeId),
  ],
);

export type Receipt = typeof receipts.$inferSelect;
export type Dispute = typeof disputes.$inferSelect;
export type DisputeCall = typeof disputeCalls.$inferSelect;
