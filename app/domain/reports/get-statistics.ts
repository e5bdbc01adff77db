import { sql } from 'drizzle-orm';
import type { Nanos } from '../../lib/money.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import type { UsageTotals } from '../usage/index.ts';
import type { Group } from './report-table.ts';
import { reportBilling } from './report-billing.ts';
import { reportUsage } from './report-usage.ts';

export interface Statistics {
  from: Date;
  to: Date;
  /** As of now. */
  counts: Record<
    | 'users'
    | 'organizations'
    | 'publishedServices'
    | 'activeSubscriptions'
    | 'activeKeys'
    | 'openDisputes'
    | 'jobsWaiting'
    | 'jobsFailed',
    number
  >;
  usage: UsageTotals;
  /** Share of calls without a fault; null without calls. */
  successShare: number | null;
  money: { chargedNanos: Nanos; refundedNanos: Nanos; subscriptionNanos: Nanos; feeNanos: Nanos };
  services: (Pick<UsageTotals, 'calls' | 'errors' | 'chargeNanos' | 'p95Ms'> & { group: Group })[];
  models: (Pick<UsageTotals, 'calls' | 'inputTokens' | 'outputTokens' | 'chargeNanos'> & { group: Group })[];
}

const TOP = 10;

/** The platform in numbers, for administrators and their dashboards. */
export async function getStatistics(
  ctx: Context,
  range: { from: Date; to: Date; timeZone: string },
): Promise<Statistics> {
  requirePlatformAdmin(ctx);
  const asked = { perspective: 'admin', granularity: 'month', ...range } as const;
  const [byService, byModel, { totals: money }, [counts]] = await Promise.all([
    reportUsage(ctx, { ...asked, groupBy: 'service' }),
    reportUsage(ctx, { ...asked, groupBy: 'model' }),
    reportBilling(ctx, asked),
    ctx.db.execute<Record<string, string>>(sql`
      select
        (select count(*) from users) as users,
        (select count(*) from organizations) as organizations,
        (select count(*) from services where status = 'published') as services,
        (select count(*) from subscriptions where status = 'active') as subscriptions,
        (select count(*) from keys where status = 'active') as keys,
        (select count(*) from disputes where status = 'open') as disputes,
        (select count(*) from graphile_worker.jobs where attempts < max_attempts) as waiting,
        (select count(*) from graphile_worker.jobs where attempts >= max_attempts) as failed`),
  ]);
  const usage = byService.totals;
  return {
    from: range.from,
    to: range.to,
    counts: {
      users: Number(counts?.['users']),
      organizations: Number(counts?.['organizations']),
      publishedServices: Number(counts?.['services']),
      activeSubscriptions: Number(counts?.['subscriptions']),
      activeKeys: Number(counts?.['keys']),
      openDisputes: Number(counts?.['disputes']),
      jobsWaiting: Number(counts?.['waiting']),
      jobsFailed: Number(counts?.['failed']),
    },
    usage,
    successShare: usage.calls === 0 ? null : (usage.calls - usage.errors) / usage.calls,
    money: {
      chargedNanos: money.usageNanos,
      refundedNanos: money.refundedNanos,
      subscriptionNanos: money.subscriptionNanos,
      feeNanos: money.feeNanos,
    },
    services: byService.groups.slice(0, TOP),
    models: byModel.groups.filter(({ group }) => group.id !== '').slice(0, TOP),
  };
}
