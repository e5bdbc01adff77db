import { fromCents } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireRole, type Context } from '../context.ts';
import { findPriceAt } from './find-price-at.ts';
import { previewUpgrade, readPlanChange, readUpgrade, type PlanChangeOrder } from './plan-change-order.ts';
import type { PlanChangePreview } from './plan-change.ts';
import { planChangeSchema } from './schemas.ts';

/**
 * What a change of plan would cost and when it would count. Charges nothing. Talks to Stripe: not for
 * use inside a transaction.
 * @throws AppError `forbidden`, `not_found`, `invalid_request`, `conflict`, `payment_unavailable`.
 */
export async function previewPlanChange(
  ctx: Context,
  input: { subscriptionId: string; planId: string },
): Promise<PlanChangePreview> {
  const actor = requireRole(ctx, ['admin', 'member', 'billing']);
  const order = await readPlanChange(ctx, actor, parseInput(planChangeSchema, input));
  const { kind, plan, subscription } = order;
  const base = { kind, currency: plan.price.currency, prorationDate: null, effectiveAt: null };
  const fee = plan.price.recurringNanos;
  switch (kind) {
    case 'at_once':
      return { ...base, dueTodayNanos: 0n, nextFeeNanos: 0n, nextFeeAt: null };
    case 'checkout':
      return { ...base, dueTodayNanos: null, nextFeeNanos: fee, nextFeeAt: null };
    case 'at_period_end': {
      const endsAt = subscription.currentPeriodEnd;
      const next = await findPriceAt(ctx, plan.id, endsAt);
      return {
        ...base,
        dueTodayNanos: 0n,
        nextFeeNanos: next?.recurringNanos ?? fee,
        nextFeeAt: next?.recurringInterval ? endsAt : null,
        effectiveAt: endsAt,
      };
    }
    case 'upgrade':
      return { ...base, ...(await previewCharge(ctx, order)) };
  }
}

async function previewCharge(ctx: Context, order: PlanChangeOrder) {
  const upgrade = await readUpgrade(ctx, order);
  const { remote, trialEnd } = upgrade;
  const prorationDate = Math.floor(ctx.clock.now() / 1000);
  const cents = await previewUpgrade(ctx, upgrade, prorationDate);
  const isNewCycle = trialEnd === 'now' || order.plan.price.recurringInterval !== remote.interval;
  const nextFeeAt = isNewCycle
    ? addInterval(prorationDate, order.plan.price.recurringInterval ?? 'month')
    : typeof trialEnd === 'number'
      ? new Date(trialEnd * 1000)
      : remote.periodEnd;
  const next = await findPriceAt(ctx, order.plan.id, nextFeeAt);
  return {
    dueTodayNanos: fromCents(cents),
    nextFeeNanos: next?.recurringNanos ?? order.plan.price.recurringNanos,
    nextFeeAt,
    prorationDate,
  };
}

/** The same day a month or a year later, or the last day of that month: as Stripe counts. */
function addInterval(seconds: number, interval: 'month' | 'year'): Date {
  const start = new Date(seconds * 1000);
  const end = new Date(start);
  end.setUTCDate(1);
  end.setUTCMonth(end.getUTCMonth() + (interval === 'year' ? 12 : 1));
  const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(start.getUTCDate(), lastDay));
  return end;
}
