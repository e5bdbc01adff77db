import type { Context } from '../../app/domain/context.ts';
import { ensureUsagePartitions as ensure } from '../../app/domain/usage/index.ts';

export async function ensureUsagePartitions(ctx: Context): Promise<void> {
  await ensure(ctx);
}
