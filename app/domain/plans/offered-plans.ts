/** Which plans there are for whom: private ones exist for those whom the seller invited, and for the seller. */
import { and, eq, inArray, or, sql, type SQL } from 'drizzle-orm';
import { planInvitations, plans } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context } from '../context.ts';
import { findPlansWithPrices, type PlanWithPrice } from './plan-with-price.ts';

/** The plan is public, the acting organization's own, or it accepted an invitation to it. */
export function isOfferedTo(ctx: Context): SQL | undefined {
  const isPublic = eq(plans.visibility, 'public');
  if (ctx.actor.type === 'system') return undefined;
  if (ctx.actor.type === 'anonymous') return isPublic;
  const { organizationId } = ctx.actor;
  const invited = sql`exists (
    select 1 from ${planInvitations} where ${planInvitations.planId} = ${plans.id}
      and ${planInvitations.status} = 'accepted'
      and ${planInvitations.acceptedByOrganizationId} = ${organizationId})`;
  return or(isPublic, eq(plans.organizationId, organizationId), invited);
}

/** Active plans of these services that the actor may subscribe to, with their prices. */
export function findOfferedPlans(ctx: Context, serviceIds: string[]): Promise<PlanWithPrice[]> {
  if (serviceIds.length === 0) return Promise.resolve([]);
  return findPlansWithPrices(
    ctx.db,
    and(inArray(plans.serviceId, serviceIds), eq(plans.status, 'active'), isOfferedTo(ctx)),
  );
}

/**
 * The plan, for an order or a change of plan; its row stays locked against archiving until the caller's
 * transaction ends.
 * @throws AppError `not_found` for archived plans and for private ones of others.
 */
export async function requireSubscribablePlan(
  ctx: Context,
  input: { planId: string },
): Promise<PlanWithPrice> {
  const offered = and(eq(plans.id, input.planId), eq(plans.status, 'active'), isOfferedTo(ctx));
  const [locked] = await ctx.db.select({ id: plans.id }).from(plans).where(offered).for('share');
  const [plan] = locked ? await findPlansWithPrices(ctx.db, eq(plans.id, locked.id)) : [];
  if (!plan) throw new AppError('not_found', 'There is no such plan.');
  return plan;
}
