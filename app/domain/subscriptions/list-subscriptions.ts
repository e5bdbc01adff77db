import { and, eq, ne } from 'drizzle-orm';
import { subscriptions } from '../../../db/schema/index.ts';
import { requireActor, type Context } from '../context.ts';
import { findSubscriptionViews, type SubscriptionView } from './subscription-view.ts';

/** Subscriptions of the acting organization, newest first; ended ones only when asked for. */
export async function listSubscriptions(
  ctx: Context,
  filter: { includeCanceled?: boolean; serviceId?: string } = {},
): Promise<SubscriptionView[]> {
  const actor = requireActor(ctx);
  return findSubscriptionViews(
    ctx,
    and(
      eq(subscriptions.organizationId, actor.organizationId),
      filter.includeCanceled ? undefined : ne(subscriptions.status, 'canceled'),
      filter.serviceId ? eq(subscriptions.serviceId, filter.serviceId) : undefined,
    ),
  );
}
