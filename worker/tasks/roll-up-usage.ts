import type { Context } from '../../app/domain/context.ts';
import { rollUpUsage as rollUp } from '../../app/domain/usage/index.ts';

export async function rollUpUsage(ctx: Context): Promise<void> {
  await rollUp(ctx);
}
