import { and, eq, gt, inArray, isNotNull, lte, notExists, sql } from 'drizzle-orm';
import { auditEvents, subscriptions } from '../../../db/schema/index.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { enqueueSync } from './lock-subscription.ts';
import { tellSubscriber } from './tell-subscriber.ts';

const HOUR_MS = 3_600_000;
/** Stripe bills a renewal an hour after the period's end; a day ahead leaves time for a night without worker. */
const AHEAD_MS = 25 * HOUR_MS;
const TRIAL_NOTICE_MS = 72 * HOUR_MS;

/**
 * Has Stripe renew at the price that counts then, where a plan's fee changes; and tells buyers three
 * days before a trial ends, once each. Repeating it is safe.
 */
export async function prepareRenewals(ctx: Context): Promise<{ synced: number; told: number }> {
  requireSystem(ctx);
  const now = ctx.clock.date();
  return { synced: await syncNewPrices(ctx, now), told: await tellTrials(ctx, now) };
}

async function syncNewPrices(ctx: Context, now: Date): Promise<number> {
  const renewed = sql`(select v.id from price_versions v
    where v.plan_id = coalesce(${subscriptions.pendingPlanId}, ${subscriptions.planId})
      and v.effective_from <= ${subscriptions.currentPeriodEnd} order by v.version desc limit 1)`;
  const due = await ctx.db
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(
      and(
        inArray(subscriptions.status, ['active', 'past_due']),
        isNotNull(subscriptions.stripeSubscriptionId),
        eq(subscriptions.cancelAtPeriodEnd, false),
        gt(subscriptions.currentPeriodEnd, now),
        lte(subscriptions.currentPeriodEnd, new Date(now.getTime() + AHEAD_MS)),
        sql`${renewed} is distinct from ${subscriptions.priceVersionId}`,
      ),
    );
  for (const { id } of due) await enqueueSync(ctx, id);
  return due.length;
}

async function tellTrials(ctx: Context, now: Date): Promise<number> {
  const told = ctx.db
    .select({ id: auditEvents.id })
    .from(auditEvents)
    .where(
      and(
        eq(auditEvents.organizationId, subscriptions.organizationId),
        eq(auditEvents.action, 'subscription.trial_ending'),
        eq(auditEvents.subjectId, subscriptions.id),
      ),
    );
  const ending = await ctx.db
    .select()
    .from(subscriptions)
    .where(
      and(
        eq(subscriptions.status, 'active'),
        eq(subscriptions.cancelAtPeriodEnd, false),
        gt(subscriptions.trialEndsAt, now),
        lte(subscriptions.trialEndsAt, new Date(now.getTime() + TRIAL_NOTICE_MS)),
        notExists(told),
      ),
    );
  for (const subscription of ending) {
    await withTransaction(ctx, async (tx) => {
      await appendAuditEvent(tx, {
        organizationId: subscription.organizationId,
        action: 'subscription.trial_ending',
        subjectId: subscription.id,
        after: { trialEndsAt: subscription.trialEndsAt?.toISOString() ?? null },
      });
      await tellSubscriber(tx, subscription, 'trial_ending', subscription.trialEndsAt?.toISOString() ?? '');
    });
  }
  return ending.length;
}
