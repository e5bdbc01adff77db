import { eq } from 'drizzle-orm';
import { egressPools } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { findEgressPools, lockEgressPool, type OwnEgressPool } from './own-egress-pool.ts';
import { renameEgressPoolSchema, type RenameEgressPoolInput } from './schemas.ts';

/**
 * Gives a pool another name.
 * @throws AppError `invalid_request` with issues, `not_found`.
 */
export async function renameEgressPool(ctx: Context, input: RenameEgressPoolInput): Promise<OwnEgressPool> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  const { poolId, name } = parseInput(renameEgressPoolSchema, input);
  return withTransaction(ctx, async (tx) => {
    const before = await lockEgressPool(tx.db, organizationId, poolId);
    await tx.db
      .update(egressPools)
      .set({ name, updatedAt: tx.clock.date() })
      .where(eq(egressPools.id, before.id));
    await appendAuditEvent(tx, {
      organizationId,
      action: 'egress_pool.renamed',
      subjectId: poolId,
      before: { name: before.name },
      after: { name },
    });
    const [pool] = await findEgressPools(tx.db, eq(egressPools.id, poolId));
    return pool!;
  });
}
