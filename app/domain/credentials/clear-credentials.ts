import { and, eq } from 'drizzle-orm';
import { credentials } from '../../../db/schema/index.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockPool } from './own-credential.ts';

/**
 * Empties the pool of an upstream. It takes no calls until it has got a credential again.
 * @returns how many were erased.
 * @throws AppError `not_found`
 */
export async function clearCredentials(
  ctx: Context,
  { upstreamId }: { upstreamId: string },
): Promise<number> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  return withTransaction(ctx, async (tx) => {
    await lockPool(tx.db, organizationId, upstreamId);
    const erased = await tx.db
      .delete(credentials)
      .where(and(eq(credentials.upstreamId, upstreamId), eq(credentials.organizationId, organizationId)))
      .returning({ id: credentials.id });
    await appendAuditEvent(tx, {
      organizationId,
      action: 'credential.pool_cleared',
      subjectId: upstreamId,
      before: { total: erased.length },
      after: null,
    });
    return erased.length;
  });
}
