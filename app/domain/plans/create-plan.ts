import { eq } from 'drizzle-orm';
import { plans } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockOwnService } from './lock-own-plan.ts';
import { insertPlan } from './insert-plan.ts';
import { findPlansWithPrices, type PlanWithPrice } from './plan-with-price.ts';
import { toGeneralPrice } from './price-of-plan.ts';
import { planSchema, type PlanInput } from './schemas.ts';

export type CreatePlanInput = PlanInput & { serviceId: string };

/**
 * Adds a plan with version 1 of its price to a service of the acting organization.
 * @throws AppError `invalid_request` with issues, `not_found`, `already_exists` for a name in use.
 */
export async function createPlan(
  ctx: Context,
  { serviceId, ...input }: CreatePlanInput,
): Promise<PlanWithPrice> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const plan = parseInput(planSchema, input);
  return withTransaction(ctx, async (tx) => {
    const service = await lockOwnService(tx.db, actor.organizationId, serviceId);
    const planId = await insertPlan(tx.db, service, plan);
    const [created] = await findPlansWithPrices(tx.db, eq(plans.id, planId));
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'plan.created',
      subjectId: planId,
      before: null,
      after: {
        serviceId,
        name: plan.name,
        kind: plan.price.kind,
        visibility: plan.visibility,
        ...toGeneralPrice(created!.price),
      },
    });
    return created!;
  });
}
