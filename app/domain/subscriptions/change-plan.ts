import { eq } from 'drizzle-orm';
import { subscriptions, type Checkout, type Subscription } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context, type UserActor } from '../context.ts';
import { isCreditSuspended } from '../invoices/index.ts';
import { callStripe, idOf, runStripeOperation, startSubscriptionCheckout } from '../payments/index.ts';
import { applyStripeSubscription, applySubscriptionInvoice } from './apply-stripe-subscription.ts';
import { hasTrialLeft } from './has-trial-left.ts';
import { enqueueSync, lockOwnSubscription } from './lock-subscription.ts';
import {
  CHANGED_MEANWHILE,
  previewUpgrade,
  readPlanChange,
  readUpgrade,
  type PlanChangeOrder,
} from './plan-change-order.ts';
import { findPaidPrice, readRemote } from './remote-subscription.ts';
import { changePlanSchema, type ChangePlanInput } from './schemas.ts';

export interface ChangedPlan {
  subscription: Subscription;
  /** `unchanged`: it is on this plan already. */
  outcome: 'changed' | 'planned' | 'checkout' | 'unchanged';
  /** Where the first fee is paid; null when nothing is due there. */
  checkout: { id: string; url: string; checkout: Checkout } | null;
}

/** A preview is good for so long; then the buyer looks again. */
const PREVIEW_SECONDS = 3_600;

/**
 * Moves a subscription to another plan of its service; keys stay as they are. An upgrade is charged and
 * counts at once, at exactly what the preview said; less, or no fee, counts from the end of what is
 * paid for; a first fee is paid on Stripe's page. Asking twice changes once. What the quota has used up
 * in the running month stays used up; a first fee, another interval and the end of a trial start a new
 * month. Talks to Stripe: not for use inside a transaction.
 * @throws AppError `forbidden`, `not_found`, `invalid_request`, `conflict` (details `due_cents` when the
 * charge is another than the one agreed to), `payment_declined`, `payment_unavailable`, `payment_required`
 * while unpaid invoices stop paid plans.
 */
export async function changePlan(ctx: Context, input: ChangePlanInput): Promise<ChangedPlan> {
  const actor = requireRole(ctx, ['admin', 'member']);
  const parsed = parseInput(changePlanSchema, input);
  const order = await readPlanChange(ctx, actor, parsed);
  const { subscription, plan } = order;
  if (subscription.planId === plan.id && subscription.pendingPlanId === null) {
    return { subscription, outcome: 'unchanged', checkout: null };
  }
  if (plan.kind !== 'free' && (await isCreditSuspended(ctx, actor.organizationId))) {
    throw new AppError('payment_required', 'Pay your past-due invoices first: paid plans are stopped.');
  }
  switch (order.kind) {
    case 'at_once':
      return withTransaction(ctx, (tx) => moveAtOnce(tx, actor, order));
    case 'at_period_end':
      return withTransaction(ctx, (tx) => planForLater(tx, actor, order));
    case 'checkout': {
      const { checkout, url } = await startSubscriptionCheckout(ctx, {
        subscription,
        plan,
        withTrial: await hasTrialLeft(ctx, subscription),
        idempotencyKey: `${subscription.id}:${plan.id}`,
      });
      return { subscription, outcome: 'checkout', checkout: { id: checkout.id, url, checkout } };
    }
    case 'upgrade':
      return upgrade(ctx, order, parsed);
  }
}

async function moveAtOnce(tx: Context, actor: UserActor, order: PlanChangeOrder): Promise<ChangedPlan> {
  const before = await lockOwnSubscription(tx, actor, order.subscription.id);
  requireUnmoved(order.subscription, before);
  const [subscription] = await tx.db
    .update(subscriptions)
    .set({ planId: order.plan.id, pendingPlanId: null })
    .where(eq(subscriptions.id, before.id))
    .returning();
  await appendAuditEvent(tx, {
    organizationId: before.organizationId,
    action: 'subscription.plan_changed',
    subjectId: before.id,
    before: { planId: before.planId },
    after: { planId: order.plan.id },
  });
  return { subscription: subscription!, outcome: 'changed', checkout: null };
}

