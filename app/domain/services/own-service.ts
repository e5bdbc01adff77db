import { and, desc, eq, getTableColumns, ne, or, sql, type SQL } from 'drizzle-orm';
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

/** A service as its seller sees it. Of secrets it says that they are set, never what they are. */
export interface OwnService extends Omit<Service, 'proxySecretEnvelope'> {
  hasProxySecret: boolean;
  /** The first upstream, by priority and age; `upstreams/` lists the others. */
  upstream: Pick<Upstream, 'id' | 'name' | 'baseUrl' | 'dialect' | 'models' | 'status'>;
  /** The first credential of that upstream; `placement: none` when it has got none. */
  credential: Pick<Credential, 'placement' | 'parameterName' | 'secretSetAt'>;
  upstreamCount: number;
  /** Of all upstreams. */
  credentialCount: number;
  /** Models of all active upstreams, each once. */
  models: string[];
  /** Organizations with a subscription that is not canceled. */
  subscriberCount: number;
}

const { proxySecretEnvelope, ...publicColumns } = getTableColumns(services);

/** Every column of a service but the sealed secret. */
export const serviceColumns = {
  ...publicColumns,
  hasProxySecret: sql<boolean>`${proxySecretEnvelope} is not null`,
};

const subscriberCount = sql<number>`(
  select count(*) from ${subscriptions}
  where ${subscriptions.serviceId} = ${services.id} and ${subscriptions.status} <> 'canceled')`.mapWith(
  Number,
);
const upstreamCount = sql<number>`(
  select count(*) from upstreams u where u.service_id = ${services.id})`.mapWith(Number);
const credentialCount = sql<number>`(
  select count(*) from credentials c join upstreams u on u.id = c.upstream_id
  where u.service_id = ${services.id})`.mapWith(Number);
const models = sql<string[]>`array(
  select m.model from upstreams u, unnest(u.models) with ordinality m(model, position)
  where u.service_id = ${services.id} and u.status = 'active'
  group by m.model order by min(u.priority), min(u.created_at), min(m.position))`;
const firstUpstream = sql`(
  select u.id from upstreams u where u.service_id = ${services.id}
  order by u.priority, u.created_at, u.id limit 1)`;
const firstCredential = sql`(
  select c.id from credentials c where c.upstream_id = ${upstreams.id} order by c.created_at, c.id limit 1)`;

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
      service: serviceColumns,
      upstream: {
        id: upstreams.id,
        name: upstreams.name,
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
      upstreamCount,
      credentialCount,
      models,
      subscriberCount,
    })
    .from(services)
    .innerJoin(upstreams, eq(upstreams.id, firstUpstream))
    .leftJoin(credentials, eq(credentials.id, firstCredential))
    .where(where)
    .orderBy(desc(services.createdAt), desc(services.id))
    .limit(page.limit)
    .offset(page.offset);
  return rows.map(({ service, credential, ...rest }) => ({
    ...service,
    ...rest,
    credential: credential ?? { placement: 'none', parameterName: null, secretSetAt: null },
  }));
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
