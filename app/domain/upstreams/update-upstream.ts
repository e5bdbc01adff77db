import { and, eq } from 'drizzle-orm';
import { upstreams } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import {
  assertPublicBaseUrl,
  leaveSecretsBehind,
  normaliseBaseUrl,
  storeFirstCredential,
} from '../services/index.ts';
import {
  assertFits,
  auditedUpstream,
  findUpstreams,
  lockOwnUpstream,
  type OwnUpstream,
} from './own-upstream.ts';
import { updateUpstreamSchema, type UpdateUpstreamInput } from './schemas.ts';

/**
 * Changes an upstream; absent fields stay. At another origin its stored secrets are left behind: the new
 * credential must come along, and the rest of the pool is erased.
 * @throws AppError `invalid_request` and `blocked_target` with issues, `not_found`.
 */
export async function updateUpstream(ctx: Context, input: UpdateUpstreamInput): Promise<OwnUpstream> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  const { upstreamId, baseUrl, credential, models, costPerMillion, ...fields } = parseInput(
    updateUpstreamSchema,
    input,
  );
  await requireOwn(ctx, organizationId, upstreamId);
  if (baseUrl !== undefined) await assertPublicBaseUrl(ctx, baseUrl);
  return withTransaction(ctx, async (tx) => {
    const { upstream: before, kind } = await lockOwnUpstream(tx.db, organizationId, upstreamId);
    const { dialect, egressPoolId } = fields;
    await assertFits(tx.db, { organizationId, kind, dialect, egressPoolId });
    const moved = baseUrl === undefined ? before.baseUrl : normaliseBaseUrl(baseUrl)!;
    const place = { organizationId, upstreamId };
    const erased = await leaveSecretsBehind(tx, place, { from: before.baseUrl, to: moved, credential });
    const own = and(eq(upstreams.id, upstreamId), eq(upstreams.organizationId, organizationId));
    await tx.db
      .update(upstreams)
      .set({
        ...fields,
        baseUrl: moved,
        ...(models && { models: [...new Set(models)] }),
        ...(costPerMillion !== undefined && { costNanosPerMillion: costPerMillion }),
        updatedAt: tx.clock.date(),
      })
      .where(own);
    if (credential) await storeFirstCredential(tx, { ...place, credential });
    const [after] = await findUpstreams(tx.db, own, tx.clock.date());
    await appendAuditEvent(tx, {
      organizationId,
      action: 'upstream.updated',
      subjectId: upstreamId,
      before: auditedUpstream(before),
      after: { ...auditedUpstream(after!), replaced: credential?.secret !== undefined, erased },
    });
    return after!;
  });
}

/** Whose it is comes first, before any look-up by name that the new address causes. */
async function requireOwn(ctx: Context, organizationId: string, upstreamId: string): Promise<void> {
  const [own] = await ctx.db
    .select({ id: upstreams.id })
    .from(upstreams)
    .where(and(eq(upstreams.id, upstreamId), eq(upstreams.organizationId, organizationId)));
  if (!own) throw new AppError('not_found', 'There is no such upstream.');
}
