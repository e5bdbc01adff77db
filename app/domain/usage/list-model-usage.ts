import { and, desc, eq, gte, lt, ne, sql } from 'drizzle-orm';
import { services, usageRollups } from '../../../db/schema/index.ts';
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

const MAX_MODELS = 200;

/** What the acting organization's calls of each model used, the dearest first; from the 15-minute roll-ups. */
export async function listModelUsage(
  ctx: Pick<OrganizationContext, 'actor' | 'db'>,
  { from, to }: { from: Date; to: Date },
): Promise<ModelUsage[]> {
  const organizationId = requireOrganization(ctx);
  const sum = (column: (typeof usageRollups)['calls' | 'inputTokens' | 'outputTokens']) =>
    sql<number>`sum(${column})`.mapWith(Number);
  return ctx.db
    .select({
      serviceSlug: services.slug,
      model: usageRollups.model,
      calls: sum(usageRollups.calls),
      inputTokens: sum(usageRollups.inputTokens),
      outputTokens: sum(usageRollups.outputTokens),
      chargeNanos: sql<bigint>`sum(${usageRollups.chargeNanos})`.mapWith((value: string) => BigInt(value)),
    })
    .from(usageRollups)
    .innerJoin(services, eq(services.id, usageRollups.serviceId))
    .where(
      and(
        eq(usageRollups.organizationId, organizationId),
        gte(usageRollups.bucketStart, from),
        lt(usageRollups.bucketStart, to),
        ne(usageRollups.model, ''),
      ),
    )
    .groupBy(services.slug, usageRollups.model)
    .orderBy(desc(sql`sum(${usageRollups.chargeNanos})`), desc(sql`sum(${usageRollups.calls})`))
    .limit(MAX_MODELS);
}
