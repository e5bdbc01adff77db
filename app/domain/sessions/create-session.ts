import { and, asc, eq, sql } from 'drizzle-orm';
import { memberships, organizations, sessions, users, type Session } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { withTransaction, type Context } from '../context.ts';
import { createSessionSchema } from './schemas.ts';
import { forgetCachedSessions } from './session-cache.ts';
import { ABSOLUTE_LIFETIME_MS, hashSessionToken, newSessionToken } from './session-token.ts';

const MAX_USER_AGENT_CHARS = 256;

/**
 * Logs a browser in as a user who has just proved who they are (`verifyLogin`, `registerUser`,
 * `changePassword`). The browser's former session ends: a token planted before log-in is worthless.
 * @returns the token for the cookie; it exists nowhere else.
 * @throws AppError `forbidden` when the user belongs to no active organization.
 */
export async function createSession(
  ctx: Context,
  input: { userId: string; replacesToken?: string | null; userAgent?: string | null },
): Promise<{ token: string; session: Session }> {
  const { userId, replacesToken, userAgent } = parseInput(createSessionSchema, input);
  const token = newSessionToken();
  const now = ctx.clock.date();
  const formerHash = replacesToken ? hashSessionToken(replacesToken) : null;
  const session = await withTransaction(ctx, async (tx) => {
    const [home] = await tx.db
      .select({ organizationId: memberships.organizationId })
      .from(memberships)
      .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
      .innerJoin(users, eq(users.id, memberships.userId))
      .where(
        and(eq(memberships.userId, userId), eq(organizations.status, 'active'), eq(users.status, 'active')),
      )
      .orderBy(sql`${memberships.role} <> 'owner'`, asc(memberships.createdAt))
      .limit(1);
    if (!home) throw new AppError('forbidden', 'This user belongs to no active organization.');
    if (formerHash) await tx.db.delete(sessions).where(eq(sessions.tokenHash, formerHash));
    const [row] = await tx.db
      .insert(sessions)
      .values({
        id: newId('session'),
        tokenHash: hashSessionToken(token),
        userId,
        organizationId: home.organizationId,
        ipAddress: ctx.ipAddress,
        userAgent: userAgent?.slice(0, MAX_USER_AGENT_CHARS) ?? null,
        createdAt: now,
        lastSeenAt: now,
        expiresAt: new Date(now.getTime() + ABSOLUTE_LIFETIME_MS),
      })
      .returning();
    await tx.db.update(users).set({ lastLoginAt: now }).where(eq(users.id, userId));
    return row!;
  });
  if (formerHash) await forgetCachedSessions(ctx, [formerHash]);
  return { token, session };
}
