import { and, desc, eq, inArray, type SQL } from 'drizzle-orm';
import {
  keys,
  plans,
  services,
  subscriptions,
  type Service,
  type Subscription,
} from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';
import { findPlansWithPrices, type PlanWithPrice } from '../plans/index.ts';

/** A subscription with what its pages need to say about it. */
export interface SubscriptionView extends Subscription {
  service: Pick<Service, 'id' | 'slug' | 'name' | 'kind' | 'status'>;
  /** With the price that counts now. */
  plan: PlanWithPrice;
  /** Active keys that are good for this subscription only: they stop when it ends. */
  ownKeys: number;
}

/** Subscriptions matching `where`, newest first; callers scope it by organization. */
export async function findSubscriptionViews(
  ctx: Context,
  where: SQL | undefined,
): Promise<SubscriptionView[]> {
  const rows = await ctx.db
    .select({
      subscription: subscriptions,
      service: {
        id: services.id,
        slug: services.slug,
        name: services.name,
        kind: services.kind,
        status: services.status,
      },
      ownKeys: ctx.db.$count(keys, and(eq(keys.subscriptionId, subscriptions.id), eq(keys.status, 'active'))),
    })
    .from(subscriptions)
    .innerJoin(services, eq(services.id, subscriptions.serviceId))
    .where(where)
    .orderBy(desc(subscriptions.id));
  if (rows.length === 0) return [];
  const planIds = [...new Set(rows.map(({ subscription }) => subscription.planId))];
  const found = await findPlansWithPrices(ctx.db, inArray(plans.id, planIds));
  const byId = new Map(found.map((plan) => [plan.id, plan]));
  return rows.map(({ subscription, service, ownKeys }) => {
    const plan = byId.get(subscription.planId);
    if (!plan) throw new Error(`plan ${subscription.planId} has no price`);
    return { ...subscription, service, plan, ownKeys };
  });
}
