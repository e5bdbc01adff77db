import { and, eq } from 'drizzle-orm';
import { egressProxies } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { auditedProxy } from './own-egress-pool.ts';

/**
 * Takes a node out of its pool; no new connection goes through it within a second.
 * @throws AppError `not_found`
 */
export async function deleteEgressProxy(ctx: Context, { proxyId }: { proxyId: string }): Promise<void> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  await withTransaction(ctx, async (tx) => {
    const [deleted] = await tx.db
      .delete(egressProxies)
      .where(and(eq(egressProxies.id, proxyId), eq(egressProxies.organizationId, organizationId)))
      .returning();
    if (!deleted) throw new AppError('not_found', 'There is no such proxy.');
    await appendAuditEvent(tx, {
      organizationId,
      action: 'egress_proxy.deleted',
      subjectId: proxyId,
      before: auditedProxy(deleted),
      after: null,
    });
  });
}
