import { AppError } from '../../lib/app-error.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { requireOwnService, type OwnService } from '../services/index.ts';

/**
 * One provider, by id or slug.
 * @throws AppError `forbidden`; `not_found` also for what another organization sells.
 */
export async function requireProvider(ctx: Context, providerId: string): Promise<OwnService> {
  const { organizationId } = requirePlatformAdmin(ctx);
  const service = await requireOwnService(ctx.db, organizationId, providerId);
  if (service.kind !== 'llm') throw new AppError('not_found', 'There is no such provider.');
  return service;
}
