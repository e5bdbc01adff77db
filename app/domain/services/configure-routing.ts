import { and, eq, inArray } from 'drizzle-orm';
import { services } from '../../../db/schema/index.ts';
import { AppError, type FieldIssue } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { requireOwnService, type OwnService } from './own-service.ts';
import { configureRoutingSchema, type ConfigureRoutingInput } from './routing-schema.ts';

/**
 * Sets how calls of a service are routed, composed, cached and bounded; absent fields stay. Calls hear of
 * it within a second.
 * @throws AppError `invalid_request` with issues, `not_found`.
 */
export async function configureRouting(ctx: Context, input: ConfigureRoutingInput): Promise<OwnService> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  const { serviceId, strategy, ...settings } = parseInput(configureRoutingSchema, input);
  const service = await requireOwnService(ctx.db, organizationId, serviceId);
  const issues = [
    ...unknownAliasTargets(service, settings.modelAliases ?? {}),
    ...(await unknownFallbacks(ctx, organizationId, service, settings.fallbacks ?? [])),
  ];
  if (issues.length > 0) {
    throw new AppError('invalid_request', 'Some models are not known here.', { issues });
  }
  return withTransaction(ctx, async (tx) => {
    const changes = { ...settings, ...(strategy && { routingStrategy: strategy }) };
    await tx.db
      .update(services)
      .set({ ...changes, updatedAt: tx.clock.date() })
      .where(and(eq(services.id, service.id), eq(services.organizationId, organizationId)));
    await appendAuditEvent(tx, {
      organizationId,
      action: 'service.routing_configured',
      subjectId: service.id,
      before: {
        settings: Object.fromEntries(
          Object.keys(changes).map((name) => [name, service[name as keyof typeof changes]]),
        ),
      },
      after: { settings: changes },
    });
    return requireOwnService(tx.db, organizationId, service.id);
  });
}

/** Where the upstreams list no models they take any, and so may an alias mean any. */
function unknownAliasTargets(service: OwnService, aliases: Record<string, string>): FieldIssue[] {
  if (service.models.length === 0) return [];
  return Object.values(aliases)
    .filter((model) => !service.models.includes(model))
    .slice(0, 1)
    .map((name) => ({ field: 'modelAliases', reason: 'unknown_model', params: { name } }));
}

async function unknownFallbacks(
  ctx: Context,
  organizationId: string,
  service: OwnService,
  fallbacks: string[],
): Promise<FieldIssue[]> {
  const foreign = fallbacks.filter(
    (model) => !service.models.includes(model) && !Object.hasOwn(service.modelAliases, model),
  );
  const slugs = foreign.map((model) => model.split('/', 1)[0] ?? '');
  if (slugs.length === 0) return [];
  const own = await ctx.db
    .select({ slug: services.slug })
    .from(services)
    .where(and(inArray(services.slug, slugs), eq(services.organizationId, organizationId)));
  const known = new Set(own.map(({ slug }) => slug));
  return foreign
    .filter((model) => {
      const [slug, rest] = [model.split('/', 1)[0] ?? '', model.indexOf('/')];
      if (rest > 0 && known.has(slug)) return false;
      return service.models.length > 0 || rest > 0;
    })
    .slice(0, 1)
    .map((name) => ({ field: 'fallbacks', reason: 'unknown_model', params: { name } }));
}
