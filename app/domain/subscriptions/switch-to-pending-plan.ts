import { eq } from 'drizzle-orm';
import { subscriptions } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { findPriceAt } from './find-price-at.ts';
import { lockSubscription } from './lock-subscription.ts';

/**
 * The paid period is over at Stripe, and the plan that waited for it takes over, with the same keys.
 * One without a fee works at once; one with another interval is started at Stripe by a job.
 */
export async function switchToPendingPlan(
  ctx: Context,
  input: { subscriptionId: string; stripeSubscriptionId: string },
): Promise<void> {
  requireSystem(ctx);
  await withTransaction(ctx, async (tx) => {
    const before = await lockSubscription(tx, input.subscriptionId);
    if (before.stripeSubscriptionId !== input.stripeSubscriptionId || before.pendingPlanId === null) return;
    const price = await findPriceAt(tx, before.pendingPlanId, null);
    await tx.db
      .update(subscriptions)
      .set({
        planId: before.pendingPlanId,
        pendingPlanId: null,
        priceVersionId: null,
        stripeSubscriptionId: null,
        currentPeriodStart: null,
        currentPeriodEnd: null,
        trialEndsAt: null,
        cancelAtPeriodEnd: false,
      })
      .where(eq(subscriptions.id, before.id));
    await appendAuditEvent(tx, {
      organizationId: before.organizationId,
      action: 'subscription.plan_changed',
      subjectId: before.id,
      before: { planId: before.planId },
      after: { planId: before.pendingPlanId, priceVersionId: price?.id ?? null },
    });
    if (!price?.recurringInterval) return;
    await enqueue(
      tx.db,
      'start_stripe_subscription',
      { subscriptionId: before.id, replaces: input.stripeSubscriptionId },
      { jobKey: `start:${before.id}` },
    );
  });
}
