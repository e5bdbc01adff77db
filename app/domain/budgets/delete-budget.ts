import { and, eq } from 'drizzle-orm';
import { budgets } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { auditedBudget } from './create-budget.ts';
import { budgetIdSchema } from './schemas.ts';

/** Takes a bound away. @throws AppError `forbidden`, `not_found`. */
export async function deleteBudget(ctx: Context, input: { budgetId: string }): Promise<void> {
  const { organizationId } = requireRole(ctx, ['admin', 'billing']);
  const { budgetId } = parseInput(budgetIdSchema, input);
  await withTransaction(ctx, async (tx) => {
    const [deleted] = await tx.db
      .delete(budgets)
      .where(and(eq(budgets.id, budgetId), eq(budgets.organizationId, organizationId)))
      .returning();
    if (!deleted) throw new AppError('not_found', 'There is no such budget.');
    // Its windows stay: calls that hold in them are still to be settled.
    await appendAuditEvent(tx, {
      organizationId,
      action: 'budget.deleted',
      subjectId: budgetId,
      before: auditedBudget(deleted),
    });
  });
}
