import { and, eq } from 'drizzle-orm';
import { planInvitations } from '../../../db/schema/index.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockOwnInvitation } from './own-plan-invitation.ts';

/** Ends an invitation: the link dies, and who accepted it can no longer subscribe. Subscriptions stay. */
export async function revokePlanInvitation(ctx: Context, input: { invitationId: string }): Promise<void> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  await withTransaction(ctx, async (tx) => {
    const invitation = await lockOwnInvitation(tx.db, organizationId, input.invitationId);
    if (invitation.status === 'revoked') return;
    await tx.db
      .update(planInvitations)
      .set({ status: 'revoked' })
      .where(and(eq(planInvitations.id, invitation.id), eq(planInvitations.organizationId, organizationId)));
    await appendAuditEvent(tx, {
      organizationId,
      action: 'plan.invitation_revoked',
      subjectId: invitation.planId,
      before: { status: invitation.status },
      after: { invitationId: invitation.id, status: 'revoked' },
    });
  });
}
