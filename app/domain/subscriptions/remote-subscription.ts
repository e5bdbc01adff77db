/** What Stripe says about a subscription, in our words. */
import { eq } from 'drizzle-orm';
import type Stripe from 'stripe';
import { priceVersions, stripePrices, type PriceVersion } from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';
import type { ActivateSubscriptionInput } from './schemas.ts';

export type PlanPrice = Pick<
  PriceVersion,
  'id' | 'planId' | 'recurringNanos' | 'recurringInterval' | 'currency'
>;

export interface RemoteSubscription {
  id: string;
  status: Stripe.Subscription.Status;
  itemId: string;
  /** Stripe's id of the price that the next renewal costs. */
  stripePriceId: string;
  interval: string | null;
  periodStart: Date;
  periodEnd: Date;
  /** Where months are counted from: the end of a trial, the last start of a new cycle. */
  anchor: Date;
  trialEnd: Date | null;
  cancelsAtPeriodEnd: boolean;
  /** Why it ended; null while it lives. */
  endReason: string | null;
  metadata: Stripe.Metadata;
}

const instantOf = (seconds: number): Date => new Date(seconds * 1000);

/** Null for one without items, which is none of ours. */
export function readRemote(subscription: Stripe.Subscription): RemoteSubscription | null {
  const item = subscription.items.data[0];
  if (!item) return null;
  const { trial_end: trialEnd, status } = subscription;
  return {
    id: subscription.id,
    status,
    itemId: item.id,
    stripePriceId: item.price.id,
    interval: item.price.recurring?.interval ?? null,
    // Since 2025-03-31 Stripe keeps periods on the items.
    periodStart: instantOf(item.current_period_start),
    periodEnd: instantOf(item.current_period_end),
    anchor: instantOf(subscription.billing_cycle_anchor ?? item.current_period_start),
    trialEnd: status === 'trialing' && trialEnd !== null ? instantOf(trialEnd) : null,
    cancelsAtPeriodEnd: subscription.cancel_at_period_end,
    endReason: subscription.cancellation_details?.reason ?? null,
    metadata: subscription.metadata,
  };
}

/** What it says about ours when it is paid up. */
export function activationOf(
  remote: RemoteSubscription,
  price: PlanPrice | null,
): Omit<ActivateSubscriptionInput, 'subscriptionId'> {
  return {
    stripeSubscriptionId: remote.id,
    currentPeriodStart: remote.periodStart,
    currentPeriodEnd: remote.periodEnd,
    periodAnchor: remote.anchor,
    trialEndsAt: remote.trialEnd,
    ...(price && { planId: price.planId, priceVersionId: price.id }),
  };
}

/** Written whenever the next renewal's price is set before the renewal: which price counts until then. */
export function heldPrice(current: PlanPrice, remote: RemoteSubscription): Record<string, string> {
  return { price_version_id: current.id, price_period: String(remote.periodStart.getTime() / 1000) };
}

/**
 * The price that is paid in the current period. A planned change stands on the item already, and the
 * metadata holds the price of the period it was planned in; once that is over the item counts.
 */
export async function findPaidPrice(ctx: Context, remote: RemoteSubscription): Promise<PlanPrice | null> {
  const { price_version_id: heldId, price_period: period } = remote.metadata;
  if (heldId && period === String(remote.periodStart.getTime() / 1000)) return findPlanPrice(ctx, heldId);
  return findPriceOfStripe(ctx, remote.stripePriceId);
}

const COLUMNS = {
  id: priceVersions.id,
  planId: priceVersions.planId,
  recurringNanos: priceVersions.recurringNanos,
  recurringInterval: priceVersions.recurringInterval,
  currency: priceVersions.currency,
};

export async function findPriceOfStripe(ctx: Context, stripePriceId: string): Promise<PlanPrice | null> {
  const [price] = await ctx.db
    .select(COLUMNS)
    .from(stripePrices)
    .innerJoin(priceVersions, eq(priceVersions.id, stripePrices.priceVersionId))
    .where(eq(stripePrices.stripePriceId, stripePriceId));
  return price ?? null;
}

export async function findPlanPrice(ctx: Context, priceVersionId: string): Promise<PlanPrice | null> {
  const [price] = await ctx.db
    .select(COLUMNS)
    .from(priceVersions)
    .where(eq(priceVersions.id, priceVersionId));
  return price ?? null;
}
