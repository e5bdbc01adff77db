import { and, asc, eq, ne } from 'drizzle-orm';
import { services, type Service } from '../../../db/schema/index.ts';
import { requireActor, type Context } from '../context.ts';

const MAX_CHOICES = 1_000;

export type ServiceChoice = Pick<Service, 'id' | 'name' | 'slug' | 'kind'>;

/**
 * Services to choose from, by name: the acting organization's, or with `everybody` those of all sellers
 * when a platform administrator asks.
 */
export function listServiceChoices(
  ctx: Context,
  input: { everybody?: boolean } = {},
): Promise<ServiceChoice[]> {
  const actor = requireActor(ctx);
  const all = input.everybody === true && actor.isPlatformAdmin;
  return ctx.db
    .select({ id: services.id, name: services.name, slug: services.slug, kind: services.kind })
    .from(services)
    .where(
      and(
        ne(services.status, 'archived'),
        all ? undefined : eq(services.organizationId, actor.organizationId),
      ),
    )
    .orderBy(asc(services.name), asc(services.id))
    .limit(MAX_CHOICES);
}
