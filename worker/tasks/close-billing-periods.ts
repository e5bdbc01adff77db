import type { Context } from '../../app/domain/context.ts';
import { closeBillingPeriods as close } from '../../app/domain/billing-periods/index.ts';

export async function closeBillingPeriods(ctx: Context): Promise<void> {
  await close(ctx);
}
