import { count, eq } from 'drizzle-orm';
import { endpoints } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import {
  auditedEndpoint,
  findEndpoints,
  findTarget,
  withFreePath,
  type EndpointView,
} from './endpoint-view.ts';
import { createEndpointSchema, type CreateEndpointInput } from './schemas.ts';

const MAX_ENDPOINTS = 200;

/**
 * Gives a service an address of its own on this host: `POST /<path>`.
 * @throws AppError `invalid_request` and `already_exists` with issues, `conflict` beyond 200 paths.
 */
export async function createEndpoint(ctx: Context, input: CreateEndpointInput): Promise<EndpointView> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const { organizationId } = actor;
  const { service: reference, ...fields } = parseInput(createEndpointSchema, input);
  const service = await findTarget(ctx.db, actor, reference);
  return withFreePath(() =>
    withTransaction(ctx, async (tx) => {
      const [own] = await tx.db
        .select({ total: count() })
        .from(endpoints)
        .where(eq(endpoints.organizationId, organizationId));
      if ((own?.total ?? 0) >= MAX_ENDPOINTS) {
        throw new AppError('conflict', `An organization has at most ${MAX_ENDPOINTS} custom paths.`);
      }
      const id = newId('endpoint');
      await tx.db.insert(endpoints).values({ ...fields, id, organizationId, serviceId: service.id });
      const [created] = await findEndpoints(tx.db, eq(endpoints.id, id));
      await appendAuditEvent(tx, {
        organizationId,
        action: 'endpoint.created',
        subjectId: id,
        before: null,
        after: auditedEndpoint(created!),
      });
      return created!;
    }),
  );
}
