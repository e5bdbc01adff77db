import { lte } from 'drizzle-orm';
import { conversations } from '../../../db/schema/index.ts';
import { requireSystem, type Context } from '../context.ts';

/** Removes conversations whose time is over; nobody sees them any more. @returns how many. */
export async function deleteExpiredConversations(ctx: Context): Promise<number> {
  requireSystem(ctx);
  const removed = await ctx.db
    .delete(conversations)
    .where(lte(conversations.expiresAt, ctx.clock.date()))
    .returning({ id: conversations.id });
  return removed.length;
}
