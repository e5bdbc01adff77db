import { and, eq } from 'drizzle-orm';
import { endpoints } from '../../../db/schema/index.ts';
import { requireActor, type Context } from '../context.ts';
import { findEndpoints, ownedBy, type EndpointView } from './endpoint-view.ts';

/**
 * Custom paths: the acting organization's, or with `everybody` what the actor may look after.
 * A service narrows the list to the paths that lead to it.
 */
export function listEndpoints(
  ctx: Context,
  input: { everybody?: boolean; serviceId?: string } = {},
): Promise<EndpointView[]> {
  const actor = requireActor(ctx);
  return findEndpoints(
    ctx.db,
    and(
      input.everybody ? ownedBy(actor) : eq(endpoints.organizationId, actor.organizationId),
      input.serviceId === undefined ? undefined : eq(endpoints.serviceId, input.serviceId),
    ),
  );
}
