import { eq } from 'drizzle-orm';
import { subscriptions, type Subscription } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { endNow } from './end-now.ts';
import { enqueueSync, lockOwnSubscription } from './lock-subscription.ts';
import { subscriptionIdSchema } from './schemas.ts';

/**
 * Ends a subscription. Those without a recurring fee end at once and their own keys are revoked; a paid
 * period or a trial runs to its end, and a job tells Stripe not to renew it. What is unpaid ends at
 * once. Cancelling twice changes nothing; `resumeSubscription` takes it back.
 * @throws AppError `forbidden`, `not_found`.
 */
export async function cancelSubscription(
  ctx: Context,
  input: { subscriptionId: string },
): Promise<Subscription> {
  const actor = requireRole(ctx, ['admin', 'member']);
  const { subscriptionId } = parseInput(subscriptionIdSchema, input);
  return withTransaction(ctx, async (tx) => {
    const subscription = await lockOwnSubscription(tx, actor, subscriptionId);
    if (subscription.status === 'canceled' || subscription.cancelAtPeriodEnd) return subscription;
    // Also closes a page on which it could still be paid.
    await enqueueSync(tx, subscriptionId);
    const isPaid = subscription.stripeSubscriptionId !== null && subscription.status === 'active';
    return isPaid ? cancelAtPeriodEnd(tx, subscription) : endNow(tx, subscription, 'by_buyer');
  });
}

async function cancelAtPeriodEnd(ctx: Context, subscription: Subscription): Promise<Subscription> {
  const [changed] = await ctx.db
    .update(subscriptions)
    .set({ cancelAtPeriodEnd: true, pendingPlanId: null })
    .where(eq(subscriptions.id, subscription.id))
    .returning();
  if (!changed) throw new Error('the locked subscription vanished');
  await appendAuditEvent(ctx, {
    organizationId: subscription.organizationId,
    action: 'subscription.cancellation_scheduled',
    subjectId: subscription.id,
    before: { cancelAtPeriodEnd: false, pendingPlanId: subscription.pendingPlanId },
    after: { cancelAtPeriodEnd: true, endsAt: subscription.currentPeriodEnd?.toISOString() ?? null },
  });
  return changed;
}
