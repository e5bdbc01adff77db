import { and, eq, sql } from 'drizzle-orm';
import { budgets } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import type { BudgetView } from './budget-view.ts';
import { auditedBudget } from './create-budget.ts';
import { getBudget } from './list-budgets.ts';
import { updateBudgetSchema, type UpdateBudgetInput } from './schemas.ts';

/** Changes a budget of the acting organization. @throws AppError `forbidden`, `not_found`. */
export async function updateBudget(ctx: Context, input: UpdateBudgetInput): Promise<BudgetView> {
  const { organizationId } = requireRole(ctx, ['admin', 'billing']);
  const { budgetId, ...changes } = parseInput(updateBudgetSchema, input);
  const own = and(eq(budgets.id, budgetId), eq(budgets.organizationId, organizationId));
  await withTransaction(ctx, async (tx) => {
    const [before] = await tx.db.select().from(budgets).where(own).for('update');
    if (!before) throw new AppError('not_found', 'There is no such budget.');
    const [after] = await tx.db
      .update(budgets)
      .set({ ...changes, updatedAt: sql`now()` })
      .where(own)
      .returning();
    await appendAuditEvent(tx, {
      organizationId,
      action: 'budget.updated',
      subjectId: budgetId,
      before: auditedBudget(before),
      after: auditedBudget(after ?? before),
    });
  });
  return getBudget(ctx, { budgetId });
}
