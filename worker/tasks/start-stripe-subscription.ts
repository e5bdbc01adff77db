import type { Context } from '../../app/domain/context.ts';
import { startStripeSubscription as start } from '../../app/domain/subscriptions/index.ts';
import type { JobPayload } from '../jobs.ts';

export async function startStripeSubscription(
  ctx: Context,
  payload: JobPayload<'start_stripe_subscription'>,
): Promise<void> {
  await start(ctx, payload);
}
