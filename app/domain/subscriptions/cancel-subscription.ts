import { and, eq } from 'drizzle-orm';
import { plans, subscriptions, type Subscription } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { endNow } from './end-now.ts';
import { subscriptionIdSchema } from './schemas.ts';

/**
 * Ends a subscription. Free and pay-per-use ones end at once and their own keys are revoked; a paid
 * period runs to its end, and a job tells Stripe not to renew it. An unpaid one ends at once.
 * Cancelling twice changes nothing.
 * @throws AppError `forbidden`, `not_found`.
 */
export async function cancelSubscription(
  ctx: Context,
  input: { subscriptionId: string },
): Promise<Subscription> {
  const actor = requireRole(ctx, ['admin', 'member']);
  const { subscriptionId } = parseInput(subscriptionIdSchema, input);
  return withTransaction(ctx, async (tx) => {
    const [row] = await tx.db
      .select({ subscription: subscriptions, planKind: plans.kind })
      .from(subscriptions)
      .innerJoin(plans, eq(plans.id, subscriptions.planId))
      .where(
        and(eq(subscriptions.id, subscriptionId), eq(subscriptions.organizationId, actor.organizationId)),
      )
      .for('update', { of: subscriptions });
    if (!row) throw new AppError('not_found', 'There is no such subscription.');
    const { subscription, planKind } = row;
    if (subscription.status === 'canceled' || subscription.cancelAtPeriodEnd) return subscription;
    if (planKind === 'flat') {
      await enqueue(
        tx.db,
        'cancel_stripe_subscription',
        { subscriptionId },
        { jobKey: `cancel:${subscriptionId}` },
      );
      if (subscription.status !== 'pending_payment') return cancelAtPeriodEnd(tx, subscription);
    }
    return endNow(tx, subscription, 'by_buyer');
  });
}

async function cancelAtPeriodEnd(ctx: Context, subscription: Subscription): Promise<Subscription> {
  const [changed] = await ctx.db
    .update(subscriptions)
    .set({ cancelAtPeriodEnd: true })
    .where(eq(subscriptions.id, subscription.id))
    .returning();
  if (!changed) throw new Error('the locked subscription vanished');
  await appendAuditEvent(ctx, {
    organizationId: subscription.organizationId,
    action: 'subscription.cancellation_scheduled',
    subjectId: subscription.id,
    before: { cancelAtPeriodEnd: false },
    after: { cancelAtPeriodEnd: true, endsAt: subscription.currentPeriodEnd?.toISOString() ?? null },
  });
  return changed;
}
