import { and, desc, eq, sql } from 'drizzle-orm';
import {
  subscriptionCounters,
  subscriptionFees,
  type Meter,
  type SubscriptionFee,
} from '../../../db/schema/index.ts';
import { isAppError } from '../../lib/app-error.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireActor, type Context } from '../context.ts';
import type { PlanWithPrice } from '../plans/index.ts';
import { getPublishedService } from '../services/index.ts';
import { findPriceAt } from './find-price-at.ts';
import { getSubscription } from './get-subscription.ts';
import { planChangeKind, type PlanChangeKind } from './plan-change.ts';
import { findPlanPrice } from './remote-subscription.ts';
import type { SubscriptionView } from './subscription-view.ts';

export interface QuotaUse {
  meter: Meter;
  includedUnits: number;
  usedUnits: number;
  overage: 'hard_stop' | 'priced';
}

export interface NextFee {
  amountNanos: Nanos;
  currency: string;
  at: Date;
  /** The seller has announced another fee for then. */
  changesFrom: Nanos | null;
}

export interface SubscriptionDetail extends SubscriptionView {
  /** The plan that waits for the end of the period. */
  pendingPlan: { id: string; name: string } | null;
  /** Null: nothing is collected any more. */
  nextFee: NextFee | null;
  /** Of the running month, by the database clock. */
  quotas: QuotaUse[];
  quotaResetsAt: Date | null;
  /** Newest first. */
  fees: SubscriptionFee[];
  /** Plans it could move to. */
  offers: { plan: PlanWithPrice; kind: PlanChangeKind }[];
}

const MAX_FEES = 60;

/**
 * All there is to say about a subscription of the acting organization. Asks nobody outside.
 * @throws AppError `not_found`.
 */
export async function getSubscriptionDetail(
  ctx: Context,
  input: { subscriptionId: string },
): Promise<SubscriptionDetail> {
  const actor = requireActor(ctx);
  const view = await getSubscription(ctx, input);
  const offered = view.status === 'canceled' ? [] : await listOffered(ctx, view.serviceId);
  const period = await findPeriod(ctx, view);
  const paid =
    view.stripeSubscriptionId && view.priceVersionId ? await findPlanPrice(ctx, view.priceVersionId) : null;
  const from = { fee: paid, isTrial: view.trialEndsAt !== null };
  return {
    ...view,
    pendingPlan: offered.find(({ id }) => id === view.pendingPlanId) ?? null,
    nextFee: await findNextFee(ctx, view, paid?.recurringNanos ?? null),
    quotas: await listQuotas(ctx, view, period?.start ?? null),
    quotaResetsAt: period?.end ?? null,
    fees: await ctx.db
      .select()
      .from(subscriptionFees)
      .where(
        and(
          eq(subscriptionFees.subscriptionId, view.id),
          eq(subscriptionFees.organizationId, actor.organizationId),
        ),
      )
      .orderBy(desc(subscriptionFees.paidAt))
      .limit(MAX_FEES),
    offers: offered
      .filter(({ id }) => id !== view.planId && id !== view.pendingPlanId)
      .map((plan) => ({ plan, kind: planChangeKind(from, plan.price) })),
  };
}

/** None while the seller has taken the service off the market. */
async function listOffered(ctx: Context, serviceId: string): Promise<PlanWithPrice[]> {
  try {
    return (await getPublishedService(ctx, serviceId)).plans;
  } catch (error) {
    if (isAppError(error) && error.code === 'not_found') return [];
    throw error;
  }
}

async function findPeriod(ctx: Context, view: SubscriptionView): Promise<{ start: Date; end: Date } | null> {
  if (view.status === 'canceled' || view.plan.price.quotas.length === 0) return null;
  const anchor = (view.periodAnchor ?? view.createdAt).toISOString();
  const [row] = await ctx.db.execute<{ start: string; end: string }>(sql`
    select period_start(${anchor}::timestamptz, o.time_zone, now()) as "start",
      period_end(${anchor}::timestamptz, o.time_zone, now()) as "end"
    from organizations o where o.id = ${view.organizationId}`);
  return row ? { start: new Date(row.start), end: new Date(row.end) } : null;
}

async function listQuotas(
  ctx: Context,
  view: SubscriptionView,
  periodStart: Date | null,
): Promise<QuotaUse[]> {
  if (!periodStart) return [];
  const used = await ctx.db
    .select({ meter: subscriptionCounters.meter, units: subscriptionCounters.usedUnits })
    .from(subscriptionCounters)
    .where(
      and(
        eq(subscriptionCounters.subscriptionId, view.id),
        eq(subscriptionCounters.organizationId, view.organizationId),
        eq(subscriptionCounters.periodStart, periodStart),
      ),
    );
  return view.plan.price.quotas.map(({ meter, includedUnits, overage }) => ({
    meter,
    includedUnits,
    overage,
    usedUnits: used.find((counter) => counter.meter === meter)?.units ?? 0,
  }));
}

async function findNextFee(
  ctx: Context,
  view: SubscriptionView,
  paidNanos: Nanos | null,
): Promise<NextFee | null> {
  const at = view.currentPeriodEnd;
  if (!at || view.status === 'canceled' || view.cancelAtPeriodEnd || !view.stripeSubscriptionId) return null;
  const price = await findPriceAt(ctx, view.pendingPlanId ?? view.planId, at);
  if (!price?.recurringInterval) return null;
  const isAnnounced = view.pendingPlanId === null && paidNanos !== null && paidNanos !== price.recurringNanos;
  return {
    amountNanos: price.recurringNanos,
    currency: price.currency,
    at,
    changesFrom: isAnnounced ? paidNanos : null,
  };
}
