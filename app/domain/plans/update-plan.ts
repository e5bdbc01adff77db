import { and, eq, ne } from 'drizzle-orm';
import { z } from 'zod';
import { plans, type ModelLimit, type Plan } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockOwnPlan } from './lock-own-plan.ts';
import { findPlansWithPrices, type PlanWithPrice } from './plan-with-price.ts';
import { planLimitsSchema, planNameSchema } from './schemas.ts';

export const updatePlanSchema = z.strictObject({
  planId: z.string(),
  name: planNameSchema.optional(),
  description: z.string().trim().max(500).optional(),
  /** A plan that turns private keeps its subscribers. */
  visibility: z.enum(['public', 'private']).optional(),
  ...planLimitsSchema.shape,
});

export type UpdatePlanInput = z.input<typeof updatePlanSchema>;

/** Changes what a plan is called, says and allows; prices change by `changePlanPrice`. */
export async function updatePlan(ctx: Context, input: UpdatePlanInput): Promise<PlanWithPrice> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const { planId, modelLimits, ...changes } = parseInput(updatePlanSchema, input);
  return withTransaction(ctx, async (tx) => {
    const { plan } = await lockOwnPlan(tx.db, actor.organizationId, planId);
    if (changes.name) {
      const siblings = await tx.db
        .select({ name: plans.name })
        .from(plans)
        .where(and(eq(plans.serviceId, plan.serviceId), ne(plans.id, planId), eq(plans.status, 'active')));
      const wanted = changes.name.toLowerCase();
      if (siblings.some(({ name }) => name.toLowerCase() === wanted)) {
        throw new AppError('already_exists', 'This service has a plan of this name already.', {
          issues: [{ field: 'name', reason: 'taken' }],
        });
      }
    }
    await tx.db
      .update(plans)
      .set({
        ...changes,
        ...(modelLimits && { modelLimits: modelLimits as ModelLimit[] }),
        updatedAt: ctx.clock.date(),
      })
      .where(and(eq(plans.id, planId), eq(plans.organizationId, actor.organizationId)));
    const [updated] = await findPlansWithPrices(tx.db, eq(plans.id, planId));
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'plan.updated',
      subjectId: planId,
      before: {
        name: plan.name,
        description: plan.description,
        visibility: plan.visibility,
        limits: limitsOf(plan),
      },
      after: {
        name: updated!.name,
        description: updated!.description,
        visibility: updated!.visibility,
        limits: limitsOf(updated!),
      },
    });
    return updated!;
  });
}

function limitsOf(plan: Plan): Record<string, unknown> {
  const { requestsPerMinute, requestsPerDay, tokensPerMinute, tokensPerDay, maxConcurrency, modelLimits } =
    plan;
  return { requestsPerMinute, requestsPerDay, tokensPerMinute, tokensPerDay, maxConcurrency, modelLimits };
}
