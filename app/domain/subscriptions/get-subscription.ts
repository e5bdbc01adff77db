import { and, eq } from 'drizzle-orm';
import { subscriptions } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, type Context } from '../context.ts';
import { subscriptionIdSchema } from './schemas.ts';
import { findSubscriptionViews, type SubscriptionView } from './subscription-view.ts';

/**
 * One subscription of the acting organization; jobs may read any.
 * @throws AppError `not_found`, also for another organization's.
 */
export async function getSubscription(
  ctx: Context,
  input: { subscriptionId: string },
): Promise<SubscriptionView> {
  const { subscriptionId } = parseInput(subscriptionIdSchema, input);
  const scope =
    ctx.actor.type === 'system'
      ? undefined
      : eq(subscriptions.organizationId, requireActor(ctx).organizationId);
  const [view] = await findSubscriptionViews(ctx, and(eq(subscriptions.id, subscriptionId), scope));
  if (!view) throw new AppError('not_found', 'There is no such subscription.');
  return view;
}
