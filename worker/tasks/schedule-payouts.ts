import type { Context } from '../../app/domain/context.ts';
import { schedulePayouts as schedule } from '../../app/domain/payouts/index.ts';

export async function schedulePayouts(ctx: Context): Promise<void> {
  const payouts = await schedule(ctx);
  if (payouts > 0) ctx.logger.info({ payouts }, 'made scheduled payouts');
}
