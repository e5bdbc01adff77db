/**
 * Read-through cache in front of the sessions table. Entries live less than a second and are deleted
 * on revocation, so a dead session is dead in every process within a second, notified or not.
 */
import { eq } from 'drizzle-orm';
import { sessions, type MemberRole } from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';

/** A living session: who acts, for which organization, and where else they could act. */
export interface SessionView {
  id: string;
  /** The end that no activity moves. */
  expiresAt: Date;
  user: {
    id: string;
    username: string;
    displayName: string;
    email: string | null;
    locale: string;
    timeZone: string;
    theme: 'system' | 'light' | 'dark';
    isPlatformAdmin: boolean;
    mustChangePassword: boolean;
  };
  organization: { id: string; name: string; slug: string; timeZone: string; isSeller: boolean };
  role: MemberRole;
  organizations: { id: string; name: string; role: MemberRole }[];
}

/** Less than the second in which a session must be dead everywhere. */
const TTL_MS = 800;

const cacheKey = (tokenHash: Buffer) => `session:${tokenHash.toString('hex')}`;

export async function readCachedSession(ctx: Context, tokenHash: Buffer): Promise<SessionView | null> {
  const cached = await ctx.store.cache.get(cacheKey(tokenHash));
  if (!cached) return null;
  const view = JSON.parse(cached) as Omit<SessionView, 'expiresAt'> & { expiresAt: string };
  return { ...view, expiresAt: new Date(view.expiresAt) };
}

export async function cacheSession(ctx: Context, tokenHash: Buffer, view: SessionView): Promise<void> {
  await ctx.store.cache.set(cacheKey(tokenHash), JSON.stringify(view), TTL_MS);
}

/** After the transaction that changed or ended these sessions, never inside it. */
export async function forgetCachedSessions(ctx: Context, tokenHashes: Buffer[]): Promise<void> {
  await Promise.all(tokenHashes.map((tokenHash) => ctx.store.cache.delete(cacheKey(tokenHash))));
}

/** Makes a change of the user or their organization show on their next page. */
export async function refreshUserSessions(ctx: Context, userId: string): Promise<void> {
  const rows = await ctx.db
    .select({ tokenHash: sessions.tokenHash })
    .from(sessions)
    .where(eq(sessions.userId, userId));
  await forgetCachedSessions(
    ctx,
    rows.map((row) => row.tokenHash),
  );
}
