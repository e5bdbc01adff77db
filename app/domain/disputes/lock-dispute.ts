import { and, eq } from 'drizzle-orm';
import { disputes, type Dispute } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context } from '../context.ts';
import { ownedBy } from './dispute-view.ts';
import type { DisputePerspective } from './schemas.ts';

/**
 * Locks an open dispute that this side may act on.
 * @throws AppError `not_found` for other organizations' disputes, `conflict` when it has ended.
 */
export async function lockOpenDispute(
  ctx: Context,
  { disputeId, perspective }: { disputeId: string; perspective: DisputePerspective },
): Promise<Dispute> {
  const [dispute] = await ctx.db
    .select()
    .from(disputes)
    .where(and(eq(disputes.id, disputeId), ownedBy(ctx, perspective)))
    .for('update');
  if (!dispute) throw new AppError('not_found', 'There is no such dispute.');
  if (dispute.status !== 'open') throw new AppError('conflict', 'This dispute has ended.');
  return dispute;
}
