import { and, asc, eq, or, sql, type SQL } from 'drizzle-orm';
import { organizations, services, subscriptions, upstreams } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { AbandonPolicy } from '../../lib/service-options.ts';
import type { Context } from '../context.ts';
import { findOfferedPlans } from '../plans/index.ts';
import { catalogueColumns, findStartingPlan, isListed, type CatalogueService } from './catalogue.ts';
import { byIdOrSlug } from './own-service.ts';

export interface PublishedService extends CatalogueService {
  /** Model ids of an LLM service, of all its upstreams; empty for others. */
  models: string[];
  /** What becomes of the answer of a caller who leaves, and so what they pay; several where upstreams differ. */
  abandonPolicies: AbandonPolicy[];
  /** False for what only its seller, its subscribers or an administrator can see: nobody can subscribe. */
  isListed: boolean;
}

/**
 * One service by slug or id. Anybody sees published ones; sellers preview their own, subscribers and
 * administrators see theirs whatever its status.
 * @throws AppError `not_found`
 */
export async function getPublishedService(ctx: Context, slugOrId: string): Promise<PublishedService> {
  const [row] = await ctx.db
    .select({ ...catalogueColumns, sellerStatus: organizations.status })
    .from(services)
    .innerJoin(organizations, eq(organizations.id, services.organizationId))
    .where(and(byIdOrSlug(slugOrId), visibleTo(ctx)))
    .limit(1);
  if (!row) throw new AppError('not_found', 'There is no such service.');
  const { sellerStatus, ...service } = row;
  const [plans, ways] = await Promise.all([
    findOfferedPlans(ctx, [row.id]),
    ctx.db
      .select({ models: upstreams.models, abandonPolicy: upstreams.abandonPolicy })
      .from(upstreams)
      .where(and(eq(upstreams.serviceId, row.id), eq(upstreams.status, 'active')))
      .orderBy(asc(upstreams.priority), asc(upstreams.id)),
  ]);
  return {
    ...service,
    models: [...new Set(ways.flatMap(({ models }) => models))],
    abandonPolicies: [...new Set(ways.map(({ abandonPolicy }) => abandonPolicy))].sort(),
    plans,
    startingPlan: findStartingPlan(plans),
    isListed: service.status === 'published' && sellerStatus === 'active',
  };
}

function visibleTo(ctx: Context): SQL | undefined {
  const { actor } = ctx;
  if (actor.type === 'system') return undefined;
  if (actor.type === 'anonymous') return isListed;
  if (actor.isPlatformAdmin) return undefined;
  const subscribed = sql`exists (
    select 1 from ${subscriptions} where ${subscriptions.serviceId} = ${services.id}
      and ${subscriptions.organizationId} = ${actor.organizationId} and ${subscriptions.status} <> 'canceled')`;
  const own = and(eq(services.organizationId, actor.organizationId), sql`${services.status} <> 'archived'`);
  return or(isListed, own, subscribed);
}
