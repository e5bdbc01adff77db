import { and, eq } from 'drizzle-orm';
import { memberships, organizations, sessions } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, type Context } from '../context.ts';
import { switchOrganizationSchema } from './schemas.ts';
import { forgetCachedSessions } from './session-cache.ts';
import { hashSessionToken } from './session-token.ts';

/**
 * Lets the acting user's session act for another organization they belong to.
 * @throws AppError `not_found` when they do not belong to it, or the session is not theirs.
 */
export async function switchOrganization(
  ctx: Context,
  input: { token: string; organizationId: string },
): Promise<void> {
  const actor = requireActor(ctx);
  const { token, organizationId } = parseInput(switchOrganizationSchema, input);
  const [membership] = await ctx.db
    .select({ organizationId: memberships.organizationId })
    .from(memberships)
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .where(
      and(
        eq(memberships.organizationId, organizationId),
        eq(memberships.userId, actor.userId),
        eq(organizations.status, 'active'),
      ),
    );
  if (!membership) throw new AppError('not_found', 'There is no such organization.');
  const tokenHash = hashSessionToken(token);
  const [switched] = await ctx.db
    .update(sessions)
    .set({ organizationId })
    .where(and(eq(sessions.tokenHash, tokenHash), eq(sessions.userId, actor.userId)))
    .returning({ id: sessions.id });
  if (!switched) throw new AppError('not_found', 'There is no such session.');
  await forgetCachedSessions(ctx, [tokenHash]);
}
