import { and, eq } from 'drizzle-orm';
import { budgets, keys, memberships, type Budget } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import type { BudgetView } from './budget-view.ts';
import { countBudgetWindows } from './count-budget-windows.ts';
import { getBudget } from './list-budgets.ts';
import { createBudgetSchema, type CreateBudgetInput } from './schemas.ts';

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
    await countBudgetWindows(tx, organizationId);
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
