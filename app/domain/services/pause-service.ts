import { and, eq } from 'drizzle-orm';
import { services } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockOwnService } from '../plans/index.ts';

/**
 * Takes a service off the storefront and refuses its calls until `publishService` resumes it; one
 * that waits for review becomes a draft again.
 * @throws AppError `conflict` when it is neither published nor in review, `not_found`.
 */
export async function pauseService(ctx: Context, input: { serviceId: string }): Promise<void> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  await withTransaction(ctx, async (tx) => {
    const service = await lockOwnService(tx.db, actor.organizationId, input.serviceId);
    if (service.status === 'paused') return;
    if (service.status !== 'published' && service.status !== 'in_review') {
      throw new AppError('conflict', `A service that is ${service.status} cannot be paused.`);
    }
    const status = service.status === 'in_review' ? 'draft' : 'paused';
    await tx.db
      .update(services)
      .set({ status, updatedAt: ctx.clock.date() })
      .where(and(eq(services.id, service.id), eq(services.organizationId, actor.organizationId)));
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'service.paused',
      subjectId: service.id,
      before: { status: service.status },
      after: { status },
    });
  });
}
