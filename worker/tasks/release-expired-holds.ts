import type { Context } from '../../app/domain/context.ts';
import { releaseExpiredHolds as release } from '../../app/domain/wallets/index.ts';

export async function releaseExpiredHolds(ctx: Context): Promise<void> {
  await release(ctx);
}
