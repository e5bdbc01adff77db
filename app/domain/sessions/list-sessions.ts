import { and, desc, eq, gt } from 'drizzle-orm';
import { sessions } from '../../../db/schema/index.ts';
import { requireActor, type Context } from '../context.ts';
import { IDLE_LIFETIME_MS } from './session-token.ts';

export interface ListedSession {
  id: string;
  ipAddress: string | null;
  userAgent: string | null;
  createdAt: Date;
  lastSeenAt: Date;
}

const MAX_LISTED = 100;

/** The acting user's living sessions, the most recently used first. */
export async function listSessions(ctx: Context): Promise<ListedSession[]> {
  const actor = requireActor(ctx);
  const now = ctx.clock.now();
  return ctx.db
    .select({
      id: sessions.id,
      ipAddress: sessions.ipAddress,
      userAgent: sessions.userAgent,
      createdAt: sessions.createdAt,
      lastSeenAt: sessions.lastSeenAt,
    })
    .from(sessions)
    .where(
      and(
        eq(sessions.userId, actor.userId),
        gt(sessions.expiresAt, new Date(now)),
        gt(sessions.lastSeenAt, new Date(now - IDLE_LIFETIME_MS)),
      ),
    )
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.id))
    .limit(MAX_LISTED);
}
