import { and, eq } from 'drizzle-orm';
import { isUniqueViolation } from '../../../db/errors.ts';
import { services, upstreams } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { assertPublicBaseUrl, normaliseBaseUrl } from './base-url.ts';
import { slugTaken } from './create-service.ts';
import { requireOwnService, type OwnService } from './own-service.ts';
import { updateServiceSchema, type UpdateServiceInput } from './schemas.ts';
import { leaveSecretsBehind, storeFirstCredential } from './store-credential.ts';

/**
 * Changes what a service says, and where the calls of its first upstream go and what they carry; absent
 * fields stay. The slug is part of the address that buyers' programs call, so it is fixed once published.
 * @throws AppError `invalid_request`, `blocked_target`, `already_exists` with issues, `not_found`.
 */
export async function updateService(ctx: Context, input: UpdateServiceInput): Promise<OwnService> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const { serviceId, baseUrl, credential, dialect, models, ...about } = parseInput(
    updateServiceSchema,
    input,
  );
  // Before any look-up by name: whose service it is comes first.
  const before = await requireOwnService(ctx.db, actor.organizationId, serviceId);
  if (baseUrl !== undefined) await assertPublicBaseUrl(ctx, baseUrl);
  if (dialect !== undefined && before.kind !== 'llm') {
    throw new AppError('invalid_request', 'Only LLM services have a dialect.', {
      issues: [{ field: 'dialect', reason: 'invalid_choice' }],
    });
  }
  if (about.slug !== undefined && about.slug !== before.slug && before.publishedAt !== null) {
    throw new AppError('conflict', 'The slug is fixed: buyers call this address.', {
      issues: [{ field: 'slug', reason: 'reserved' }],
    });
  }
  try {
    return await withTransaction(ctx, async (tx) => {
      const now = ctx.clock.date();
      const own = and(eq(services.id, before.id), eq(services.organizationId, actor.organizationId));
      await tx.db
        .update(services)
        .set({ ...about, updatedAt: now })
        .where(own);
      const place = { organizationId: actor.organizationId, upstreamId: before.upstream.id };
      // Locked: where the secrets belong must not change between the question and the move.
      const [upstream] = await tx.db
        .select({ baseUrl: upstreams.baseUrl })
        .from(upstreams)
        .where(eq(upstreams.id, place.upstreamId))
        .for('update');
      const from = upstream?.baseUrl ?? before.upstream.baseUrl;
      const moved = baseUrl === undefined ? from : normaliseBaseUrl(baseUrl)!;
      const erased = await leaveSecretsBehind(tx, place, {
        from,
        to: moved,
        credential,
      });
      await tx.db
        .update(upstreams)
        .set({
          baseUrl: moved,
          ...(dialect && { dialect }),
          ...(models && { models: [...new Set(models)] }),
          updatedAt: now,
        })
        .where(and(eq(upstreams.id, place.upstreamId), eq(upstreams.organizationId, actor.organizationId)));
      if (credential) await storeFirstCredential(tx, { ...place, credential });
      const after = await requireOwnService(tx.db, actor.organizationId, serviceId);
      await appendAuditEvent(tx, {
        organizationId: actor.organizationId,
        action: 'service.updated',
        subjectId: before.id,
        before: auditedFacts(before),
        after: { ...auditedFacts(after), replaced: credential?.secret !== undefined, erased },
      });
      return after;
    });
  } catch (error) {
    if (isUniqueViolation(error, 'services_slug_key')) throw slugTaken();
    throw error;
  }
}

function auditedFacts(service: OwnService): Record<string, unknown> {
  const { name, slug, summary, category, upstream, credential } = service;
  return {
    name,
    slug,
    summary,
    category,
    baseUrl: upstream.baseUrl,
    dialect: upstream.dialect,
    authentication: credential.placement,
  };
}
