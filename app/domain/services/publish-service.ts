import { and, eq } from 'drizzle-orm';
import { plans, platformSettings, services, upstreams, type Service } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockOwnService } from '../plans/index.ts';

/**
 * Lists a draft on the storefront, or hands it to the administrators where they review first.
 * @returns the status it has now.
 * @throws AppError `conflict` without an active plan, or when it is suspended; `not_found`.
 */
export async function publishService(ctx: Context, input: { serviceId: string }): Promise<Service['status']> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  return withTransaction(ctx, async (tx) => {
    const service = await lockOwnService(tx.db, actor.organizationId, input.serviceId);
    if (service.status === 'published' || service.status === 'in_review') return service.status;
    if (service.status === 'suspended') {
      throw new AppError('conflict', 'An administrator suspended this service.');
    }
    await assertComplete(tx, service.id);
    const [settings] = await tx.db.select().from(platformSettings).limit(1);
    // What was approved once does not wait again after a pause.
    const mustWait = settings?.reviewBeforePublishing === true && service.publishedAt === null;
    const status = mustWait ? 'in_review' : 'published';
    await tx.db
      .update(services)
      .set({
        status,
        publishedAt: mustWait ? null : (service.publishedAt ?? ctx.clock.date()),
        updatedAt: ctx.clock.date(),
      })
      .where(and(eq(services.id, service.id), eq(services.organizationId, actor.organizationId)));
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: mustWait ? 'service.submitted' : 'service.published',
      subjectId: service.id,
      before: { status: service.status },
      after: { status },
    });
    return status;
  });
}

async function assertComplete(tx: Context, serviceId: string): Promise<void> {
  const [plan] = await tx.db
    .select({ id: plans.id })
    .from(plans)
    .where(and(eq(plans.serviceId, serviceId), eq(plans.status, 'active')))
    .limit(1);
  if (!plan) {
    throw new AppError('conflict', 'Add a plan before you publish.', {
      issues: [{ field: 'plans', reason: 'required' }],
    });
  }
  const [upstream] = await tx.db
    .select({ id: upstreams.id })
    .from(upstreams)
    .where(and(eq(upstreams.serviceId, serviceId), eq(upstreams.status, 'active')))
    .limit(1);
  if (!upstream) {
    throw new AppError('conflict', 'The service has no upstream that takes calls.', {
      issues: [{ field: 'baseUrl', reason: 'required' }],
    });
  }
}
