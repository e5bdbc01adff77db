import { and, eq } from 'drizzle-orm';
import { endpoints } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import {
  auditedEndpoint,
  findEndpoints,
  findTarget,
  ownedBy,
  withFreePath,
  type EndpointView,
} from './endpoint-view.ts';
import { updateEndpointSchema, type UpdateEndpointInput } from './schemas.ts';

/**
 * Changes a custom path, also the path itself; absent fields stay. Calls hear of it within a second.
 * @throws AppError `invalid_request` and `already_exists` with issues, `not_found`.
 */
export async function updateEndpoint(ctx: Context, input: UpdateEndpointInput): Promise<EndpointView> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const { endpointId, service: reference, ...changes } = parseInput(updateEndpointSchema, input);
  const own = and(eq(endpoints.id, endpointId), ownedBy(actor));
  return withFreePath(() =>
    withTransaction(ctx, async (tx) => {
      const [before] = await tx.db.select().from(endpoints).where(own).for('update');
      if (!before) throw new AppError('not_found', 'There is no such path.');
      const service = reference === undefined ? null : await findTarget(tx.db, actor, reference);
      await tx.db
        .update(endpoints)
        .set({ ...changes, ...(service && { serviceId: service.id }), updatedAt: tx.clock.date() })
        .where(own);
      const [after] = await findEndpoints(tx.db, own);
      await appendAuditEvent(tx, {
        organizationId: before.organizationId,
        action: 'endpoint.updated',
        subjectId: endpointId,
        before: auditedEndpoint(before),
        after: auditedEndpoint(after!),
      });
      return after!;
    }),
  );
}
