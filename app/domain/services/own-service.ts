import { and, desc, eq, ne, or, sql, type SQL } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import {
  credentials,
  services,
  subscriptions,
  upstreams,
  type Credential,
  type Service,
  type Upstream,
} from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { isId } from '../../lib/ids.ts';

/** A service as its seller sees it. Of the credential everything but the secret. */
export interface OwnService extends Service {
  upstream: Pick<Upstream, 'id' | 'baseUrl' | 'dialect' | 'models' | 'status'>;
  credential: Pick<Credential, 'placement' | 'parameterName' | 'secretSetAt'>;
  /** Organizations with a subscription that is not canceled. */
  subscriberCount: number;
}

const subscriberCount = sql<number>`(
  select count(*) from ${subscriptions}
  where ${subscriptions.serviceId} = ${services.id} and ${subscriptions.status} <> 'canceled')`.mapWith(
  Number,
);

/** Archived services exist for their seller as long as somebody is subscribed to them. */
export const stillExists: SQL = or(
  ne(services.status, 'archived'),
  sql`exists (select 1 from ${subscriptions}
    where ${subscriptions.serviceId} = ${services.id} and ${subscriptions.status} <> 'canceled')`,
)!;

/** The condition that finds a service by id or slug. */
export function byIdOrSlug(idOrSlug: string): SQL {
  return isId('service', idOrSlug) ? eq(services.id, idOrSlug) : eq(services.slug, idOrSlug.toLowerCase());
}

/** Services with what stands behind them, newest first. The caller scopes `where` by organization. */
export async function findOwnServices(
  db: Db,
  where: SQL | undefined,
  page: { limit: number; offset: number } = { limit: 1, offset: 0 },
): Promise<OwnService[]> {
  const rows = await db
    .select({
      service: services,
      upstream: {
        id: upstreams.id,
        baseUrl: upstreams.baseUrl,
        dialect: upstreams.dialect,
        models: upstreams.models,
        status: upstreams.status,
      },
      credential: {
        placement: credentials.placement,
        parameterName: credentials.parameterName,
        secretSetAt: credentials.secretSetAt,
      },
      subscriberCount,
    })
    .from(services)
    .innerJoin(upstreams, eq(upstreams.serviceId, services.id))
    .innerJoin(credentials, eq(credentials.upstreamId, upstreams.id))
    .where(where)
    .orderBy(desc(services.createdAt), desc(services.id))
    .limit(page.limit)
    .offset(page.offset);
  return rows.map(({ service, ...rest }) => ({ ...service, ...rest }));
}

/**
 * One service of an organization.
 * @throws AppError `not_found` also when another organization sells it.
 */
export async function requireOwnService(
  db: Db,
  organizationId: string,
  idOrSlug: string,
): Promise<OwnService> {
  const [service] = await findOwnServices(
    db,
    and(byIdOrSlug(idOrSlug), eq(services.organizationId, organizationId), stillExists),
  );
  if (!service) throw new AppError('not_found', 'There is no such service.');
  return service;
}
