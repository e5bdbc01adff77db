import { and, eq } from 'drizzle-orm';
import { endpoints } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { auditedEndpoint, ownedBy } from './endpoint-view.ts';

/**
 * Frees a custom path; calls to it are not found within a second.
 * @throws AppError `not_found`
 */
export async function deleteEndpoint(ctx: Context, { endpointId }: { endpointId: string }): Promise<void> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  await withTransaction(ctx, async (tx) => {
    const [deleted] = await tx.db
      .delete(endpoints)
      .where(and(eq(endpoints.id, endpointId), ownedBy(actor)))
      .returning();
    if (!deleted) throw new AppError('not_found', 'There is no such path.');
    await appendAuditEvent(tx, {
      organizationId: deleted.organizationId,
      action: 'endpoint.deleted',
      subjectId: endpointId,
      before: auditedEndpoint(deleted),
      after: null,
    });
  });
}
