import type { Context } from '../../app/domain/context.ts';
import { syncStripeSubscription as sync } from '../../app/domain/subscriptions/index.ts';
import type { JobPayload } from '../jobs.ts';

export async function syncStripeSubscription(
  ctx: Context,
  payload: JobPayload<'sync_stripe_subscription'>,
): Promise<void> {
  await sync(ctx, payload);
}
