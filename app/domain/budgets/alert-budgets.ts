import { sql } from 'drizzle-orm';
import type { Budget } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { queueMail } from '../mails/index.ts';

/** What a mail about a budget says. */
export interface BudgetAlert {
  scope: Budget['scope'];
  period: Budget['period'];
  enforcement: Budget['enforcement'];
  /** Name of the key, username of the member; null for the organization. */
  subjectName: string | null;
  organizationName: string;
  /** The highest threshold that was reached, in per cent. */
  threshold: number;
  spentNanos: Nanos;
  amountNanos: Nanos;
  timeZone: string;
  windowEnd: Date;
  /** Where the budgets are. */
  url: string;
}

export interface AlertBudgetsInput {
  /** The mail, in the recipient's language. */
  write: (locale: string, alert: BudgetAlert) => { subject: string; text: string };
}

/** Windows that ended longer ago have told what there was to tell. */
const RECENT = '2 days';

type Row = Record<string, unknown> & {
  budget_id: string;
  window_start: string;
  organization_id: string;
  organization_name: string;
  scope: Budget['scope'];
  subject_id: string;
  subject_name: string | null;
  key_owner: string | null;
  period: Budget['period'];
  enforcement: Budget['enforcement'];
  amount_nanos: string;
  spent_nanos: string;
  time_zone: string;
  window_end: string;
  reached: number;
};

/**
 * Tells about every budget of which a threshold was reached, once in each window: owners and billing
 * members, and whose budget it is. Any number of these may run at a time.
 * @returns how many windows were told about.
 */
export async function alertBudgets(ctx: Context, { write }: AlertBudgetsInput): Promise<number> {
  requireSystem(ctx);
  const rows = await ctx.db.execute<Row>(sql`
    select w.budget_id, w.window_start::text, b.organization_id, o.name as organization_name, b.scope, b.subject_id,
      coalesce(k.name, u.username) as subject_name, k.created_by_user_id as key_owner, b.period, b.enforcement,
      b.amount_nanos::text as amount_nanos, w.spent_nanos::text as spent_nanos, o.time_zone, e.window_end, r.reached
    from budget_windows w
    join budgets b on b.id = w.budget_id
    join organizations o on o.id = b.organization_id
    left join keys k on b.scope = 'key' and k.id = b.subject_id
    left join users u on b.scope = 'member' and u.id = b.subject_id
    cross join lateral (select (date_trunc(b.period, w.window_start at time zone o.time_zone)
      + ('1 ' || b.period)::interval) at time zone o.time_zone as window_end) e
    cross join lateral (select max(t) as reached from unnest(b.thresholds) t
      where w.spent_nanos::numeric * 100 >= b.amount_nanos::numeric * t) r
    where r.reached > w.alerted_threshold
      and e.window_end > ${ctx.clock.date().toISOString()}::timestamptz - ${RECENT}::interval
    order by w.budget_id, w.window_start`);
  let told = 0;
  for (const row of rows) if (await alert(ctx, row, write)) told += 1;
  return told;
}

function alert(ctx: Context, row: Row, write: AlertBudgetsInput['write']): Promise<boolean> {
  return withTransaction(ctx, async (tx) => {
    // Whoever raises the mark tells; the mark and the mails are one transaction.
    const raised = await tx.db.execute(sql`
      update budget_windows set alerted_threshold = ${row.reached}
      where budget_id = ${row.budget_id} and window_start = ${row.window_start}::timestamptz
        and alerted_threshold < ${row.reached} returning budget_id`);
    if (raised.length === 0) return false;
    const facts: BudgetAlert = {
      scope: row.scope,
      period: row.period,
      enforcement: row.enforcement,
      subjectName: row.subject_name,
      organizationName: row.organization_name,
      threshold: row.reached,
      spentNanos: BigInt(row.spent_nanos),
      amountNanos: BigInt(row.amount_nanos),
      timeZone: row.time_zone,
      windowEnd: new Date(row.window_end),
      url: `${tx.publicUrl}/buyer/budgets`,
    };
    for (const { email, locale } of await recipientsOf(tx, row)) {
      await queueMail(tx, { to: email, locale, ...write(locale, facts) });
    }
    return true;
  });
}

async function recipientsOf(ctx: Context, row: Row) {
  const concerned = row.scope === 'member' ? row.subject_id : row.key_owner;
  return ctx.db.execute<{ email: string; locale: string }>(sql`
    select u.email, u.locale from memberships m join users u on u.id = m.user_id
    where m.organization_id = ${row.organization_id} and u.status = 'active' and u.email is not null
      and (m.role in ('owner', 'billing') or m.user_id = ${concerned})
    order by u.id`);
}
