import { z } from 'zod';
import { parseInput } from '../../lib/parse-input.ts';
import type { Context } from '../context.ts';
import { moveService } from './move-service.ts';

export const suspendServiceSchema = z.strictObject({
  serviceId: z.string().max(64),
  /** For the audit trail. */
  reason: z.string().trim().max(500).default(''),
});

/**
 * Takes a service off the storefront and stops its calls; only an administrator brings it back.
 * @throws AppError `forbidden` for all but platform administrators, `not_found`, `conflict`.
 */
export async function suspendService(
  ctx: Context,
  input: z.input<typeof suspendServiceSchema>,
): Promise<void> {
  const { serviceId, reason } = parseInput(suspendServiceSchema, input);
  await moveService(ctx, serviceId, {
    from: ['draft', 'in_review', 'published', 'paused'],
    to: () => 'suspended',
    action: 'service.suspended',
    reason,
  });
}
