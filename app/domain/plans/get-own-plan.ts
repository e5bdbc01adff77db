import { and, eq } from 'drizzle-orm';
import { plans } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireActor, type Context } from '../context.ts';
import { findPlansWithPrices, type PlanWithPrice } from './plan-with-price.ts';

/** One plan of the acting organization, with the price in effect. @throws AppError `not_found` */
export async function getOwnPlan(ctx: Context, input: { planId: string }): Promise<PlanWithPrice> {
  const { organizationId } = requireActor(ctx);
  const [plan] = await findPlansWithPrices(
    ctx.db,
    and(eq(plans.id, input.planId), eq(plans.organizationId, organizationId)),
  );
  if (!plan) throw new AppError('not_found', 'There is no such plan.');
  return plan;
}
