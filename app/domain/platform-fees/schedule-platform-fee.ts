import { platformFees } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requirePlatformAdmin, withTransaction, type Context } from '../context.ts';
import { getFeeBasisPoints } from './get-fee-basis-points.ts';
import { isTooFarAhead, schedulePlatformFeeSchema, type SchedulePlatformFeeInput } from './schemas.ts';

/**
 * Sets the platform's share from a future moment on. What is booked before keeps the share of its time.
 * @throws AppError `forbidden`, `invalid_request`, `conflict` when a share begins at that moment already.
 */
export async function schedulePlatformFee(ctx: Context, input: SchedulePlatformFeeInput): Promise<void> {
  requirePlatformAdmin(ctx);
  const { percent: basisPoints, effectiveFrom } = parseInput(schedulePlatformFeeSchema, input);
  if (effectiveFrom.getTime() <= ctx.clock.now() || isTooFarAhead(effectiveFrom, ctx.clock.now())) {
    throw new AppError('invalid_request', 'A new fee begins in the future, within five years.', {
      issues: [{ field: 'effectiveFrom', reason: 'not_in_future' }],
    });
  }
  await withTransaction(ctx, async (tx) => {
    const before = await getFeeBasisPoints(tx);
    const added = await tx.db
      .insert(platformFees)
      .values({ effectiveFrom, basisPoints })
      .onConflictDoNothing()
      .returning();
    if (added.length === 0) {
      throw new AppError('conflict', 'Another fee begins at this moment already.');
    }
    await appendAuditEvent(tx, {
      organizationId: null,
      action: 'platform_fee.scheduled',
      before: { basisPoints: before },
      after: { basisPoints, effectiveFrom: effectiveFrom.toISOString() },
    });
  });
}
