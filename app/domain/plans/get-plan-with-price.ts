import { and, eq, exists, or, sql, type SQL } from 'drizzle-orm';
import { plans, services, subscriptions } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context } from '../context.ts';
import { isOfferedTo } from './offered-plans.ts';
import { findPlansWithPrices, type PlanWithPrice } from './plan-with-price.ts';

/**
 * One plan with the price in effect. People see what published services offer them, their own, and
 * those their organization is or was subscribed to; jobs see all.
 * @throws AppError `not_found`
 */
export async function getPlanWithPrice(ctx: Context, input: { planId: string }): Promise<PlanWithPrice> {
  const [plan] = await findPlansWithPrices(ctx.db, and(eq(plans.id, input.planId), visibleTo(ctx)));
  if (!plan) throw new AppError('not_found', 'There is no such plan.');
  return plan;
}

function visibleTo(ctx: Context): SQL | undefined {
  if (ctx.actor.type === 'system') return undefined;
  const published = exists(
    ctx.db
      .select({ one: sql`1` })
      .from(services)
      .where(and(eq(services.id, plans.serviceId), eq(services.status, 'published'))),
  );
  const offered = and(published, isOfferedTo(ctx));
  if (ctx.actor.type === 'anonymous') return offered;
  const { organizationId } = ctx.actor;
  const subscribed = exists(
    ctx.db
      .select({ one: sql`1` })
      .from(subscriptions)
      .where(and(eq(subscriptions.planId, plans.id), eq(subscriptions.organizationId, organizationId))),
  );
  return or(offered, eq(plans.organizationId, organizationId), subscribed);
}
