import { and, eq, sql } from 'drizzle-orm';
import { conversationMessages, conversations } from '../../../db/schema/index.ts';
import { newId } from '../../lib/ids.ts';
import { requireOrganization, withTransaction, type OrganizationContext } from '../context.ts';
import { estimateTokens, sealedFor, sealParts, textOf, type Message } from './message.ts';

const DAY_MS = 86_400_000;
const TITLE_CHARS = 80;

export interface TurnInput {
  /** The id that the caller's program uses. */
  conversation: string;
  messages: readonly Message[];
  serviceId: string | null;
  model: string | null;
  requestId: string;
  retentionDays: number;
}

/**
 * Adds a turn to a conversation of the acting organization, and makes the conversation when it is the
 * first. Turns that end at the same time get positions one after the other.
 */
export async function appendTurn(ctx: OrganizationContext, input: TurnInput): Promise<void> {
  const organizationId = requireOrganization(ctx);
  const { messages, serviceId, model, requestId } = input;
  if (messages.length === 0) return;
  const now = ctx.clock.date();
  const expiresAt = new Date(now.getTime() + input.retentionDays * DAY_MS);
  await withTransaction(ctx, async ({ db, keyring }) => {
    await db
      .insert(conversations)
      .values({
        id: newId('conversation'),
        organizationId,
        externalId: input.conversation,
        expiresAt,
      })
      .onConflictDoNothing();
    // An expired one that the worker has not removed yet is begun anew.
    const [conversation] = await db
      .select()
      .from(conversations)
      .where(
        and(
          eq(conversations.organizationId, organizationId),
          eq(conversations.externalId, input.conversation),
        ),
      )
      .for('update');
    if (!conversation) throw new Error('the conversation was not written');
    const { id } = conversation;
    const isOver = conversation.expiresAt <= now;
    if (isOver) await db.delete(conversationMessages).where(eq(conversationMessages.conversationId, id));
    const start = isOver ? 0 : conversation.messageCount;
    await db.insert(conversationMessages).values(
      messages.map(({ role, parts }, index) => ({
        conversationId: id,
        organizationId,
        position: start + index,
        role,
        envelope: sealParts(keyring, id, parts),
        tokens: estimateTokens(parts),
        requestId,
      })),
    );
    const title = start === 0 ? textOf(messages[0]?.parts ?? []).slice(0, TITLE_CHARS) : null;
    await db
      .update(conversations)
      .set({
        messageCount: start + messages.length,
        ...(title !== null && { titleEnvelope: keyring.seal(title, sealedFor(id)) }),
        serviceId,
        model,
        expiresAt,
        updatedAt: sql`now()`,
      })
      .where(eq(conversations.id, id));
  });
}
