import type { Context } from '../../app/domain/context.ts';
import { prepareRenewals as prepare } from '../../app/domain/subscriptions/index.ts';

export async function prepareRenewals(ctx: Context): Promise<void> {
  await prepare(ctx);
}
