import { eq } from 'drizzle-orm';
import { egressPools, upstreams } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockEgressPool } from './own-egress-pool.ts';

/**
 * Deletes a pool and its nodes.
 * @throws AppError `not_found`; `conflict` while an upstream names it: its calls would go out directly.
 */
export async function deleteEgressPool(ctx: Context, { poolId }: { poolId: string }): Promise<void> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  await withTransaction(ctx, async (tx) => {
    const pool = await lockEgressPool(tx.db, organizationId, poolId);
    const [user] = await tx.db
      .select({ id: upstreams.id })
      .from(upstreams)
      .where(eq(upstreams.egressPoolId, pool.id))
      .limit(1);
    if (user) throw new AppError('conflict', 'An upstream still dials through this pool.');
    await tx.db.delete(egressPools).where(eq(egressPools.id, pool.id));
    await appendAuditEvent(tx, {
      organizationId,
      action: 'egress_pool.deleted',
      subjectId: pool.id,
      before: { name: pool.name },
      after: null,
    });
  });
}