async function planForLater(tx: Context, actor: UserActor, order: PlanChangeOrder): Promise<ChangedPlan> {
  const before = await lockOwnSubscription(tx, actor, order.subscription.id);
  requireUnmoved(order.subscription, before);
  if (before.pendingPlanId === order.plan.id) {
    return { subscription: before, outcome: 'planned', checkout: null };
  }
  const [subscription] = await tx.db
    .update(subscriptions)
    .set({ pendingPlanId: order.plan.id, cancelAtPeriodEnd: false })
    .where(eq(subscriptions.id, before.id))
    .returning();
  await enqueueSync(tx, before.id);
  await appendAuditEvent(tx, {
    organizationId: before.organizationId,
    action: 'subscription.plan_change_planned',
    subjectId: before.id,
    before: { planId: before.planId, pendingPlanId: before.pendingPlanId },
    after: { pendingPlanId: order.plan.id, at: before.currentPeriodEnd?.toISOString() ?? null },
  });
  return { subscription: subscription!, outcome: 'planned', checkout: null };
}

/** Between reading and locking somebody else may have changed it. */
function requireUnmoved(read: Subscription, locked: Subscription): void {
  if (locked.planId === read.planId && locked.stripeSubscriptionId === read.stripeSubscriptionId) return;
  throw new AppError('conflict', CHANGED_MEANWHILE);
}

async function upgrade(
  ctx: Context,
  order: PlanChangeOrder,
  agreed: { prorationDate?: number | undefined; expectedCents?: number | undefined },
): Promise<ChangedPlan> {
  const { subscription, plan } = order;
  const now = Math.floor(ctx.clock.now() / 1000);
  const prorationDate = agreed.prorationDate ?? now;
  if (Math.abs(now - prorationDate) > PREVIEW_SECONDS) {
    throw new AppError('conflict', 'This preview is too old. Look at the new one.');
  }
  // Asked before, and the answer was lost: Stripe has it already.
  if (await isOnPlanAtStripe(ctx, order)) return finishUpgrade(ctx, order);
  const atStripe = await readUpgrade(ctx, order);
  const { remote, stripePriceId, prorationBehavior, trialEnd } = atStripe;
  const dueCents = await previewUpgrade(ctx, atStripe, prorationDate);
  if (agreed.expectedCents !== undefined && agreed.expectedCents !== dueCents) {
    throw new AppError('conflict', 'The charge for this change is another one by now. Look at it again.', {
      details: { due_cents: dueCents },
    });
  }
  const parameters = {
    items: [{ id: remote.itemId, price: stripePriceId, quantity: 1 }],
    proration_behavior: prorationBehavior,
    // Declined: nothing changes. The card is asked while the buyer looks on.
    payment_behavior: 'error_if_incomplete' as const,
    cancel_at_period_end: false,
    metadata: { price_version_id: plan.price.id, price_period: String(remote.periodStart.getTime() / 1000) },
    ...(trialEnd === undefined ? { proration_date: prorationDate } : { trial_end: trialEnd }),
  };
  await runStripeOperation(
    ctx,
    {
      kind: 'plan_change',
      subjectId: `${subscription.id}:${plan.price.id}:${prorationDate}`,
      organizationId: subscription.organizationId,
      parameters,
    },
    (stripe, params, idempotencyKey) => stripe.subscriptions.update(remote.id, params, { idempotencyKey }),
    // Looked at before; a preview does not live for a day.
    () => Promise.resolve(null),
  );
  return finishUpgrade(ctx, order);
}

async function isOnPlanAtStripe(ctx: Context, { subscription, plan }: PlanChangeOrder): Promise<boolean> {
  const id = subscription.stripeSubscriptionId;
  if (!id) return false;
  const remote = readRemote(await callStripe(() => ctx.payments.stripe.subscriptions.retrieve(id)));
  const paid = remote && (await findPaidPrice(ctx, remote));
  return paid?.planId === plan.id;
}

/** Events say the same; this spares the buyer the wait. */
async function finishUpgrade(ctx: Context, { subscription }: PlanChangeOrder): Promise<ChangedPlan> {
  const system: Context = { ...ctx, actor: { type: 'system', job: 'change_plan' } };
  await ctx.db
    .update(subscriptions)
    .set({ cancelAtPeriodEnd: false, pendingPlanId: null })
    .where(eq(subscriptions.id, subscription.id));
  const remoteId = subscription.stripeSubscriptionId!;
  const invoiceId = await findLatestInvoice(ctx, remoteId);
  await applyStripeSubscription(system, remoteId);
  if (invoiceId) await applySubscriptionInvoice(system, invoiceId);
  const [changed] = await ctx.db.select().from(subscriptions).where(eq(subscriptions.id, subscription.id));
  return { subscription: changed ?? subscription, outcome: 'changed', checkout: null };
}

async function findLatestInvoice(ctx: Context, stripeSubscriptionId: string): Promise<string | null> {
  const { stripe } = ctx.payments;
  const remote = await callStripe(() => stripe.subscriptions.retrieve(stripeSubscriptionId));
  return idOf(remote.latest_invoice);
}
