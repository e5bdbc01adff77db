import { z } from 'zod';

/** Longest time that conversations are remembered. */
export const MAX_RETENTION_DAYS = 365;

/** What a caller's program calls a conversation. */
export const conversationIdSchema = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\w.:-]+$/, 'invalid');

/** Of a key that was narrowed to services: it finds conversations with these only. */
const serviceIds = z.array(z.string()).optional();

export const conversationReferenceSchema = z.strictObject({
  /** Our id, or the one that the caller's program uses. */
  conversation: conversationIdSchema,
  serviceIds,
});

export const forkConversationSchema = z.strictObject({
  conversation: conversationIdSchema,
  serviceIds,
  /** Of the new conversation; made when absent. */
  id: conversationIdSchema.optional(),
});

export const listConversationsSchema = z.strictObject({
  limit: z.number().int().min(1).max(100).default(25),
  page: z.number().int().min(1).max(10_000).default(1),
  serviceIds,
});

export type ConversationReference = z.input<typeof conversationReferenceSchema>;
export type ListConversationsInput = z.input<typeof listConversationsSchema>;
