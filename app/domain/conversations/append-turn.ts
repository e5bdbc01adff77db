import { and, eq, sql } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import { conversationMessages, conversations, organizations } from '../../../db/schema/index.ts';
import { newId } from '../../lib/ids.ts';
import { requireOrganization, withTransaction, type OrganizationContext } from '../context.ts';
import { estimateTokens, sealedFor, sealParts, textOf, type Message } from './message.ts';

const DAY_MS = 86_400_000;
const TITLE_CHARS = 80;
/** What is kept of one conversation, so that it can be read as a whole; sealed bytes. */
const MAX_MESSAGES = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;

export interface TurnInput {
  /** The id that the caller's program uses. */
  conversation: string;
  messages: readonly Message[];
  serviceId: string | null;
  model: string | null;
  requestId: string;
}

/**
 * Adds a turn to a conversation of the acting organization, and makes the conversation when it is the
 * first. Turns that end at the same time get positions one after the other; the oldest turns go when
 * there are too many. Nothing is kept when the organization has turned memory off meanwhile.
 */
export async function appendTurn(ctx: OrganizationContext, input: TurnInput): Promise<void> {
  const organizationId = requireOrganization(ctx);
  const { serviceId, model, requestId } = input;
  const messages = input.messages.slice(-MAX_MESSAGES);
  if (messages.length === 0) return;
  const now = ctx.clock.date();
  await withTransaction(ctx, async ({ db, keyring }) => {
    const retentionDays = await retentionOf(db, organizationId);
    if (retentionDays === null) return;
    const expiresAt = new Date(now.getTime() + retentionDays * DAY_MS);
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
    const start = isOver ? 0 : await nextPosition(db, id);
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
    await forgetOldest(db, id, start);
    const title = start === 0 ? textOf(messages[0]?.parts ?? []).slice(0, TITLE_CHARS) : null;
    await db
      .update(conversations)
      .set({
        messageCount: sql`(select count(*) from ${conversationMessages} where ${conversationMessages.conversationId} = ${id})`,
        ...(title !== null && { titleEnvelope: keyring.seal(title, sealedFor(id)) }),
        serviceId,
        model,
        expiresAt,
        updatedAt: sql`now()`,
      })
      .where(eq(conversations.id, id));
  });
}

/** Held until the turn is written: who turns memory off then finds it and forgets it too. */
async function retentionOf(db: Db, organizationId: string): Promise<number | null> {
  const [organization] = await db
    .select({ days: organizations.conversationRetentionDays })
    .from(organizations)
    .where(eq(organizations.id, organizationId))
    .for('share');
  return organization?.days ?? null;
}

async function nextPosition(db: Db, conversationId: string): Promise<number> {
  const [last] = await db
    .select({ position: sql<number | null>`max(${conversationMessages.position})` })
    .from(conversationMessages)
    .where(eq(conversationMessages.conversationId, conversationId));
  return (last?.position ?? -1) + 1;
}

/** Keeps the latest turns that fit, and the last one in any case; a turn begins with the user. */
async function forgetOldest(db: Db, conversationId: string, lastTurn: number): Promise<void> {
  await db.execute(sql`
    with sized as (
      select position, role,
        sum(pg_column_size(envelope)) over latest_first as bytes,
        row_number() over latest_first as nth
      from conversation_messages where conversation_id = ${conversationId}
      window latest_first as (order by position desc)
    )
    delete from conversation_messages
    where conversation_id = ${conversationId} and position < (
      select least(${lastTurn}::int, min(position))
      from sized where role = 'user' and bytes <= ${MAX_BYTES} and nth <= ${MAX_MESSAGES}
    )`);
}
