import { sql } from 'drizzle-orm';
import type { Nanos } from '../../lib/money.ts';
import { lastDays, listDays } from '../../lib/time.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';

export interface PlatformOverview {
  users: number;
  organizations: number;
  publishedServices: number;
  servicesInReview: number;
  activeSubscriptions: number;
  activeKeys: number;
  /** Over the last 30 local days, from the roll-ups. */
  calls: number;
  errors: number;
  chargeNanos: Nanos;
  feeNanos: Nanos;
  /** What buyers have paid in and not spent. */
  walletNanos: Nanos;
  heldNanos: Nanos;
  /** What is owed to sellers. */
  sellerOwedNanos: Nanos;
  /** Jobs that failed at least once and wait for another try, and those given up. */
  retryingJobs: number;
  deadJobs: number;
  days: { day: string; calls: number; errors: number; chargeNanos: Nanos }[];
  newestUsers: { id: string; username: string; displayName: string; createdAt: Date }[];
}

const DAYS = 30;

/** Figures for the administrator's first page. */
export async function getPlatformOverview(
  ctx: Context,
  input: { timeZone: string },
): Promise<PlatformOverview> {
  requirePlatformAdmin(ctx);
  const { from, to } = lastDays(DAYS, ctx.clock.date(), input.timeZone);
  const [counts] = await ctx.db.execute<Record<string, string>>(sql`
    select
      (select count(*) from users) as users,
      (select count(*) from organizations) as organizations,
      (select count(*) from services where status = 'published') as published,
      (select count(*) from services where status = 'in_review') as in_review,
      (select count(*) from subscriptions where status = 'active') as subscriptions,
      (select count(*) from keys where status = 'active') as keys,
      (select coalesce(sum(available_nanos), 0) from wallets) + aside.nanos as available,
      (select coalesce(sum(held_nanos), 0) from wallets) - aside.nanos as held,
      (select coalesce(sum(e.amount_nanos), 0) from ledger_entries e join ledger_accounts a on a.id = e.account_id
        where a.purpose in ('seller_pending', 'seller_available')) as owed,
      (select count(*) from graphile_worker.jobs where attempts > 0 and attempts < max_attempts) as retrying,
      (select count(*) from graphile_worker.jobs where attempts >= max_attempts) as dead
    from (select coalesce(sum(amount_nanos), 0) as nanos from allowances) as aside`);
  const days = await ctx.db.execute<{
    day: string;
    calls: string;
    errors: string;
    charge: string;
    fee: string;
  }>(sql`
    select to_char(bucket_start at time zone ${input.timeZone}::text, 'YYYY-MM-DD') as day,
      sum(calls) as calls, sum(errors) as errors, sum(charge_nanos) as charge, sum(fee_nanos) as fee
    from usage_rollups where bucket_start >= ${from.toISOString()}::timestamptz and bucket_start < ${to.toISOString()}::timestamptz
    group by 1 order by 1`);
  const newestUsers = await ctx.db.query.users.findMany({
    columns: { id: true, username: true, displayName: true, createdAt: true },
    orderBy: (table, { desc }) => [desc(table.createdAt)],
    limit: 5,
  });
  const byDay = new Map(days.map((row) => [row.day, row]));
  const number = (name: string): number => Number(counts?.[name] ?? 0);
  const nanos = (name: string): Nanos => BigInt(counts?.[name] ?? 0);
  return {
    users: number('users'),
    organizations: number('organizations'),
    publishedServices: number('published'),
    servicesInReview: number('in_review'),
    activeSubscriptions: number('subscriptions'),
    activeKeys: number('keys'),
    calls: days.reduce((sum, row) => sum + Number(row.calls), 0),
    errors: days.reduce((sum, row) => sum + Number(row.errors), 0),
    chargeNanos: days.reduce((sum, row) => sum + BigInt(row.charge), 0n),
    feeNanos: days.reduce((sum, row) => sum + BigInt(row.fee), 0n),
    walletNanos: nanos('available'),
    heldNanos: nanos('held'),
    sellerOwedNanos: nanos('owed'),
    retryingJobs: number('retrying'),
    deadJobs: number('dead'),
    days: listDays(from, to, input.timeZone).map((day) => {
      const row = byDay.get(day);
      return {
        day,
        calls: Number(row?.calls ?? 0),
        errors: Number(row?.errors ?? 0),
        chargeNanos: BigInt(row?.charge ?? 0),
      };
    }),
    newestUsers,
  };
}
