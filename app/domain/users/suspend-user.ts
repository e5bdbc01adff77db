import { and, eq } from 'drizzle-orm';
import { users } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { deleteUserSessions, forgetCachedSessions } from '../sessions/index.ts';
import { moderateUserSchema, type ModerateUserInput } from './schemas.ts';
import { setSoleOwnedOrganizationsStatus } from './sole-owned-organizations.ts';

/**
 * Locks a user out: sessions and access tokens end at once, and the organizations that only they
 * own stop buying and selling. For platform administrators.
 * @throws AppError `conflict` for oneself, `not_found` for nobody or a user suspended already.
 */
export async function suspendUser(ctx: Context, input: ModerateUserInput): Promise<void> {
  const actor = requirePlatformAdmin(ctx);
  const { userId, reason } = parseInput(moderateUserSchema, input);
  if (userId === actor.userId) throw new AppError('conflict', 'You cannot suspend yourself.');
  const ended = await withTransaction(ctx, async (tx) => {
    const [suspended] = await tx.db
      .update(users)
      .set({ status: 'suspended' })
      .where(and(eq(users.id, userId), eq(users.status, 'active')))
      .returning({ id: users.id });
    if (!suspended) throw new AppError('not_found', 'There is no such active user.');
    const organizationIds = await setSoleOwnedOrganizationsStatus(tx, userId, 'suspended');
    await appendAuditEvent(tx, {
      organizationId: null,
      action: 'user.suspended',
      subjectId: userId,
      before: { status: 'active' },
      after: { status: 'suspended', reason: reason ?? null, organizationIds },
    });
    return deleteUserSessions(tx, { userId });
  });
  await forgetCachedSessions(ctx, ended);
}
