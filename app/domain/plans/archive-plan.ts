import { and, eq, ne } from 'drizzle-orm';
import { plans } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockOwnPlan } from './lock-own-plan.ts';

/**
 * Takes a plan off the service's page. Its subscribers keep it, at its price.
 * @throws AppError `conflict` for the last active plan of a listed service, `not_found`.
 */
export async function archivePlan(ctx: Context, input: { planId: string }): Promise<void> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  await withTransaction(ctx, async (tx) => {
    const { plan, service } = await lockOwnPlan(tx.db, actor.organizationId, input.planId);
    if (plan.status === 'archived') return;
    const [other] = await tx.db
      .select({ id: plans.id })
      .from(plans)
      .where(and(eq(plans.serviceId, service.id), eq(plans.status, 'active'), ne(plans.id, plan.id)))
      .limit(1);
    if (!other && service.status !== 'draft') {
      throw new AppError('conflict', 'A listed service keeps at least one plan. Add another one first.');
    }
    await tx.db
      .update(plans)
      .set({ status: 'archived', updatedAt: ctx.clock.date() })
      .where(and(eq(plans.id, plan.id), eq(plans.organizationId, actor.organizationId)));
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'plan.archived',
      subjectId: plan.id,
      before: { status: 'active' },
      after: { status: 'archived' },
    });
  });
}
