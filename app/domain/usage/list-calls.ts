import { and, desc, eq, lt } from 'drizzle-orm';
import { keys, plans, services, usageEvents, type UsageEvent } from '../../../db/schema/index.ts';
import { requireActor, type Context } from '../context.ts';
import { listCallsSchema, type ListCallsInput } from './schemas.ts';

export interface Call extends UsageEvent {
  serviceName: string;
  serviceSlug: string;
  planName: string;
  /** Only buyers see which of their keys called. */
  keyName: string | null;
}

/** Calls of the acting organization, newest first; page on with the last request id. */
export async function listCalls(ctx: Context, input: ListCallsInput): Promise<Call[]> {
  const actor = requireActor(ctx);
  const { perspective, limit, before, serviceId } = listCallsSchema.parse(input);
  const owner = perspective === 'buyer' ? usageEvents.organizationId : usageEvents.sellerOrganizationId;
  const rows = await ctx.db
    .select({
      event: usageEvents,
      serviceName: services.name,
      serviceSlug: services.slug,
      planName: plans.name,
      keyName: keys.name,
    })
    .from(usageEvents)
    .innerJoin(services, eq(services.id, usageEvents.serviceId))
    .innerJoin(plans, eq(plans.id, usageEvents.planId))
    .leftJoin(keys, eq(keys.id, usageEvents.keyId))
    .where(
      and(
        eq(owner, actor.organizationId),
        before ? lt(usageEvents.requestId, before) : undefined,
        serviceId ? eq(usageEvents.serviceId, serviceId) : undefined,
      ),
    )
    .orderBy(desc(usageEvents.requestId))
    .limit(limit);
  return rows.map(({ event, keyName, ...names }) => ({
    ...event,
    ...names,
    keyName: perspective === 'buyer' ? keyName : null,
  }));
}
