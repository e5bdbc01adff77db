import { idempotentAnswers } from '../../../db/schema/index.ts';
import { requireSystem, type Context } from '../context.ts';
import { isOver } from './charged-claim.ts';

/** Forgets answers whose 24 hours are over, and claims of calls that never ended. */
export async function deleteExpiredAnswers(ctx: Context): Promise<void> {
  requireSystem(ctx);
  await ctx.db.delete(idempotentAnswers).where(isOver);
}
