import type { Context } from '../../app/domain/context.ts';
import { applyStripeEvent as apply } from '../../app/domain/stripe-events/index.ts';
import type { JobPayload } from '../jobs.ts';

export async function applyStripeEvent(
  ctx: Context,
  payload: JobPayload<'apply_stripe_event'>,
): Promise<void> {
  await apply(ctx, payload);
}
