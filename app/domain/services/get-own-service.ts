import { requireActor, type Context } from '../context.ts';
import { requireOwnService, type OwnService } from './own-service.ts';

/**
 * A service of the acting organization, by id or slug.
 * @throws AppError `not_found`
 */
export function getOwnService(ctx: Context, input: { serviceIdOrSlug: string }): Promise<OwnService> {
  const actor = requireActor(ctx);
  return requireOwnService(ctx.db, actor.organizationId, input.serviceIdOrSlug);
}
