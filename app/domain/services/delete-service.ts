import { and, count, eq, inArray, ne } from 'drizzle-orm';
import {
  credentials,
  endpoints,
  plans,
  services,
  subscriptions,
  upstreams,
} from '../../../db/schema/index.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockOwnService } from '../plans/index.ts';

export interface DeletedService {
  /** `archived`: subscribers keep calling it until they cancel. `deleted`: nobody can any more. */
  outcome: 'archived' | 'deleted';
  subscriberCount: number;
}

/**
 * Takes a service off the market for good. Price versions, usage and the ledger are append-only, so
 * a service that ever had a plan keeps its row and slug; without subscribers its secrets are erased.
 * @throws AppError `not_found`
 */
export async function deleteService(ctx: Context, input: { serviceId: string }): Promise<DeletedService> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  return withTransaction(ctx, async (tx) => {
    const service = await lockOwnService(tx.db, actor.organizationId, input.serviceId);
    const own = and(eq(services.id, service.id), eq(services.organizationId, actor.organizationId));
    const [live] = await tx.db
      .select({ total: count() })
      .from(subscriptions)
      .where(and(eq(subscriptions.serviceId, service.id), ne(subscriptions.status, 'canceled')));
    const subscriberCount = live?.total ?? 0;
    const [plan] = await tx.db.select().from(plans).where(eq(plans.serviceId, service.id)).limit(1);

    if (!plan) await removeRows(tx, service.id);
    else {
      await tx.db.update(services).set({ status: 'archived', updatedAt: ctx.clock.date() }).where(own);
      if (subscriberCount === 0) await eraseSecrets(tx, service.id);
    }
    const outcome = subscriberCount > 0 ? 'archived' : 'deleted';
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: `service.${outcome}`,
      subjectId: service.id,
      before: { name: service.name, slug: service.slug, status: service.status },
      after: { subscriberCount },
    });
    return { outcome, subscriberCount };
  });
}

const upstreamsOf = (tx: Context, serviceId: string) =>
  tx.db.select({ id: upstreams.id }).from(upstreams).where(eq(upstreams.serviceId, serviceId));

async function removeRows(tx: Context, serviceId: string): Promise<void> {
  await tx.db.delete(endpoints).where(eq(endpoints.serviceId, serviceId));
  await tx.db.delete(credentials).where(inArray(credentials.upstreamId, upstreamsOf(tx, serviceId)));
  await tx.db.delete(upstreams).where(eq(upstreams.serviceId, serviceId));
  await tx.db.delete(services).where(eq(services.id, serviceId));
}

/** Nobody can call it any more: its secrets go, and its paths are free again. */
async function eraseSecrets(tx: Context, serviceId: string): Promise<void> {
  await tx.db.delete(endpoints).where(eq(endpoints.serviceId, serviceId));
  await tx.db.update(upstreams).set({ status: 'disabled' }).where(eq(upstreams.serviceId, serviceId));
  await tx.db.delete(credentials).where(inArray(credentials.upstreamId, upstreamsOf(tx, serviceId)));
  await tx.db.update(services).set({ proxySecretEnvelope: null }).where(eq(services.id, serviceId));
}
