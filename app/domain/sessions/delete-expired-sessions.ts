import { lte, or } from 'drizzle-orm';
import { sessions } from '../../../db/schema/index.ts';
import { requireSystem, type Context } from '../context.ts';
import { IDLE_LIFETIME_MS } from './session-token.ts';

/** Removes sessions that no longer count. @returns how many. */
export async function deleteExpiredSessions(ctx: Context): Promise<number> {
  requireSystem(ctx);
  const now = ctx.clock.now();
  const removed = await ctx.db
    .delete(sessions)
    .where(
      or(lte(sessions.expiresAt, new Date(now)), lte(sessions.lastSeenAt, new Date(now - IDLE_LIFETIME_MS))),
    )
    .returning({ id: sessions.id });
  return removed.length;
}
