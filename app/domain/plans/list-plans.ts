import { and, eq } from 'drizzle-orm';
import { plans, services } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireActor, type Context } from '../context.ts';
import { findPlansWithPrices, type PlanWithPrice } from './plan-with-price.ts';

/**
 * The plans of a service of the acting organization, archived ones too. Buyers see plans through
 * the catalogue (`getPublishedService`).
 */
export async function listPlans(ctx: Context, input: { serviceId: string }): Promise<PlanWithPrice[]> {
  const actor = requireActor(ctx);
  const [service] = await ctx.db
    .select({ id: services.id })
    .from(services)
    .where(and(eq(services.id, input.serviceId), eq(services.organizationId, actor.organizationId)));
  if (!service) throw new AppError('not_found', 'There is no such service.');
  return findPlansWithPrices(
    ctx.db,
    and(eq(plans.serviceId, service.id), eq(plans.organizationId, actor.organizationId)),
  );
}
