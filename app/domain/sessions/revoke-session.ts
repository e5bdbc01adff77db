import { and, eq } from 'drizzle-orm';
import { sessions } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, type Context } from '../context.ts';
import { revokeSessionSchema } from './schemas.ts';
import { forgetCachedSessions } from './session-cache.ts';
import { hashSessionToken } from './session-token.ts';

/**
 * Ends one session: the one whose token the caller holds (log-out; never fails), or one of the
 * acting user's own by its public id.
 * @throws AppError `not_found` for an id that is not among the user's sessions.
 */
export async function revokeSession(
  ctx: Context,
  input: { token: string } | { sessionId: string },
): Promise<void> {
  const parsed = parseInput(revokeSessionSchema, input);
  if ('token' in parsed) {
    const tokenHash = hashSessionToken(parsed.token);
    await ctx.db.delete(sessions).where(eq(sessions.tokenHash, tokenHash));
    await forgetCachedSessions(ctx, [tokenHash]);
    return;
  }
  const actor = requireActor(ctx);
  const [ended] = await ctx.db
    .delete(sessions)
    .where(and(eq(sessions.id, parsed.sessionId), eq(sessions.userId, actor.userId)))
    .returning({ tokenHash: sessions.tokenHash });
  if (!ended) throw new AppError('not_found', 'There is no such session.');
  await forgetCachedSessions(ctx, [ended.tokenHash]);
}
