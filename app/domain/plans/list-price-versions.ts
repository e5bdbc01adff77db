import { and, eq } from 'drizzle-orm';
import { plans } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireActor, type Context } from '../context.ts';
import { findPriceVersions, findUpcomingChanges, type DatedPrice } from './price-versions.ts';

/** The price of a plan through time, for its seller: every version, and the changes still to come. */
export async function listPriceVersions(
  ctx: Context,
  input: { planId: string },
): Promise<{ versions: DatedPrice[]; upcoming: DatedPrice[] }> {
  const { organizationId } = requireActor(ctx);
  const [plan] = await ctx.db
    .select({ id: plans.id })
    .from(plans)
    .where(and(eq(plans.id, input.planId), eq(plans.organizationId, organizationId)));
  if (!plan) throw new AppError('not_found', 'There is no such plan.');
  const versions = await findPriceVersions(ctx.db, plan.id);
  return { versions, upcoming: findUpcomingChanges(versions) };
}
