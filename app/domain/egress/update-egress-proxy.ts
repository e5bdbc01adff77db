import { and, eq } from 'drizzle-orm';
import { egressProxies } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { auditedProxy, findEgressProxies, type OwnEgressProxy } from './own-egress-pool.ts';
import { updateEgressProxySchema, type UpdateEgressProxyInput } from './schemas.ts';

/**
 * Changes a node's weight, region or status. A node that is made active starts without its failures.
 * @throws AppError `invalid_request` with issues, `not_found`.
 */
export async function updateEgressProxy(
  ctx: Context,
  input: UpdateEgressProxyInput,
): Promise<OwnEgressProxy> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  const { proxyId, weight, region, status } = parseInput(updateEgressProxySchema, input);
  const where = and(eq(egressProxies.id, proxyId), eq(egressProxies.organizationId, organizationId));
  return withTransaction(ctx, async (tx) => {
    const [before] = await findEgressProxies(tx.db, where);
    if (!before) throw new AppError('not_found', 'There is no such proxy.');
    await tx.db
      .update(egressProxies)
      .set({
        ...(weight !== undefined && { weight }),
        ...(region !== undefined && { region: region || null }),
        ...(status !== undefined && { status }),
        ...(status === 'active' && { failures: 0, retryAt: null }),
        updatedAt: tx.clock.date(),
      })
      .where(where);
    const [after] = await findEgressProxies(tx.db, where);
    await appendAuditEvent(tx, {
      organizationId,
      action: 'egress_proxy.updated',
      subjectId: proxyId,
      before: auditedProxy(before),
      after: auditedProxy(after!),
    });
    return after!;
  });
}
