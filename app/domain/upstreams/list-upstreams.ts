import { and, eq } from 'drizzle-orm';
import { upstreams } from '../../../db/schema/index.ts';
import { requireActor, type Context } from '../context.ts';
import { requireOwnService } from '../services/index.ts';
import { findUpstreams, type OwnUpstream } from './own-upstream.ts';

/**
 * Where the calls of a service may go, in the order of routing.
 * @throws AppError `not_found`
 */
export async function listUpstreams(ctx: Context, input: { serviceId: string }): Promise<OwnUpstream[]> {
  const actor = requireActor(ctx);
  const service = await requireOwnService(ctx.db, actor.organizationId, input.serviceId);
  return findUpstreams(
    ctx.db,
    and(eq(upstreams.serviceId, service.id), eq(upstreams.organizationId, actor.organizationId)),
    ctx.clock.date(),
  );
}
