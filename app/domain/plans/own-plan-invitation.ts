import { and, eq } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import { planInvitations, type PlanInvitation } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';

/** An invitation of this seller, locked. @throws AppError `not_found` */
export async function lockOwnInvitation(
  db: Db,
  organizationId: string,
  invitationId: string,
): Promise<PlanInvitation> {
  const [invitation] = await db
    .select()
    .from(planInvitations)
    .where(and(eq(planInvitations.id, invitationId), eq(planInvitations.organizationId, organizationId)))
    .for('update');
  if (!invitation) throw new AppError('not_found', 'There is no such invitation.');
  return invitation;
}
