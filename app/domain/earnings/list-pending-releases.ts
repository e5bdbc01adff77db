import { sql } from 'drizzle-orm';
import type { Nanos } from '../../lib/money.ts';
import { requireActor, type Context } from '../context.ts';
import { pendingMovements } from './pending-movements.ts';

export interface PendingRelease {
  /** Local day on which it becomes available: `2026-11-28`. */
  day: string;
  amountNanos: Nanos;
}

/** When the acting organization's pending earnings become available, by local day. */
export async function listPendingReleases(
  ctx: Context,
  { timeZone }: { timeZone: string },
): Promise<PendingRelease[]> {
  const { organizationId } = requireActor(ctx);
  const now = ctx.clock.date().toISOString();
  const rows = await ctx.db.execute<{ day: string; amount: string }>(sql`
    with settings as (select make_interval(days => payout_hold_days) as hold from platform_settings where id = 1)
    select to_char(greatest(${now}::timestamptz,
        case when kind = 'earnings_release' or earned_at is null then ${now}::timestamptz else earned_at + hold end)
        at time zone ${timeZone}::text, 'YYYY-MM-DD') as day, sum(amount)::text as amount
    from (${pendingMovements(organizationId)}) as movement, settings
    group by 1 having sum(amount) <> 0 order by 1`);
  return rows.map(({ day, amount }) => ({ day, amountNanos: BigInt(amount) }));
}
