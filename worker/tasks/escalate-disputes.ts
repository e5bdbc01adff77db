import type { Context } from '../../app/domain/context.ts';
import { escalateDisputes as escalate } from '../../app/domain/disputes/index.ts';

export async function escalateDisputes(ctx: Context): Promise<void> {
  await escalate(ctx);
}
