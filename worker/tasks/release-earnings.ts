import type { Context } from '../../app/domain/context.ts';
import { releaseEarnings as release } from '../../app/domain/earnings/index.ts';

export async function releaseEarnings(ctx: Context): Promise<void> {
  const sellers = await release(ctx);
  if (sellers > 0) ctx.logger.info({ sellers }, 'released earnings');
}
