import { and, count, eq, ne } from 'drizzle-orm';
import { credentials, upstreams } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockOwnService } from '../plans/index.ts';
import { auditedUpstream, lockOwnUpstream } from './own-upstream.ts';

/**
 * Removes an upstream with its pool of credentials; running calls finish.
 * @throws AppError `not_found`; `conflict` for the last upstream of a service.
 */
export async function deleteUpstream(
  ctx: Context,
  { upstreamId }: { upstreamId: string },
): Promise<{ serviceId: string; credentialCount: number }> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  return withTransaction(ctx, async (tx) => {
    const { upstream } = await lockOwnUpstream(tx.db, organizationId, upstreamId);
    await lockOwnService(tx.db, organizationId, upstream.serviceId);
    const [others] = await tx.db
      .select({ total: count() })
      .from(upstreams)
      .where(and(eq(upstreams.serviceId, upstream.serviceId), ne(upstreams.id, upstreamId)));
    if ((others?.total ?? 0) === 0) {
      throw new AppError('conflict', 'A service needs an upstream: add another one first.');
    }
    const erased = await tx.db
      .delete(credentials)
      .where(and(eq(credentials.upstreamId, upstreamId), eq(credentials.organizationId, organizationId)))
      .returning({ id: credentials.id });
    await tx.db
      .delete(upstreams)
      .where(and(eq(upstreams.id, upstreamId), eq(upstreams.organizationId, organizationId)));
    await appendAuditEvent(tx, {
      organizationId,
      action: 'upstream.deleted',
      subjectId: upstreamId,
      before: auditedUpstream(upstream),
      after: { erased: erased.length },
    });
    return { serviceId: upstream.serviceId, credentialCount: erased.length };
  });
}
