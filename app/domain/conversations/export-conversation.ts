import type { OrganizationContext } from '../context.ts';
import type { ConversationView } from './conversation-view.ts';
import { getConversation } from './get-conversation.ts';
import type { ConversationReference } from './schemas.ts';

/** A conversation as programs get it. */
export function describeConversation(conversation: ConversationView) {
  return {
    id: conversation.externalId,
    object: 'conversation',
    conversation_id: conversation.id,
    title: conversation.title,
    model: conversation.model,
    message_count: conversation.messageCount,
    forked_from: conversation.forkedFromId,
    created_at: conversation.createdAt,
    updated_at: conversation.updatedAt,
    expires_at: conversation.expiresAt,
  };
}

/** The whole conversation for programs and files. @throws AppError `not_found`. */
export async function exportConversation(ctx: OrganizationContext, input: ConversationReference) {
  const conversation = await getConversation(ctx, input);
  return {
    ...describeConversation(conversation),
    messages: conversation.messages.map(({ role, parts, requestId, createdAt }) => ({
      role,
      parts,
      request_id: requestId,
      created_at: createdAt,
    })),
  };
}
