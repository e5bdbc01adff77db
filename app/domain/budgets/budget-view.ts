/** Budgets with where they stand: read through the windows, which the holding function fills. */
import { sql, type SQL } from 'drizzle-orm';
import type { Budget } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import type { Context } from '../context.ts';

export interface BudgetView extends Budget {
  /** Name of the key, username of the member; null for the organization. */
  subjectName: string | null;
  spentNanos: Nanos;
  /** Set aside for calls that are running; not spent. */
  heldNanos: Nanos;
  /** What can still be held; 0 when more than the budget was spent. */
  remainingNanos: Nanos;
  /** Whole per cent of the amount that is spent, rounded down. */
  spentPercent: number;
  /** Of the organization, in which the window is cut. */
  timeZone: string;
  windowStart: Date;
  /** When the next window begins. */
  windowEnd: Date;
}

type Row = Record<string, unknown> & {
  id: string;
  organization_id: string;
  scope: Budget['scope'];
  subject_id: string;
  period: Budget['period'];
  amount_nanos: string;
  enforcement: Budget['enforcement'];
  thresholds: number[];
  created_at: string;
  updated_at: string;
  subject_name: string | null;
  spent_nanos: string;
  held_nanos: string;
  time_zone: string;
  window_start: string;
  window_end: string;
};

/** @param where over `b`, the budgets. */
export async function selectBudgets(ctx: Context, where: SQL): Promise<BudgetView[]> {
  const at = ctx.clock.date().toISOString();
  const rows = await ctx.db.execute<Row>(sql`
    select b.*, o.time_zone, coalesce(k.name, u.username) as subject_name, s.window_start,
      -- By the wall clock, so that a window over a change of the clocks ends when the next begins.
      (date_trunc(b.period, s.window_start at time zone o.time_zone) + ('1 ' || b.period)::interval)
        at time zone o.time_zone as window_end,
      coalesce(w.spent_nanos, 0)::text as spent_nanos, coalesce(w.held_nanos, 0)::text as held_nanos,
      b.amount_nanos::text as amount_nanos
    from budgets b
    join organizations o on o.id = b.organization_id
    cross join lateral (select window_start(b.period, o.time_zone, ${at}::timestamptz) as window_start) s
    left join budget_windows w on w.budget_id = b.id and w.window_start = s.window_start
    left join keys k on b.scope = 'key' and k.id = b.subject_id
    left join users u on b.scope = 'member' and u.id = b.subject_id
    where ${where}
    order by array_position(array['organization', 'member', 'key'], b.scope), subject_name nulls first,
      array_position(array['day', 'week', 'month'], b.period), b.id`);
  return rows.map(toView);
}

function toView(row: Row): BudgetView {
  const amountNanos = BigInt(row.amount_nanos);
  const spentNanos = BigInt(row.spent_nanos);
  const heldNanos = BigInt(row.held_nanos);
  const left = amountNanos - spentNanos - heldNanos;
  return {
    id: row.id,
    organizationId: row.organization_id,
    scope: row.scope,
    subjectId: row.subject_id,
    period: row.period,
    amountNanos,
    enforcement: row.enforcement,
    thresholds: row.thresholds,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    subjectName: row.subject_name,
    spentNanos,
    heldNanos,
    remainingNanos: left > 0n ? left : 0n,
    spentPercent: percentOf(spentNanos, amountNanos),
    timeZone: row.time_zone,
    windowStart: new Date(row.window_start),
    windowEnd: new Date(row.window_end),
  };
}

/** Whole per cent, rounded down: 100 only when all of it is. */
export function percentOf(part: Nanos, whole: Nanos): number {
  const percent = (part * 100n) / whole;
  return percent > 1_000_000n ? 1_000_000 : parseInt(percent.toString(), 10);
}
