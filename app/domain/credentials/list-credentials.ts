import { and, eq } from 'drizzle-orm';
import { credentials, upstreams } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireActor, type Context } from '../context.ts';
import { findCredentials, type OwnCredential } from './own-credential.ts';

/**
 * The pool of an upstream, with the health of every credential and no secret.
 * @throws AppError `not_found`
 */
export async function listCredentials(ctx: Context, input: { upstreamId: string }): Promise<OwnCredential[]> {
  const { organizationId } = requireActor(ctx);
  const [upstream] = await ctx.db
    .select({ id: upstreams.id })
    .from(upstreams)
    .where(and(eq(upstreams.id, input.upstreamId), eq(upstreams.organizationId, organizationId)));
  if (!upstream) throw new AppError('not_found', 'There is no such upstream.');
  const where = and(eq(credentials.upstreamId, upstream.id), eq(credentials.organizationId, organizationId));
  return findCredentials(ctx.db, where, ctx.clock.date());
}
