import { and, desc, eq } from 'drizzle-orm';
import { organizations, planInvitations } from '../../../db/schema/index.ts';
import { requireActor, type Context } from '../context.ts';
import type { InvitationView } from './create-plan-invitation.ts';
import { getOwnPlan } from './get-own-plan.ts';

const MAX_SHOWN = 500;

/** The invitations to a plan of the acting organization, latest first, and who accepted them. */
export async function listPlanInvitations(
  ctx: Context,
  input: { planId: string },
): Promise<(InvitationView & { acceptedBy: string | null })[]> {
  const { organizationId } = requireActor(ctx);
  const { id } = await getOwnPlan(ctx, input);
  const rows = await ctx.db
    .select({ invitation: planInvitations, acceptedBy: organizations.name })
    .from(planInvitations)
    .leftJoin(organizations, eq(organizations.id, planInvitations.acceptedByOrganizationId))
    .where(and(eq(planInvitations.planId, id), eq(planInvitations.organizationId, organizationId)))
    .orderBy(desc(planInvitations.createdAt), desc(planInvitations.id))
    .limit(MAX_SHOWN);
  return rows.map(({ invitation: { tokenHash: _hash, ...view }, acceptedBy }) => ({ ...view, acceptedBy }));
}
