import { sql } from 'drizzle-orm';
import { encodeUlidTime, ID_PREFIXES } from '../../lib/ids.ts';
import type { Context } from '../context.ts';

/** A call that is recorded in a window cannot have begun longer before it. */
const LONGEST_CALL_MS = 86_400_000;
const LONGEST_WINDOW_MS = 32 * 86_400_000;

/**
 * Fills windows under way that nobody has counted in yet from the calls that were recorded in them: of a
 * new budget, and of all budgets once the organization's days begin at another moment. In the caller's
 * transaction, who has authorized.
 */
export async function countBudgetWindows(ctx: Context, organizationId: string): Promise<void> {
  const now = ctx.clock.now();
  // Request ids begin with the time: partitions that cannot hold any of it are left out.
  const from = `${ID_PREFIXES.request}_${encodeUlidTime(now - LONGEST_WINDOW_MS - LONGEST_CALL_MS)}`;
  await ctx.db.execute(sql`
    insert into budget_windows (budget_id, window_start, organization_id, spent_nanos)
    select b.id, s.window_start, b.organization_id, coalesce((
      select sum(e.charge_nanos) from usage_events e
      where e.organization_id = b.organization_id and e.request_id >= ${from}
        and e.occurred_at >= s.window_start
        and case b.scope
          when 'key' then e.key_id = b.subject_id
          when 'member' then e.key_id in (select k.id from keys k where k.created_by_user_id = b.subject_id)
          else true end), 0)
    from budgets b
    join organizations o on o.id = b.organization_id
    cross join lateral (
      select window_start(b.period, o.time_zone, ${new Date(now).toISOString()}::timestamptz) as window_start) s
    where b.organization_id = ${organizationId}
      and not exists (
        select 1 from budget_windows w where w.budget_id = b.id and w.window_start = s.window_start)
    on conflict do nothing`);
}
