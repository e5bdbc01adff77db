import { and, eq, ne } from 'drizzle-orm';
import { sessions } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, type Context } from '../context.ts';
import { revokeUserSessionsSchema } from './schemas.ts';
import { forgetCachedSessions } from './session-cache.ts';

/**
 * Ends all sessions of a user, except one if told so. For the user, administrators and jobs.
 * Inside a transaction use `deleteUserSessions` and forget the cached ones after the commit.
 * @returns how many ended.
 */
export async function revokeUserSessions(
  ctx: Context,
  input: { userId: string; exceptSessionId?: string },
): Promise<number> {
  const tokenHashes = await deleteUserSessions(ctx, input);
  await forgetCachedSessions(ctx, tokenHashes);
  return tokenHashes.length;
}

/** The part of `revokeUserSessions` that belongs into a transaction. */
export async function deleteUserSessions(
  ctx: Context,
  input: { userId: string; exceptSessionId?: string },
): Promise<Buffer[]> {
  if (ctx.actor.type !== 'system') {
    const actor = requireActor(ctx);
    if (actor.userId !== input.userId && !actor.isPlatformAdmin) {
      throw new AppError('forbidden', 'These are sessions of another user.');
    }
  }
  const { userId, exceptSessionId } = parseInput(revokeUserSessionsSchema, input);
  const ended = await ctx.db
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), exceptSessionId ? ne(sessions.id, exceptSessionId) : undefined))
    .returning({ tokenHash: sessions.tokenHash });
  return ended.map((row) => row.tokenHash);
}
