import { and, eq } from 'drizzle-orm';
import { users } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { moderateUserSchema, type ModerateUserInput } from './schemas.ts';
import { setSoleOwnedOrganizationsStatus } from './sole-owned-organizations.ts';

/**
 * Lets a suspended user back in, with the organizations that only they own. For administrators.
 * @throws AppError `not_found` for nobody or a user who is not suspended.
 */
export async function reinstateUser(ctx: Context, input: ModerateUserInput): Promise<void> {
  requirePlatformAdmin(ctx);
  const { userId, reason } = parseInput(moderateUserSchema, input);
  await withTransaction(ctx, async (tx) => {
    const [reinstated] = await tx.db
      .update(users)
      .set({ status: 'active' })
      .where(and(eq(users.id, userId), eq(users.status, 'suspended')))
      .returning({ id: users.id });
    if (!reinstated) throw new AppError('not_found', 'There is no such suspended user.');
    const organizationIds = await setSoleOwnedOrganizationsStatus(tx, userId, 'active');
    await appendAuditEvent(tx, {
      organizationId: null,
      action: 'user.reinstated',
      subjectId: userId,
      before: { status: 'suspended' },
      after: { status: 'active', reason: reason ?? null, organizationIds },
    });
  });
}
