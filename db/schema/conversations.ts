import { index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { bytea, createdAt, id, instant, updatedAt } from '../columns.ts';
import { organizations } from './organizations.ts';

/** A remembered conversation of a buyer's; off unless the organization sets a retention. */
export const conversations = pgTable(
  'conversations',
  {
    id: id(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    /** The id that the caller's program uses. */
    externalId: text('external_id').notNull(),
    /** First words of the first message; AAD `conversation:<id>`. */
    titleEnvelope: text('title_envelope'),
    serviceId: text('service_id'),
    model: text('model'),
    messageCount: integer('message_count').notNull().default(0),
    /** When forked: from where. */
    forkedFromId: text('forked_from_id'),
    expiresAt: instant('expires_at').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('conversations_organization_id_external_id_key').on(table.organizationId, table.externalId),
    index('conversations_organization_id_updated_at_idx').on(table.organizationId, table.updatedAt),
    index('conversations_expires_at_idx').on(table.expiresAt),
  ],
);

export const conversationMessages = pgTable(
  'conversation_messages',
  {
    conversationId: text('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    position: integer('position').notNull(),
    role: text('role', { enum: ['user', 'assistant', 'tool'] }).notNull(),
    /** The neutral message as JSON, sealed; AAD `conversation:<conversation id>`. */
    envelope: text('envelope').notNull(),
    /** Estimate, for the token budget. */
    tokens: integer('tokens').notNull(),
    requestId: text('request_id'),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.conversationId, table.position] }),
    index('conversation_messages_organization_id_idx').on(table.organizationId),
  ],
);

/** The stored answer of a billed POST, by `Idempotency-Key`. */
export const idempotentAnswers = pgTable(
  'idempotent_answers',
  {
    /** The buyer. */
    organizationId: text('organization_id').notNull(),
    keyId: text('key_id').notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    /** SHA-256 of method, door, path, query and body. */
    fingerprint: bytea('fingerprint').notNull(),
    requestId: text('request_id').notNull(),
    state: text('state', { enum: ['running', 'done'] }).notNull(),
    statusCode: integer('status_code'),
    headers: jsonb('headers').$type<string[]>(),
    /** Sealed; AAD `idempotency:<request id>`. */
    bodyEnvelope: text('body_envelope'),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.keyId, table.idempotencyKey] }),
    index('idempotent_answers_expires_at_idx').on(table.expiresAt),
  ],
);

export type Conversation = typeof conversations.$inferSelect;
export type ConversationMessage = typeof conversationMessages.$inferSelect;
