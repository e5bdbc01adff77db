import { parseInput } from '../../lib/parse-input.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { endNow } from './end-now.ts';
import { lockSubscription } from './lock-subscription.ts';
import { subscriptionIdSchema } from './schemas.ts';
import { tellSubscriber } from './tell-subscriber.ts';

/**
 * Stripe says that it is over (period run out, or given up after failed payments). Ending what has
 * ended changes nothing.
 * @throws AppError `not_found`.
 */
export async function endSubscription(ctx: Context, input: { subscriptionId: string }): Promise<void> {
  requireSystem(ctx);
  const { subscriptionId } = parseInput(subscriptionIdSchema, input);
  await withTransaction(ctx, async (tx) => {
    const subscription = await lockSubscription(tx, subscriptionId);
    if (subscription.status === 'canceled') return;
    await endNow(tx, subscription, 'by_stripe');
    if (subscription.status === 'past_due') await tellSubscriber(tx, subscription, 'ended', 'unpaid');
  });
}
