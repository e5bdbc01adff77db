import { eq } from 'drizzle-orm';
import { organizations } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { countBudgetWindows } from '../budgets/index.ts';
import { applyRetention } from '../conversations/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { refreshUserSessions } from '../sessions/index.ts';
import { updateOrganizationSchema, type UpdateOrganizationInput } from './schemas.ts';

/** Changes the actor's organization: its name, time zone, memory. Owners and admins only. */
export async function updateOrganization(ctx: Context, input: UpdateOrganizationInput): Promise<void> {
  const { organizationId, userId } = requireRole(ctx, ['admin']);
  const changes = parseInput(updateOrganizationSchema, input);
  if (Object.values(changes).every((value) => value === undefined)) return;
  await withTransaction(ctx, async (tx) => {
    const [before] = await tx.db
      .select({
        name: organizations.name,
        timeZone: organizations.timeZone,
        conversationRetentionDays: organizations.conversationRetentionDays,
      })
      .from(organizations)
      .where(eq(organizations.id, organizationId))
      .for('update');
    if (!before) throw new AppError('not_found', 'There is no such organization.');
    await tx.db.update(organizations).set(changes).where(eq(organizations.id, organizationId));
    if (changes.conversationRetentionDays !== undefined) {
      await applyRetention(tx, organizationId, changes.conversationRetentionDays);
    }
    if (changes.timeZone !== undefined && changes.timeZone !== before.timeZone) {
      // Days begin at another moment from now on; what they have cost stays what it was.
      await countBudgetWindows(tx, organizationId);
    }
    await appendAuditEvent(tx, {
      organizationId,
      action: 'organization.updated',
      subjectId: organizationId,
      before,
      after: changes,
    });
  });
  await refreshUserSessions(ctx, userId);
}
