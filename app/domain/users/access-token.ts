/** Access tokens of the management API: what a program logs in for. */
import { and, asc, eq, sql } from 'drizzle-orm';
import { memberships, organizations, users, type Organization } from '../../../db/schema/index.ts';
import type { IssuedToken } from '../../infra/tokens.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context, UserActor } from '../context.ts';

/**
 * A token for a user who has just proved who they are, for the organization that is theirs.
 * @throws AppError `forbidden` when they belong to no active organization.
 */
export async function issueAccessToken(
  ctx: Context,
  input: { userId: string },
): Promise<IssuedToken & { organization: Organization }> {
  const [home] = await ctx.db
    .select({ organization: organizations, passwordHash: users.passwordHash })
    .from(memberships)
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(
      and(
        eq(memberships.userId, input.userId),
        eq(organizations.status, 'active'),
        eq(users.status, 'active'),
      ),
    )
    .orderBy(sql`${memberships.role} <> 'owner'`, asc(memberships.createdAt))
    .limit(1);
  if (!home) throw new AppError('forbidden', 'This user belongs to no active organization.');
  const issued = await ctx.tokens.issue({
    userId: input.userId,
    organizationId: home.organization.id,
    passwordHash: home.passwordHash,
  });
  await ctx.db.update(users).set({ lastLoginAt: ctx.clock.date() }).where(eq(users.id, input.userId));
  return { ...issued, organization: home.organization };
}

/**
 * The actor behind a token. Read from the database every time: a token dies with the password, the
 * membership, or when user or organization are suspended.
 * @throws AppError `unauthenticated`; `password_change_required`.
 */
export async function verifyAccessToken(ctx: Context, input: { token: string }): Promise<UserActor> {
  const invalid = () =>
    new AppError('unauthenticated', 'The access token is not valid or has expired. Log in again.');
  const claims = await ctx.tokens.verify(input.token);
  if (!claims) throw invalid();
  const [row] = await ctx.db
    .select({
      passwordHash: users.passwordHash,
      isPlatformAdmin: users.isPlatformAdmin,
      mustChangePassword: users.mustChangePassword,
      role: memberships.role,
    })
    .from(users)
    .innerJoin(memberships, eq(memberships.userId, users.id))
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .where(
      and(
        eq(users.id, claims.userId),
        eq(users.status, 'active'),
        eq(organizations.id, claims.organizationId),
        eq(organizations.status, 'active'),
      ),
    );
  if (!row || !ctx.tokens.belongsToPassword(claims, row.passwordHash)) throw invalid();
  if (row.mustChangePassword) {
    throw new AppError('password_change_required', 'Change your password in the browser first.');
  }
  return {
    type: 'user',
    userId: claims.userId,
    organizationId: claims.organizationId,
    role: row.role,
    isPlatformAdmin: row.isPlatformAdmin,
  };
}
