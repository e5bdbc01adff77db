import { asc, eq } from 'drizzle-orm';
import { conversationMessages } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import type { OrganizationContext } from '../context.ts';
import { toConversationView, type ConversationView } from './conversation-view.ts';
import { requireConversation } from './find-conversation.ts';
import { openParts, type Message } from './message.ts';
import { conversationReferenceSchema, type ConversationReference } from './schemas.ts';

export interface StoredMessage extends Message {
  position: number;
  /** The call that brought it. */
  requestId: string | null;
  createdAt: Date;
}

export interface ConversationDetail extends ConversationView {
  messages: StoredMessage[];
}

/** A conversation of the acting organization with all its messages. @throws AppError `not_found`. */
export async function getConversation(
  ctx: OrganizationContext,
  input: ConversationReference,
): Promise<ConversationDetail> {
  const { conversation: reference, serviceIds } = parseInput(conversationReferenceSchema, input);
  const conversation = await requireConversation(ctx, reference, serviceIds);
  const rows = await ctx.db
    .select()
    .from(conversationMessages)
    .where(eq(conversationMessages.conversationId, conversation.id))
    .orderBy(asc(conversationMessages.position));
  return {
    ...toConversationView(ctx.keyring, conversation),
    messages: rows.map(({ position, role, envelope, requestId, createdAt }) => ({
      position,
      role,
      parts: openParts(ctx.keyring, conversation.id, envelope),
      requestId,
      createdAt,
    })),
  };
}
