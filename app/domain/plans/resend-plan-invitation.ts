import { and, eq } from 'drizzle-orm';
import { planInvitations } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { INVITATION_DAYS, newInvitationToken } from './invitation-token.ts';
import { lockOwnPlan } from './lock-own-plan.ts';
import { mailPlanInvitation, type WriteInvitation } from './mail-plan-invitation.ts';
import { lockOwnInvitation } from './own-plan-invitation.ts';

const LIFETIME_MS = INVITATION_DAYS * 86_400_000;
const PAUSE_MS = 60_000;

/**
 * Sends an invitation again, with a new link for another 14 days; the old link dies.
 * @throws AppError `not_found`, `conflict` unless it is open, `rate_limited` within a minute.
 */
export async function resendPlanInvitation(
  ctx: Context,
  input: { invitationId: string; write: WriteInvitation },
): Promise<void> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const { organizationId } = actor;
  await withTransaction(ctx, async (tx) => {
    const invitation = await lockOwnInvitation(tx.db, organizationId, input.invitationId);
    const { plan, service } = await lockOwnPlan(tx.db, organizationId, invitation.planId);
    if (invitation.status !== 'open' || plan.status === 'archived') {
      throw new AppError('conflict', 'Only open invitations can be sent again.');
    }
    const now = tx.clock.now();
    const sentAt = invitation.expiresAt.getTime() - LIFETIME_MS;
    if (now - sentAt < PAUSE_MS) {
      throw new AppError('rate_limited', 'This invitation was sent a moment ago. Wait a minute.', {
        retryAfterSeconds: 60,
      });
    }
    const { token, tokenHash } = newInvitationToken();
    await tx.db
      .update(planInvitations)
      .set({ tokenHash, expiresAt: new Date(now + LIFETIME_MS) })
      .where(and(eq(planInvitations.id, invitation.id), eq(planInvitations.organizationId, organizationId)));
    await mailPlanInvitation(tx, actor, {
      email: invitation.email,
      token,
      plan,
      service,
      write: input.write,
    });
    await appendAuditEvent(tx, {
      organizationId,
      action: 'plan.invitation_resent',
      subjectId: plan.id,
      after: { invitationId: invitation.id },
    });
  });
}
