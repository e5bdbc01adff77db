import type { Context } from '../../app/domain/context.ts';
import { issueReceipts as issue } from '../../app/domain/receipts/index.ts';

export async function issueReceipts(ctx: Context): Promise<void> {
  await issue(ctx);
}
