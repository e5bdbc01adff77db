import { asc, eq } from 'drizzle-orm';
import { conversationMessages, conversations } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { withTransaction, type OrganizationContext } from '../context.ts';
import { toConversationView, type ConversationView } from './conversation-view.ts';
import { requireConversation } from './find-conversation.ts';
import { openParts, sealedFor, sealParts } from './message.ts';
import { forkConversationSchema, type ConversationReference } from './schemas.ts';

/**
 * Copies a conversation of the acting organization, so that it can go on in two ways.
 * @throws AppError `not_found`, `already_exists` (the new id is in use).
 */
export async function forkConversation(
  ctx: OrganizationContext,
  input: ConversationReference & { id?: string | undefined },
): Promise<ConversationView> {
  const { conversation: reference, id: wanted, serviceIds } = parseInput(forkConversationSchema, input);
  return withTransaction(ctx, async (tx) => {
    const source = await requireConversation(tx, reference, serviceIds);
    const { db, keyring } = tx;
    const id = newId('conversation');
    const { title } = toConversationView(keyring, source);
    const messages = await db
      .select()
      .from(conversationMessages)
      .where(eq(conversationMessages.conversationId, source.id))
      .orderBy(asc(conversationMessages.position));
    const [fork] = await db
      .insert(conversations)
      .values({
        id,
        organizationId: source.organizationId,
        externalId: wanted ?? id,
        titleEnvelope: keyring.seal(title, sealedFor(id)),
        serviceId: source.serviceId,
        model: source.model,
        messageCount: messages.length,
        forkedFromId: source.id,
        expiresAt: source.expiresAt,
      })
      .onConflictDoNothing()
      .returning();
    if (!fork) throw new AppError('already_exists', 'There is a conversation with this id already.');
    if (messages.length > 0) {
      await db.insert(conversationMessages).values(
        messages.map((message) => ({
          ...message,
          conversationId: id,
          envelope: sealParts(keyring, id, openParts(keyring, source.id, message.envelope)),
        })),
      );
    }
    return toConversationView(keyring, fork);
  });
}
