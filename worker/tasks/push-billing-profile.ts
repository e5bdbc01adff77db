import { pushBillingProfile as push } from '../../app/domain/billing-profiles/index.ts';
import type { Context } from '../../app/domain/context.ts';
import type { JobPayload } from '../jobs.ts';

export async function pushBillingProfile(
  ctx: Context,
  payload: JobPayload<'push_billing_profile'>,
): Promise<void> {
  await push(ctx, payload);
}
