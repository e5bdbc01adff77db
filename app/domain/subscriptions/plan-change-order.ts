/** What previewing and making a change of plan have in common. */
import { and, eq } from 'drizzle-orm';
import type Stripe from 'stripe';
import { priceVersions, subscriptions, type Subscription } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context, UserActor } from '../context.ts';
import { callStripe, ensureStripePrice } from '../payments/index.ts';
import type { PlanWithPrice } from '../plans/index.ts';
import { getPublishedService } from '../services/index.ts';
import {
  findPaidPrice,
  findPlanPrice,
  heldPrice,
  readRemote,
  type PlanPrice,
  type RemoteSubscription,
} from './remote-subscription.ts';
import { planChangeKind, trialEndAfterChange, type PlanChangeKind } from './plan-change.ts';

export const CHANGED_MEANWHILE = 'This subscription was changed meanwhile. Look at it again.';

export interface PlanChangeOrder {
  subscription: Subscription;
  /** The plan wanted, with the price that counts now. */
  plan: PlanWithPrice;
  kind: PlanChangeKind;
  /** What is paid now; null without a recurring fee. */
  price: PlanPrice | null;
}

/**
 * @throws AppError `not_found`; `invalid_request` for a plan that is not offered; `conflict` while a
 * payment is due, the subscription has ended, or another change is planned.
 */
export async function readPlanChange(
  ctx: Context,
  actor: UserActor,
  input: { subscriptionId: string; planId: string },
): Promise<PlanChangeOrder> {
  const [subscription] = await ctx.db
    .select()
    .from(subscriptions)
    .where(
      and(eq(subscriptions.id, input.subscriptionId), eq(subscriptions.organizationId, actor.organizationId)),
    );
  if (!subscription) throw new AppError('not_found', 'There is no such subscription.');
  if (subscription.status !== 'active') {
    throw new AppError('conflict', 'Only a subscription that is active and paid can change its plan.');
  }
  const service = await getPublishedService(ctx, subscription.serviceId);
  const plan = service.plans.find(({ id }) => id === input.planId);
  if (!plan) {
    throw new AppError('not_found', 'This service has no such plan.', {
      issues: [{ field: 'planId', reason: 'invalid_choice' }],
    });
  }
  const price =
    subscription.stripeSubscriptionId && subscription.priceVersionId
      ? await findPlanPrice(ctx, subscription.priceVersionId)
      : null;
  const kind = planChangeKind({ fee: price, isTrial: subscription.trialEndsAt !== null }, plan.price);
  const isPlanned = subscription.pendingPlanId !== null && subscription.pendingPlanId !== plan.id;
  if (isPlanned && kind !== 'at_period_end') {
    throw new AppError('conflict', 'Another change of plan waits for the end of the period. Undo it first.');
  }
  return { subscription, plan, kind, price };
}

export interface UpgradeAtStripe {
  remote: RemoteSubscription;
  stripePriceId: string;
  prorationBehavior: 'always_invoice' | 'none';
  /** Absent: a trial is not changed, or there is none. */
  trialEnd?: number | 'now';
  isTrial: boolean;
}

/** Reads Stripe's side of an upgrade; a renewal price that was set ahead is taken back first. */
export async function readUpgrade(ctx: Context, order: PlanChangeOrder): Promise<UpgradeAtStripe> {
  const { subscription, plan, price } = order;
  const id = subscription.stripeSubscriptionId;
  if (!id || !price) throw new Error('an upgrade has a fee to start from');
  const { stripe } = ctx.payments;
  let found: Stripe.Subscription = await callStripe(() => stripe.subscriptions.retrieve(id));
  const paidPrice = await ensureStripePrice(ctx, price.id);
  const before = readRemote(found);
  const paid = before && (await findPaidPrice(ctx, before));
  // An answer of Stripe's was lost, or its event is on its way.
  if (paid && paid.id !== price.id) throw new AppError('conflict', CHANGED_MEANWHILE);
  if (before && before.stripePriceId !== paidPrice) {
    const items = [{ id: before.itemId, price: paidPrice }];
    const metadata = heldPrice(price, before);
    found = await callStripe(() =>
      stripe.subscriptions.update(id, { items, metadata, proration_behavior: 'none' }),
    );
  }
  const remote = readRemote(found);
  if (!remote || (remote.status !== 'active' && remote.status !== 'trialing')) {
    throw new AppError('conflict', 'Only a subscription that is active and paid can change its plan.');
  }
  const shared = { remote, stripePriceId: await ensureStripePrice(ctx, plan.price.id) };
  if (!remote.trialEnd) return { ...shared, prorationBehavior: 'always_invoice', isTrial: false };
  const trial = {
    startedAt: new Date((found.trial_start ?? found.start_date) * 1000),
    endsAt: remote.trialEnd,
  };
  const end = trialEndAfterChange(trial, await findTrialDays(ctx, plan.price.id), ctx.clock.date());
  return {
    ...shared,
    prorationBehavior: end === 'now' ? 'always_invoice' : 'none',
    trialEnd: end === 'now' ? 'now' : Math.floor(end.getTime() / 1000),
    isTrial: true,
  };
}

async function findTrialDays(ctx: Context, priceVersionId: string): Promise<number> {
  const [price] = await ctx.db
    .select({ trialDays: priceVersions.trialDays })
    .from(priceVersions)
    .where(eq(priceVersions.id, priceVersionId));
  return price?.trialDays ?? 0;
}

/** What Stripe would charge today for an upgrade at that second. */
export async function previewUpgrade(
  ctx: Context,
  upgrade: UpgradeAtStripe,
  prorationDate: number,
): Promise<number> {
  const { remote, stripePriceId, prorationBehavior, trialEnd, isTrial } = upgrade;
  if (isTrial && trialEnd !== 'now') return 0;
  const preview = await callStripe(() =>
    ctx.payments.stripe.invoices.createPreview({
      subscription: remote.id,
      subscription_details: {
        items: [{ id: remote.itemId, price: stripePriceId, quantity: 1 }],
        proration_behavior: prorationBehavior,
        ...(trialEnd === undefined ? { proration_date: prorationDate } : { trial_end: trialEnd }),
      },
    }),
  );
  return preview.amount_due;
}
