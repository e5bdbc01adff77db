import { and, eq, ne } from 'drizzle-orm';
import { subscriptions, type Subscription } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { enqueue } from '../../../worker/jobs.ts';
import type { Context, UserActor } from '../context.ts';

/** Locks a subscription for a change by a job. */
export async function lockSubscription(ctx: Context, subscriptionId: string): Promise<Subscription> {
  const [subscription] = await ctx.db
    .select()
    .from(subscriptions)
    .where(eq(subscriptions.id, subscriptionId))
    .for('update');
  if (!subscription) throw new AppError('not_found', 'There is no such subscription.');
  return subscription;
}

/** Locks a subscription of the acting organization for a change. */
export async function lockOwnSubscription(
  ctx: Context,
  actor: UserActor,
  subscriptionId: string,
): Promise<Subscription> {
  const [subscription] = await ctx.db
    .select()
    .from(subscriptions)
    .where(and(eq(subscriptions.id, subscriptionId), eq(subscriptions.organizationId, actor.organizationId)))
    .for('update');
  if (!subscription) throw new AppError('not_found', 'There is no such subscription.');
  return subscription;
}

/** Asks a job to make Stripe do what ours says, in the transaction that changed it. */
export async function enqueueSync(tx: Context, subscriptionId: string): Promise<void> {
  await enqueue(
    tx.db,
    'sync_stripe_subscription',
    { subscriptionId },
    { jobKey: `sync:${subscriptionId}`, queueName: `subscription:${subscriptionId}` },
  );
}

/** Whether the organization has another live subscription to the same service. */
export async function hasOtherLiveSubscription(ctx: Context, subscription: Subscription): Promise<boolean> {
  const [other] = await ctx.db
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(
      and(
        eq(subscriptions.organizationId, subscription.organizationId),
        eq(subscriptions.serviceId, subscription.serviceId),
        ne(subscriptions.status, 'canceled'),
        ne(subscriptions.id, subscription.id),
      ),
    )
    .limit(1);
  return other !== undefined;
}
