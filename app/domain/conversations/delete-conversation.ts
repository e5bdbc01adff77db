import { and, eq } from 'drizzle-orm';
import { conversations } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import type { OrganizationContext } from '../context.ts';
import { requireConversation } from './find-conversation.ts';
import { conversationReferenceSchema, type ConversationReference } from './schemas.ts';

/** Forgets a conversation of the acting organization for good. @throws AppError `not_found`. */
export async function deleteConversation(
  ctx: OrganizationContext,
  input: ConversationReference,
): Promise<{ id: string; externalId: string }> {
  const { conversation: reference, serviceIds } = parseInput(conversationReferenceSchema, input);
  const { id, externalId, organizationId } = await requireConversation(ctx, reference, serviceIds);
  await ctx.db
    .delete(conversations)
    .where(and(eq(conversations.id, id), eq(conversations.organizationId, organizationId)));
  return { id, externalId };
}
