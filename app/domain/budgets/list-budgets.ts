import { sql } from 'drizzle-orm';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, type Context, type UserActor } from '../context.ts';
import { selectBudgets, type BudgetView } from './budget-view.ts';
import { budgetIdSchema, listBudgetsSchema, type ListBudgetsInput } from './schemas.ts';

/** Members see the organization's budgets, their own and those of keys they made; others see all. */
function visibleTo(actor: UserActor) {
  const own = sql`b.organization_id = ${actor.organizationId}`;
  if (actor.role !== 'member') return own;
  return sql`${own} and (b.scope = 'organization' or (b.scope = 'member' and b.subject_id = ${actor.userId})
    or (b.scope = 'key' and k.created_by_user_id = ${actor.userId}))`;
}

/** Budgets of the acting organization, each with its current window. */
export async function listBudgets(ctx: Context, input: ListBudgetsInput = {}): Promise<BudgetView[]> {
  const actor = requireActor(ctx);
  const { keyId } = parseInput(listBudgetsSchema, input);
  const ofKey = keyId === undefined ? sql`true` : sql`b.scope = 'key' and b.subject_id = ${keyId}`;
  return selectBudgets(ctx, sql`${visibleTo(actor)} and ${ofKey}`);
}

/** One budget of the acting organization. @throws AppError `not_found`. */
export async function getBudget(ctx: Context, input: { budgetId: string }): Promise<BudgetView> {
  const actor = requireActor(ctx);
  const { budgetId } = parseInput(budgetIdSchema, input);
  const [budget] = await selectBudgets(ctx, sql`${visibleTo(actor)} and b.id = ${budgetId}`);
  if (!budget) throw new AppError('not_found', 'There is no such budget.');
  return budget;
}
