import { eq } from 'drizzle-orm';
import { services, type Service } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';

type Status = Service['status'];

/** One move of an administrator: from which states, to which, and what the trail calls it. */
interface Move {
  from: readonly Status[];
  to: (service: Service) => Status;
  action: string;
  reason?: string;
}

/** Moves a service of any seller, with a line in the seller's audit trail. */
export async function moveService(ctx: Context, serviceId: string, move: Move): Promise<Status> {
  requirePlatformAdmin(ctx);
  return withTransaction(ctx, async (tx) => {
    const [service] = await tx.db.select().from(services).where(eq(services.id, serviceId)).for('update');
    if (!service) throw new AppError('not_found', 'There is no such service.');
    const status = move.to(service);
    if (service.status === status) return status;
    if (!move.from.includes(service.status)) {
      throw new AppError('conflict', `This cannot be done to a service that is ${service.status}.`);
    }
    const publishedAt =
      status === 'published' ? (service.publishedAt ?? ctx.clock.date()) : service.publishedAt;
    await tx.db
      .update(services)
      .set({ status, publishedAt, updatedAt: ctx.clock.date() })
      .where(eq(services.id, service.id));
    await appendAuditEvent(tx, {
      organizationId: service.organizationId,
      action: move.action,
      subjectId: service.id,
      before: { status: service.status },
      after: { status, ...(move.reason && { reason: move.reason }) },
    });
    return status;
  });
}
