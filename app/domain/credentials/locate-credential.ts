import { and, eq } from 'drizzle-orm';
import { credentials, services, upstreams } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireActor, type Context } from '../context.ts';

export interface CredentialPlace {
  service: { id: string; name: string };
  upstream: { id: string; name: string; baseUrl: string };
}

/**
 * Where a credential of the acting organization works, for the way back to it.
 * @throws AppError `not_found` also when another organization owns it.
 */
export async function locateCredential(
  ctx: Context,
  { credentialId }: { credentialId: string },
): Promise<CredentialPlace> {
  const { organizationId } = requireActor(ctx);
  const [place] = await ctx.db
    .select({
      service: { id: services.id, name: services.name },
      upstream: { id: upstreams.id, name: upstreams.name, baseUrl: upstreams.baseUrl },
    })
    .from(credentials)
    .innerJoin(upstreams, eq(upstreams.id, credentials.upstreamId))
    .innerJoin(services, eq(services.id, upstreams.serviceId))
    .where(and(eq(credentials.id, credentialId), eq(credentials.organizationId, organizationId)));
  if (!place) throw new AppError('not_found', 'There is no such credential.');
  return place;
}
