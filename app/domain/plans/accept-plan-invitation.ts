import { eq } from 'drizzle-orm';
import {
  organizations,
  planInvitations,
  plans,
  services,
  type PlanInvitation,
} from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireActor, requireRole, withTransaction, type Context } from '../context.ts';
import { hashInvitationToken } from './invitation-token.ts';

/** What somebody with the link may know before they accept. */
export interface OpenInvitation {
  planId: string;
  planName: string;
  serviceName: string;
  serviceSlug: string;
  sellerName: string;
  expiresAt: Date;
  /** `yours`: the acting organization has accepted it; `own`: it is the seller's. */
  state: 'open' | 'expired' | 'yours' | 'own';
}

/**
 * An invitation by the secret of its link.
 * @throws AppError `not_found` for unknown, revoked and replaced links, and those that others accepted.
 */
export async function getPlanInvitation(ctx: Context, input: { token: string }): Promise<OpenInvitation> {
  return (await findByToken(ctx, input.token)).view;
}

async function findByToken(
  ctx: Context,
  token: string,
): Promise<{ view: OpenInvitation; invitation: PlanInvitation }> {
  const { organizationId } = requireActor(ctx);
  const [row] = await ctx.db
    .select({
      invitation: planInvitations,
      plan: { id: plans.id, name: plans.name, status: plans.status },
      service: { name: services.name, slug: services.slug },
      sellerName: organizations.name,
    })
    .from(planInvitations)
    .innerJoin(plans, eq(plans.id, planInvitations.planId))
    .innerJoin(services, eq(services.id, plans.serviceId))
    .innerJoin(organizations, eq(organizations.id, planInvitations.organizationId))
    .where(eq(planInvitations.tokenHash, hashInvitationToken(token)));
  const invitation = row?.invitation;
  const isTheirs =
    invitation?.status === 'accepted' && invitation.acceptedByOrganizationId === organizationId;
  if (!row || row.plan.status === 'archived' || (row.invitation.status !== 'open' && !isTheirs)) {
    throw new AppError('not_found', 'There is no such invitation, or it is no longer open.');
  }
  const { plan, service, sellerName } = row;
  return {
    invitation: row.invitation,
    view: {
      ...{ planId: plan.id, planName: plan.name, serviceName: service.name, serviceSlug: service.slug },
      sellerName,
      expiresAt: row.invitation.expiresAt,
      state: stateOf(ctx, row.invitation, organizationId),
    },
  };
}

function stateOf(ctx: Context, invitation: PlanInvitation, organizationId: string): OpenInvitation['state'] {
  if (invitation.status === 'accepted') return 'yours';
  if (invitation.organizationId === organizationId) return 'own';
  return invitation.expiresAt.getTime() <= ctx.clock.now() ? 'expired' : 'open';
}

/**
 * Accepts an invitation for the acting organization, which may subscribe to the plan from then on.
 * Doing so twice is no mistake.
 * @throws AppError `not_found`, `conflict` when it has expired or is the organization's own.
 */
export async function acceptPlanInvitation(ctx: Context, input: { token: string }): Promise<OpenInvitation> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin', 'member']);
  return withTransaction(ctx, async (tx) => {
    await tx.db
      .select({ id: planInvitations.id })
      .from(planInvitations)
      .where(eq(planInvitations.tokenHash, hashInvitationToken(input.token)))
      .for('update');
    const { view, invitation } = await findByToken(tx, input.token);
    if (view.state === 'yours') return view;
    if (view.state === 'own')
      throw new AppError('conflict', 'This is an invitation of your own organization.');
    if (view.state === 'expired') {
      throw new AppError('conflict', 'This invitation has expired. Ask the seller to send it again.');
    }
    await tx.db
      .update(planInvitations)
      .set({ status: 'accepted', acceptedByOrganizationId: organizationId, acceptedAt: tx.clock.date() })
      .where(eq(planInvitations.id, invitation.id));
    await appendAuditEvent(tx, {
      organizationId,
      action: 'plan.invitation_accepted',
      subjectId: view.planId,
      after: { invitationId: invitation.id },
    });
    return { ...view, state: 'yours' };
  });
}
