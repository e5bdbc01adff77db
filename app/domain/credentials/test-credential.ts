import { and, eq } from 'drizzle-orm';
import { credentials, upstreams } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireRole, type Context } from '../context.ts';
import { testConnection, type ConnectionTest } from '../services/index.ts';

/**
 * Sends one GET to the upstream with this credential; nothing is saved and its health stays as it is.
 * @throws AppError `not_found`, `rate_limited` beyond 20 tests a minute.
 */
export async function testCredential(
  ctx: Context,
  { credentialId }: { credentialId: string },
): Promise<ConnectionTest> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  const [row] = await ctx.db
    .select({ serviceId: upstreams.serviceId, upstreamId: upstreams.id })
    .from(credentials)
    .innerJoin(upstreams, eq(upstreams.id, credentials.upstreamId))
    .where(and(eq(credentials.id, credentialId), eq(credentials.organizationId, organizationId)));
  if (!row) throw new AppError('not_found', 'There is no such credential.');
  return testConnection(ctx, { ...row, credentialId });
}
