import { and, eq, gt, lt } from 'drizzle-orm';
import { memberships, organizations, sessions, users } from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';
import { sessionTokenSchema } from './schemas.ts';
import { cacheSession, readCachedSession, type SessionView } from './session-cache.ts';
import { hashSessionToken, IDLE_LIFETIME_MS } from './session-token.ts';

/** `lastSeenAt` is written at most this often. */
const TOUCH_INTERVAL_MS = 60_000;

/**
 * The living session of a cookie, or null: unknown, ended, idle for a week, the user suspended, or
 * the user no longer a member of the organization the session acts for.
 */
export async function findSession(ctx: Context, input: { token: string }): Promise<SessionView | null> {
  if (!sessionTokenSchema.safeParse(input.token).success) return null;
  const tokenHash = hashSessionToken(input.token);
  const now = ctx.clock.now();
  const cached = await readCachedSession(ctx, tokenHash);
  if (cached) return cached.expiresAt.getTime() > now ? cached : null;

  const loaded = await loadSession(ctx, tokenHash, now);
  if (!loaded) return null;
  await cacheSession(ctx, tokenHash, loaded.view);
  if (now - loaded.lastSeenAt.getTime() > TOUCH_INTERVAL_MS) {
    const before = new Date(now - TOUCH_INTERVAL_MS);
    await ctx.db
      .update(sessions)
      .set({ lastSeenAt: new Date(now) })
      .where(and(eq(sessions.tokenHash, tokenHash), lt(sessions.lastSeenAt, before)));
  }
  return loaded.view;
}

/** One query: the session, its user, and every membership of that user. */
async function loadSession(
  ctx: Context,
  tokenHash: Buffer,
  now: number,
): Promise<{ view: SessionView; lastSeenAt: Date } | null> {
  const rows = await ctx.db
    .select({
      session: {
        id: sessions.id,
        organizationId: sessions.organizationId,
        expiresAt: sessions.expiresAt,
        lastSeenAt: sessions.lastSeenAt,
      },
      user: {
        id: users.id,
        username: users.username,
        displayName: users.displayName,
        email: users.email,
        locale: users.locale,
        timeZone: users.timeZone,
        theme: users.theme,
        isPlatformAdmin: users.isPlatformAdmin,
        mustChangePassword: users.mustChangePassword,
      },
      organization: {
        id: organizations.id,
        name: organizations.name,
        slug: organizations.slug,
        timeZone: organizations.timeZone,
        sellingEnabledAt: organizations.sellingEnabledAt,
      },
      role: memberships.role,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .innerJoin(memberships, eq(memberships.userId, users.id))
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .where(
      and(
        eq(sessions.tokenHash, tokenHash),
        gt(sessions.expiresAt, new Date(now)),
        gt(sessions.lastSeenAt, new Date(now - IDLE_LIFETIME_MS)),
        eq(users.status, 'active'),
        eq(organizations.status, 'active'),
      ),
    )
    .orderBy(organizations.name);
  const current = rows.find((row) => row.organization.id === row.session.organizationId);
  if (!current) return null;
  const { sellingEnabledAt, ...organization } = current.organization;
  return {
    lastSeenAt: current.session.lastSeenAt,
    view: {
      id: current.session.id,
      expiresAt: current.session.expiresAt,
      user: current.user,
      organization: { ...organization, isSeller: sellingEnabledAt !== null },
      role: current.role,
      organizations: rows.map((row) => ({
        id: row.organization.id,
        name: row.organization.name,
        role: row.role,
      })),
    },
  };
}
