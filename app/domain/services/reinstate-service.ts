import type { Context } from '../context.ts';
import { moveService } from './move-service.ts';

/**
 * Lifts a suspension: what was published before is listed again,
 * the rest becomes a draft.
 * @throws AppError `forbidden` for all but platform administrators, `not_found`, `conflict`.
 */
export async function reinstateService(ctx: Context, input: { serviceId: string }): Promise<void> {
  await moveService(ctx, input.serviceId, {
    from: ['suspended'],
    to: (service) => (service.publishedAt ? 'published' : 'draft'),
    action: 'service.reinstated',
  });
}
