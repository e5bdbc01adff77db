import { egressPools } from '../../../db/schema/index.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import type { OwnEgressPool } from './own-egress-pool.ts';
import { createEgressPoolSchema, type CreateEgressPoolInput } from './schemas.ts';

/**
 * Makes an empty pool of outbound proxies; upstreams of the organization may name it.
 * @throws AppError `invalid_request` with issues.
 */
export async function createEgressPool(ctx: Context, input: CreateEgressPoolInput): Promise<OwnEgressPool> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  const { name } = parseInput(createEgressPoolSchema, input);
  return withTransaction(ctx, async (tx) => {
    const id = newId('egressPool');
    const [pool] = await tx.db.insert(egressPools).values({ id, organizationId, name }).returning();
    await appendAuditEvent(tx, {
      organizationId,
      action: 'egress_pool.created',
      subjectId: id,
      before: null,
      after: { name },
    });
    return { ...pool!, proxies: [] };
  });
}
