import type { Context } from '../../app/domain/context.ts';
import { cancelStripeSubscription as cancel } from '../../app/domain/payments/index.ts';
import type { JobPayload } from '../jobs.ts';

export async function cancelStripeSubscription(
  ctx: Context,
  payload: JobPayload<'cancel_stripe_subscription'>,
): Promise<void> {
  await cancel(ctx, payload);
}
