import { and, asc, eq, ne, type SQL } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import { isUniqueViolation } from '../../../db/errors.ts';
import { endpoints, organizations, services, type Endpoint } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { isId } from '../../lib/ids.ts';
import type { UserActor } from '../context.ts';

/** A custom path with what it leads to. */
export interface EndpointView extends Endpoint {
  service: { id: string; slug: string; name: string; kind: 'http' | 'llm' };
  /** Who made it. */
  ownerName: string;
}

/** Custom paths in alphabetical order. */
export async function findEndpoints(db: Db, where: SQL | undefined): Promise<EndpointView[]> {
  const rows = await db
    .select({
      endpoint: endpoints,
      service: { id: services.id, slug: services.slug, name: services.name, kind: services.kind },
      ownerName: organizations.name,
    })
    .from(endpoints)
    .innerJoin(services, eq(services.id, endpoints.serviceId))
    .innerJoin(organizations, eq(organizations.id, endpoints.organizationId))
    .where(where)
    .orderBy(asc(endpoints.path));
  return rows.map(({ endpoint, ...rest }) => ({ ...endpoint, ...rest }));
}

/** Sellers have their own paths; administrators look after all of them. */
export function ownedBy(actor: UserActor): SQL | undefined {
  return actor.isPlatformAdmin ? undefined : eq(endpoints.organizationId, actor.organizationId);
}

/**
 * The service that a path is to lead to: an own one, or any for an administrator.
 * @throws AppError `invalid_request` with an issue for `service`.
 */
export async function findTarget(db: Db, actor: UserActor, reference: string): Promise<{ id: string }> {
  const [service] = await db
    .select({ id: services.id })
    .from(services)
    .where(
      and(
        isId('service', reference) ? eq(services.id, reference) : eq(services.slug, reference.toLowerCase()),
        actor.isPlatformAdmin ? undefined : eq(services.organizationId, actor.organizationId),
        ne(services.status, 'archived'),
      ),
    );
  if (!service) {
    throw new AppError('invalid_request', 'There is no such service of yours.', {
      issues: [{ field: 'service', reason: 'invalid_choice' }],
    });
  }
  return service;
}

/** Runs a write; two paths of one spelling are one conflict, whoever was first. */
export async function withFreePath<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isUniqueViolation(error, 'endpoints_path_key')) throw error;
    throw new AppError('already_exists', 'This path is in use.', {
      issues: [{ field: 'path', reason: 'taken' }],
    });
  }
}

/** What the audit trail keeps of a custom path. */
export function auditedEndpoint(endpoint: Endpoint): Record<string, unknown> {
  const { path, serviceId, defaultModel, streaming, status, systemPrompt } = endpoint;
  return { path, serviceId, defaultModel, streaming, status, systemPrompt };
}
