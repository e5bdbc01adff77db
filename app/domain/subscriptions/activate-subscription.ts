import { eq } from 'drizzle-orm';
import { subscriptions, type Subscription } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { hasOtherLiveSubscription, lockSubscription } from './lock-subscription.ts';
import { activateSubscriptionSchema, type ActivateSubscriptionInput } from './schemas.ts';

export interface ActivationResult {
  subscription: Subscription;
  /**
   * `activated`: now usable; `renewed`: was, its period moved; `unchanged`: told before;
   * `superseded`: the buyer has another subscription meanwhile, this one is cancelled at Stripe.
   */
  outcome: 'activated' | 'renewed' | 'unchanged' | 'superseded';
}

/**
 * A fee was paid: the subscription works until the end of the paid period. Safe to repeat and in
 * any order: periods only move forward, and what has ended stays ended. A payment that arrives
 * after the buyer gave up waiting still counts, unless they subscribed anew.
 * @throws AppError `not_found`.
 */
export async function activateSubscription(
  ctx: Context,
  input: ActivateSubscriptionInput,
): Promise<ActivationResult> {
  requireSystem(ctx);
  const paid = parseInput(activateSubscriptionSchema, input);
  return withTransaction(ctx, async (tx) => {
    const before = await lockSubscription(tx, paid.subscriptionId);
    const isKnown = before.stripeSubscriptionId === paid.stripeSubscriptionId;
    if (before.status === 'canceled') {
      // Stripe's own end of this subscription came before this event.
      if (isKnown) return { subscription: before, outcome: 'unchanged' };
      if (await hasOtherLiveSubscription(tx, before)) return supersede(tx, before, paid.stripeSubscriptionId);
    }
    const isNewer = !before.currentPeriodEnd || paid.currentPeriodEnd > before.currentPeriodEnd;
    if (isKnown && before.status === 'active' && !isNewer) {
      return { subscription: before, outcome: 'unchanged' };
    }
    const subscription = await update(tx, before.id, {
      status: 'active',
      canceledAt: null,
      stripeSubscriptionId: paid.stripeSubscriptionId,
      ...(isNewer && {
        currentPeriodStart: paid.currentPeriodStart,
        currentPeriodEnd: paid.currentPeriodEnd,
      }),
    });
    if (before.status === 'active' && isKnown) return { subscription, outcome: 'renewed' };
    await appendAuditEvent(tx, {
      organizationId: before.organizationId,
      action: 'subscription.activated',
      subjectId: before.id,
      before: { status: before.status },
      after: { status: 'active', paidUntil: subscription.currentPeriodEnd?.toISOString() ?? null },
    });
    return { subscription, outcome: 'activated' };
  });
}

async function update(
  ctx: Context,
  id: string,
  values: Partial<typeof subscriptions.$inferInsert>,
): Promise<Subscription> {
  const [changed] = await ctx.db
    .update(subscriptions)
    .set(values)
    .where(eq(subscriptions.id, id))
    .returning();
  if (!changed) throw new Error('the locked subscription vanished');
  return changed;
}

async function supersede(
  ctx: Context,
  before: Subscription,
  stripeSubscriptionId: string,
): Promise<ActivationResult> {
  const subscription = await update(ctx, before.id, { stripeSubscriptionId });
  await enqueue(
    ctx.db,
    'cancel_stripe_subscription',
    { subscriptionId: before.id },
    { jobKey: `cancel:${before.id}` },
  );
  return { subscription, outcome: 'superseded' };
}
