import { and, asc, desc, eq, gte } from 'drizzle-orm';
import { conversationMessages } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';
import { findConversation } from './find-conversation.ts';
import { openParts, type Message } from './message.ts';

export interface RecallInput {
  conversation: string;
  maxTokens: number;
  /** The caller goes on with results of the last message's tool calls, so it has to come along. */
  needsLastTurn: boolean;
  /** Of a key that was narrowed to services: no other service gets to know what was said to them. */
  serviceIds?: readonly string[] | undefined;
}

/**
 * The latest turns of a conversation that fit into the budget, oldest first; none when it is new. A
 * turn begins with a message of the user's, so a tool call is never parted from its result.
 * @throws AppError `key_not_allowed` for a conversation with a service that the key is not for.
 */
export async function recallMessages(ctx: OrganizationContext, input: RecallInput): Promise<Message[]> {
  const organizationId = requireOrganization(ctx);
  const conversation = await findConversation(ctx, input.conversation);
  if (!conversation) return [];
  if (input.serviceIds && !input.serviceIds.includes(conversation.serviceId ?? '')) {
    throw new AppError('key_not_allowed', 'This conversation is with a service that this key is not for.');
  }
  const own = and(
    eq(conversationMessages.conversationId, conversation.id),
    eq(conversationMessages.organizationId, organizationId),
  );
  const sizes = await ctx.db
    .select({
      position: conversationMessages.position,
      role: conversationMessages.role,
      tokens: conversationMessages.tokens,
    })
    .from(conversationMessages)
    .where(own)
    .orderBy(desc(conversationMessages.position));
  const from = firstPosition(sizes, input);
  if (from === null) return [];
  const rows = await ctx.db
    .select({ role: conversationMessages.role, envelope: conversationMessages.envelope })
    .from(conversationMessages)
    .where(and(own, gte(conversationMessages.position, from)))
    .orderBy(asc(conversationMessages.position));
  return rows.map(({ role, envelope }) => ({
    role,
    parts: openParts(ctx.keyring, conversation.id, envelope),
  }));
}

/** @param sizes newest first. */
function firstPosition(
  sizes: readonly { position: number; role: Message['role']; tokens: number }[],
  { maxTokens, needsLastTurn }: RecallInput,
): number | null {
  let first: number | null = null;
  let total = 0;
  for (const { position, role, tokens } of sizes) {
    total += tokens;
    if (total > maxTokens && (first !== null || !needsLastTurn)) break;
    if (role === 'user') first = position;
  }
  return first;
}
