import { eq } from 'drizzle-orm';
import { subscriptions, type Subscription } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { isCreditSuspended } from '../invoices/index.ts';
import { useTrial } from './has-trial-left.ts';
import { hasOtherLiveSubscription, lockSubscription } from './lock-subscription.ts';
import { activateSubscriptionSchema, type ActivateSubscriptionInput } from './schemas.ts';
import { tellSubscriber } from './tell-subscriber.ts';

export interface ActivationResult {
  subscription: Subscription;
  /**
   * `activated`: now usable; `renewed`: was, its period moved; `changed`: on another plan or price;
   * `unchanged`: told before; `superseded`: the buyer has another subscription meanwhile, or pays this
   * one already; what came second is cancelled at Stripe.
   */
  outcome: 'activated' | 'renewed' | 'changed' | 'unchanged' | 'superseded';
}

/**
 * A fee was paid or a trial began: the subscription works until the end of the period. Safe to repeat
 * and in any order: periods only move forward, and what has ended stays ended. A payment that arrives
 * after the buyer gave up waiting still counts, unless they subscribed anew. While unpaid invoices stop an
 * organization, it works when those are paid.
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
    } else if (before.stripeSubscriptionId !== null && !isKnown) {
      return supersede(tx, before, paid.stripeSubscriptionId);
    }
    const isOlder =
      isKnown && before.currentPeriodStart !== null && paid.currentPeriodStart < before.currentPeriodStart;
    if (isOlder && before.status === 'active') return { subscription: before, outcome: 'unchanged' };
    const isStopped = await isCreditSuspended(tx, before.organizationId);
    const planId = paid.planId ?? before.planId;
    const values = {
      // As the suspension leaves those that it stops; paying the invoices gives both kinds back.
      status: isStopped ? ('past_due' as const) : ('active' as const),
      canceledAt: null,
      graceUntil: null,
      stripeSubscriptionId: paid.stripeSubscriptionId,
      ...(!isOlder && {
        currentPeriodStart: paid.currentPeriodStart,
        currentPeriodEnd: paid.currentPeriodEnd,
        periodAnchor: paid.periodAnchor ?? before.periodAnchor ?? paid.currentPeriodStart,
        trialEndsAt: paid.trialEndsAt,
        planId,
        priceVersionId: paid.priceVersionId ?? before.priceVersionId,
        pendingPlanId: planId === before.pendingPlanId ? null : before.pendingPlanId,
      }),
    };
    const outcome = outcomeOf(before, { ...before, ...values }, isKnown);
    if (outcome === 'unchanged') return { subscription: before, outcome };
    const [subscription] = await tx.db
      .update(subscriptions)
      .set(values)
      .where(eq(subscriptions.id, before.id))
      .returning();
    if (!subscription) throw new Error('the locked subscription vanished');
    await leaveTrace(tx, before, subscription, isKnown);
    return { subscription, outcome };
  });
}

const COMPARED = [
  ...['status', 'planId', 'priceVersionId', 'pendingPlanId', 'stripeSubscriptionId'],
  ...['currentPeriodStart', 'currentPeriodEnd', 'periodAnchor', 'trialEndsAt', 'graceUntil'],
] as (keyof Subscription)[];

function outcomeOf(before: Subscription, after: Subscription, isKnown: boolean): ActivationResult['outcome'] {
  if (COMPARED.every((column) => before[column]?.valueOf() === after[column]?.valueOf())) return 'unchanged';
  if (before.status !== 'active' || !isKnown) return 'activated';
  const hasMoved = after.currentPeriodStart?.getTime() !== before.currentPeriodStart?.getTime();
  return hasMoved ? 'renewed' : 'changed';
}

async function leaveTrace(
  tx: Context,
  before: Subscription,
  after: Subscription,
  isKnown: boolean,
): Promise<void> {
  const subject = { organizationId: after.organizationId, subjectId: after.id };
  if (after.status === 'active' && (before.status !== 'active' || !isKnown)) {
    await appendAuditEvent(tx, {
      ...subject,
      action: 'subscription.activated',
      before: { status: before.status },
      after: { status: 'active', paidUntil: after.currentPeriodEnd?.toISOString() ?? null },
    });
  }
  if (before.planId !== after.planId) {
    await appendAuditEvent(tx, {
      ...subject,
      action: 'subscription.plan_changed',
      before: { planId: before.planId },
      after: { planId: after.planId, priceVersionId: after.priceVersionId },
    });
  }
  if (after.trialEndsAt !== null) await useTrial(tx, after);
  if (before.status === 'past_due' && after.status === 'active') {
    await tellSubscriber(tx, after, 'recovered', after.currentPeriodEnd?.toISOString() ?? '');
  }
}

async function supersede(
  ctx: Context,
  subscription: Subscription,
  stripeSubscriptionId: string,
): Promise<ActivationResult> {
  await enqueue(
    ctx.db,
    'cancel_stripe_subscription',
    { subscriptionId: subscription.id, stripeSubscriptionId },
    { jobKey: `cancel:${stripeSubscriptionId}` },
  );
  return { subscription, outcome: 'superseded' };
}
