import { and, count, eq, gt, sql } from 'drizzle-orm';
import { planInvitations, type PlanInvitation } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { INVITATION_DAYS, newInvitationToken } from './invitation-token.ts';
import { lockOwnPlan } from './lock-own-plan.ts';
import { mailPlanInvitation, type WriteInvitation } from './mail-plan-invitation.ts';
import { planInvitationSchema, type PlanInvitationInput } from './schemas.ts';

/** Mails that a seller may make us send to addresses of their choice, a day. */
const MAX_INVITATIONS_PER_DAY = 100;

export type InvitationView = Omit<PlanInvitation, 'tokenHash'>;

/**
 * Invites somebody by mail to subscribe to a private plan. Whoever opens the link can accept it, once,
 * for an organization of theirs; it lasts 14 days.
 * @throws AppError `not_found`, `conflict` for a public or archived plan, `already_exists` for an address
 *   that has an open invitation, `rate_limited`.
 */
export async function createPlanInvitation(
  ctx: Context,
  { write, ...input }: PlanInvitationInput & { write: WriteInvitation },
): Promise<InvitationView> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const { planId, email } = parseInput(planInvitationSchema, input);
  return withTransaction(ctx, async (tx) => {
    const { plan, service } = await lockOwnPlan(tx.db, actor.organizationId, planId);
    if (plan.status === 'archived' || plan.visibility === 'public') {
      throw new AppError('conflict', 'Invitations are for private plans that are not archived.');
    }
    const own = eq(planInvitations.organizationId, actor.organizationId);
    const [open] = await tx.db
      .select({ id: planInvitations.id })
      .from(planInvitations)
      .where(
        and(
          own,
          eq(planInvitations.planId, planId),
          eq(planInvitations.email, email),
          eq(planInvitations.status, 'open'),
          gt(planInvitations.expiresAt, tx.clock.date()),
        ),
      );
    if (open) {
      throw new AppError(
        'already_exists',
        'This address has an open invitation to the plan; send that again.',
        {
          issues: [{ field: 'email', reason: 'taken' }],
        },
      );
    }
    const [recent] = await tx.db
      .select({ sent: count() })
      .from(planInvitations)
      .where(and(own, gt(planInvitations.createdAt, sql`now() - interval '1 day'`)));
    if ((recent?.sent ?? 0) >= MAX_INVITATIONS_PER_DAY) {
      throw new AppError('rate_limited', 'At most 100 invitations a day. Go on tomorrow.', {
        retryAfterSeconds: 3_600,
      });
    }
    const { token, tokenHash } = newInvitationToken();
    const [created] = await tx.db
      .insert(planInvitations)
      .values({
        id: newId('planInvitation'),
        organizationId: actor.organizationId,
        ...{ planId, email, tokenHash },
        expiresAt: new Date(tx.clock.now() + INVITATION_DAYS * 86_400_000),
      })
      .returning();
    await mailPlanInvitation(tx, actor, { email, token, plan, service, write });
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'plan.invitation_created',
      subjectId: planId,
      after: { invitationId: created!.id, email },
    });
    const { tokenHash: _hash, ...view } = created!;
    return view;
  });
}
