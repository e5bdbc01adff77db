import type { Context } from '../../app/domain/context.ts';
import { deleteExpiredAnswers as deleteAnswers } from '../../app/domain/idempotency/index.ts';

export async function deleteExpiredAnswers(ctx: Context): Promise<void> {
  await deleteAnswers(ctx);
}
