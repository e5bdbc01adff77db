import type { Context } from '../context.ts';
import { moveService } from './move-service.ts';

/**
 * Publishes a service that waits for review.
 * @throws AppError `forbidden` for all but platform administrators, `not_found`, `conflict`.
 */
export async function approveService(ctx: Context, input: { serviceId: string }): Promise<void> {
  await moveService(ctx, input.serviceId, {
    from: ['in_review'],
    to: () => 'published',
    action: 'service.approved',
  });
}
