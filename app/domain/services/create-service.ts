import { eq, like, or } from 'drizzle-orm';
import { isUniqueViolation } from '../../../db/errors.ts';
import { organizations, services, upstreams } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { enableSelling } from '../organizations/index.ts';
import { insertPlan } from '../plans/index.ts';
import { assertPublicBaseUrl, normaliseBaseUrl } from './base-url.ts';
import { defaultTimeouts } from './default-timeouts.ts';
import { insertCredential } from './store-credential.ts';
import { requireOwnService, type OwnService } from './own-service.ts';
import { publishService } from './publish-service.ts';
import { createServiceSchema, type CreateServiceInput } from './schemas.ts';
import { deriveSlug, firstFreeSlug } from './slug.ts';

const SLUG_ATTEMPTS = 4;

/**
 * Lists an API: the service, where its calls go, the sealed credential, and the plans given with it.
 * The first service of an organization makes it a seller. Without `publish` it stays a draft.
 * @throws AppError `invalid_request`, `blocked_target` and `already_exists` with issues.
 */
export async function createService(ctx: Context, input: CreateServiceInput): Promise<OwnService> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const { slug: wantedSlug, plans, publish, ...draft } = parseInput(createServiceSchema, input);
  await assertPublicBaseUrl(ctx, draft.baseUrl);
  // Apart from the transaction below: it also renews cached sessions, which must not outrun a commit.
  await ensureSelling(ctx, actor.organizationId);

  for (let attempt = 1; ; attempt++) {
    const slug = wantedSlug ?? (await findFreeSlug(ctx, draft.name));
    try {
      return await withTransaction(ctx, async (tx) => {
        const serviceId = await insertService(tx, actor.organizationId, { ...draft, slug });
        for (const [index, plan] of plans.entries()) {
          const owner = { id: serviceId, organizationId: actor.organizationId, kind: draft.kind };
          await insertPlan(tx.db, owner, plan, `plans.${index}.`);
        }
        await appendAuditEvent(tx, {
          organizationId: actor.organizationId,
          action: 'service.created',
          subjectId: serviceId,
          before: null,
          after: { name: draft.name, slug, kind: draft.kind, baseUrl: normaliseBaseUrl(draft.baseUrl) },
        });
        if (publish) await publishService(tx, { serviceId });
        return requireOwnService(tx.db, actor.organizationId, serviceId);
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'services_slug_key')) throw error;
      if (wantedSlug !== undefined || attempt === SLUG_ATTEMPTS) throw slugTaken();
    }
  }
}

export function slugTaken(): AppError {
  return new AppError('already_exists', 'Another service has this slug.', {
    issues: [{ field: 'slug', reason: 'taken' }],
  });
}

async function findFreeSlug(ctx: Context, name: string): Promise<string> {
  const slug = deriveSlug(name);
  const rows = await ctx.db
    .select({ slug: services.slug })
    .from(services)
    // Slugs hold no LIKE wildcards.
    .where(or(eq(services.slug, slug), like(services.slug, `${slug.slice(0, 55)}%`)));
  return firstFreeSlug(slug, new Set(rows.map((row) => row.slug)));
}

async function ensureSelling(ctx: Context, organizationId: string): Promise<void> {
  const [organization] = await ctx.db
    .select({ sellingEnabledAt: organizations.sellingEnabledAt })
    .from(organizations)
    .where(eq(organizations.id, organizationId));
  if (!organization) throw new AppError('not_found', 'There is no such organization.');
  if (!organization.sellingEnabledAt) await enableSelling(ctx);
}

type Draft = Pick<
  ReturnType<typeof createServiceSchema.parse>,
  'name' | 'summary' | 'description' | 'category' | 'kind' | 'baseUrl' | 'credential' | 'dialect' | 'models'
> & { slug: string };

async function insertService(tx: Context, organizationId: string, draft: Draft): Promise<string> {
  const { baseUrl, credential, dialect, models, ...about } = draft;
  const serviceId = newId('service');
  const upstreamId = newId('upstream');
  await tx.db.insert(services).values({ id: serviceId, organizationId, ...about });
  await tx.db.insert(upstreams).values({
    id: upstreamId,
    organizationId,
    serviceId,
    ...defaultTimeouts(draft.kind),
    baseUrl: normaliseBaseUrl(baseUrl)!,
    dialect: draft.kind === 'llm' ? (dialect ?? 'openai-chat') : 'raw',
    models: [...new Set(models)],
  });
  await insertCredential(tx, { organizationId, upstreamId, credential });
  return serviceId;
}
