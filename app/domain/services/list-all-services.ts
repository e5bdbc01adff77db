import { and, count, desc, eq, ilike, or, sql } from 'drizzle-orm';
import { organizations, services, subscriptions, type Service } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { escapeLike } from './list-published-services.ts';
import { serviceColumns } from './own-service.ts';
import { listAllServicesSchema, type ListAllServicesInput } from './schemas.ts';

const PAGE_SIZE = 50;

export interface AdminServicesPage {
  /** Those that wait for review first, longest waiting first; then the newest. */
  items: (Omit<Service, 'proxySecretEnvelope'> & { sellerName: string; subscriberCount: number })[];
  total: number;
  page: number;
  pageCount: number;
}

/** Services of all sellers, for administrators. */
export async function listAllServices(
  ctx: Context,
  input: ListAllServicesInput = {},
): Promise<AdminServicesPage> {
  requirePlatformAdmin(ctx);
  const { query, status, page } = parseInput(listAllServicesSchema, input);
  const pattern = query ? `%${escapeLike(query)}%` : null;
  const where = and(
    status ? eq(services.status, status) : undefined,
    pattern
      ? or(
          ilike(services.name, pattern),
          ilike(services.slug, pattern),
          ilike(organizations.name, pattern),
          eq(services.id, query ?? ''),
        )
      : undefined,
  );
  const subscriberCount = sql<number>`(
    select count(*) from ${subscriptions}
    where ${subscriptions.serviceId} = ${services.id} and ${subscriptions.status} <> 'canceled')`.mapWith(
    Number,
  );
  const joined = eq(organizations.id, services.organizationId);
  const [rows, [counted]] = await Promise.all([
    ctx.db
      .select({ service: serviceColumns, sellerName: organizations.name, subscriberCount })
      .from(services)
      .innerJoin(organizations, joined)
      .where(where)
      .orderBy(
        sql`${services.status} = 'in_review' desc`,
        sql`case when ${services.status} = 'in_review' then ${services.updatedAt} end asc nulls last`,
        desc(services.id),
      )
      .limit(PAGE_SIZE)
      .offset((page - 1) * PAGE_SIZE),
    ctx.db.select({ total: count() }).from(services).innerJoin(organizations, joined).where(where),
  ]);
  const total = counted?.total ?? 0;
  return {
    items: rows.map(({ service, ...rest }) => ({ ...service, ...rest })),
    total,
    page,
    pageCount: Math.max(1, Math.ceil(total / PAGE_SIZE)),
  };
}
