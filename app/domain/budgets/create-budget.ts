import { and, eq, sql } from 'drizzle-orm';
import { budgets, keys, memberships, type Budget } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { encodeUlidTime, ID_PREFIXES, newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import type { BudgetView } from './budget-view.ts';
import { getBudget } from './list-budgets.ts';
import { createBudgetSchema, type CreateBudgetInput } from './schemas.ts';

/** A call that is recorded in a window cannot have begun longer before it. */
const LONGEST_CALL_MS = 86_400_000;
const LONGEST_WINDOW_MS = 32 * 86_400_000;

/**
 * Bounds what the acting organization, a member or a key may spend. What the window has seen already
 * counts: a month's budget made on the 20th is one for the whole month.
 * @throws AppError `forbidden`, `invalid_request`, `not_found` (foreign key or member), `already_exists`.
 */
export async function createBudget(ctx: Context, input: CreateBudgetInput): Promise<BudgetView> {
  const { organizationId } = requireRole(ctx, ['admin', 'billing']);
  const values = parseInput(createBudgetSchema, input);
  const id = newId('budget');
  await withTransaction(ctx, async (tx) => {
    await requireSubject(tx, organizationId, values);
    const [budget] = await tx.db
      .insert(budgets)
      .values({ ...values, id, organizationId })
      .onConflictDoNothing()
      .returning();
    if (!budget) {
      throw new AppError('already_exists', 'There is a budget for this and this period already. Change it.', {
        issues: [{ field: 'period', reason: 'taken' }],
      });
    }
    await countWhatWasSpent(tx, budget);
    await appendAuditEvent(tx, {
      organizationId,
      action: 'budget.created',
      subjectId: id,
      after: auditedBudget(budget),
    });
  });
  return getBudget(ctx, { budgetId: id });
}

/** A budget as the trail keeps it. */
export function auditedBudget(budget: Budget): Record<string, unknown> {
  const { scope, subjectId, period, amountNanos, enforcement, thresholds } = budget;
  return { scope, subjectId, period, amountNanos, enforcement, thresholds };
}

async function requireSubject(
  ctx: Context,
  organizationId: string,
  { scope, subjectId }: Pick<Budget, 'scope' | 'subjectId'>,
): Promise<void> {
  if (scope === 'organization') return;
  const [found] =
    scope === 'key'
      ? await ctx.db
          .select({ id: keys.id })
          .from(keys)
          .where(and(eq(keys.id, subjectId), eq(keys.organizationId, organizationId)))
      : await ctx.db
          .select({ id: memberships.userId })
          .from(memberships)
          .where(and(eq(memberships.userId, subjectId), eq(memberships.organizationId, organizationId)));
  if (!found) throw new AppError('not_found', `Your organization has no such ${scope}.`);
}

/** Fills the window that is under way from the calls that were recorded in it. */
async function countWhatWasSpent(ctx: Context, budget: Budget): Promise<void> {
  // Request ids begin with the time: partitions that cannot hold any of it are left out.
  const earliest = ctx.clock.now() - LONGEST_WINDOW_MS - LONGEST_CALL_MS;
  const from = `${ID_PREFIXES.request}_${encodeUlidTime(earliest)}`;
  const ofSubject = {
    organization: sql`true`,
    key: sql`e.key_id = ${budget.subjectId}`,
    member: sql`e.key_id in (select id from keys where created_by_user_id = ${budget.subjectId})`,
  }[budget.scope];
  await ctx.db.execute(sql`
    insert into budget_windows (budget_id, window_start, organization_id, spent_nanos)
    select ${budget.id}, s.window_start, ${budget.organizationId}, coalesce((
      select sum(e.charge_nanos) from usage_events e
      where e.organization_id = ${budget.organizationId} and e.request_id >= ${from}
        and e.occurred_at >= s.window_start and ${ofSubject}), 0)
    from organizations o
    cross join lateral (select window_start(${budget.period}, o.time_zone, ${ctx.clock.date().toISOString()}::timestamptz) as window_start) s
    where o.id = ${budget.organizationId}
    on conflict do nothing`);
}
