import { and, count, desc, eq, gte, isNotNull, lt, sql } from 'drizzle-orm';
import { services, usageEvents } from '../../../db/schema/index.ts';
import { encodeUlidTime } from '../../lib/ids.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';

export interface ModelUsage {
  serviceSlug: string;
  model: string;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  chargeNanos: Nanos;
}

/** Longer than any call lasts: ids carry the start of a call, buckets are cut by its end. */
const LONGEST_CALL_MS = 2 * 3_600_000;
const MAX_MODELS = 200;

/** What the acting organization's calls of each model used, the dearest first; from the events themselves. */
export async function listModelUsage(
  ctx: Pick<OrganizationContext, 'actor' | 'db'>,
  { from, to }: { from: Date; to: Date },
): Promise<ModelUsage[]> {
  const organizationId = requireOrganization(ctx);
  const sum = (column: typeof usageEvents.inputTokens | typeof usageEvents.outputTokens) =>
    sql<number>`coalesce(sum(${column}), 0)`.mapWith(Number);
  return ctx.db
    .select({
      serviceSlug: services.slug,
      model: sql<string>`${usageEvents.model}`,
      calls: count(),
      inputTokens: sum(usageEvents.inputTokens),
      outputTokens: sum(usageEvents.outputTokens),
      chargeNanos: sql<bigint>`sum(${usageEvents.chargeNanos})`.mapWith((value: string) => BigInt(value)),
    })
    .from(usageEvents)
    .innerJoin(services, eq(services.id, usageEvents.serviceId))
    .where(
      and(
        eq(usageEvents.organizationId, organizationId),
        // Partitions and the primary key go by request id, which begins with its time.
        gte(usageEvents.requestId, `req_${encodeUlidTime(from.getTime() - LONGEST_CALL_MS)}`),
        lt(usageEvents.requestId, `req_${encodeUlidTime(to.getTime())}`),
        gte(usageEvents.occurredAt, from),
        lt(usageEvents.occurredAt, to),
        isNotNull(usageEvents.model),
      ),
    )
    .groupBy(services.slug, usageEvents.model)
    .orderBy(desc(sql`sum(${usageEvents.chargeNanos})`), desc(count()))
    .limit(MAX_MODELS);
}
