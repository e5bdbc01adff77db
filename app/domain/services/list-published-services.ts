import { and, asc, count, countDistinct, desc, eq, ilike, or, sql, type SQL } from 'drizzle-orm';
import { organizations, plans, services, type PlanKind, type Service } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import type { Context } from '../context.ts';
import { findOfferedPlans } from '../plans/index.ts';
import { catalogueColumns, findStartingPlan, isListed, type CatalogueService } from './catalogue.ts';
import { listPublishedServicesSchema, type ListPublishedServicesInput } from './schemas.ts';

export const CATALOGUE_PAGE_SIZE = 12;

export interface Facet<Value extends string> {
  value: Value;
  /** Services that would be found with this value, the other filters as they are. */
  count: number;
}

export interface CataloguePage {
  items: CatalogueService[];
  total: number;
  page: number;
  pageCount: number;
  facets: {
    categories: Facet<Service['category']>[];
    kinds: Facet<Service['kind']>[];
    prices: Facet<PlanKind>[];
  };
}

/** Text that a LIKE pattern takes literally. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** The same figure as `comparablePrice`, cheapest active plan of the service. */
const startingPrice = sql`(
  select min(case
    when v.recurring_nanos > 0
      then case v.recurring_interval when 'year' then v.recurring_nanos / 12 else v.recurring_nanos end
    else coalesce(
      (select sum(case c.meter when 'call' then c.nanos_per_million / 1000 else c.nanos_per_million end)
       from price_components c
       where c.price_version_id = v.id and c.model = '*' and c.from_units + c.from_context_tokens = 0),
      (select min(m.figure) from (
        select sum(case c.meter when 'call' then c.nanos_per_million / 1000 else c.nanos_per_million end) as figure
        from price_components c
        where c.price_version_id = v.id and c.from_units + c.from_context_tokens = 0
        group by c.model) m),
      0) end)
  from plans p cross join lateral (
    select id, recurring_nanos, recurring_interval from price_versions
    where plan_id = p.id and effective_from <= now() order by version desc limit 1) v
  where p.service_id = ${services.id} and p.status = 'active' and p.visibility = 'public')`;

const ORDERS: Record<'newest' | 'name' | 'price', SQL[]> = {
  newest: [sql`${services.publishedAt} desc nulls last`, desc(services.id)],
  name: [sql`lower(${services.name})`, asc(services.id)],
  price: [sql`${startingPrice} asc nulls last`, sql`lower(${services.name})`, asc(services.id)],
};

const isPublicPlan = and(
  eq(plans.serviceId, services.id),
  eq(plans.status, 'active'),
  eq(plans.visibility, 'public'),
);

const hasPlan = (kind: PlanKind): SQL => sql`exists (
  select 1 from plans p where p.service_id = ${services.id} and p.status = 'active' and p.visibility = 'public' and p.kind = ${kind})`;

/** Published services, for anybody: searched, filtered, counted. */
export async function listPublishedServices(
  ctx: Context,
  input: ListPublishedServicesInput = {},
): Promise<CataloguePage> {
  const { query, category, kind, price, sort, page } = parseInput(listPublishedServicesSchema, input);
  const found = and(isListed, query ? matches(query) : undefined);
  const byCategory = category ? eq(services.category, category) : undefined;
  const byKind = kind ? eq(services.kind, kind) : undefined;
  const byPrice = price ? hasPlan(price) : undefined;
  const where = and(found, byCategory, byKind, byPrice);
  const joined = eq(organizations.id, services.organizationId);
  const { db } = ctx;

  const [rows, [counted], categories, kinds, prices] = await Promise.all([
    db
      .select(catalogueColumns)
      .from(services)
      .innerJoin(organizations, joined)
      .where(where)
      .orderBy(...ORDERS[sort])
      .limit(CATALOGUE_PAGE_SIZE)
      .offset((page - 1) * CATALOGUE_PAGE_SIZE),
    db.select({ total: count() }).from(services).innerJoin(organizations, joined).where(where),
    db
      .select({ value: services.category, count: count() })
      .from(services)
      .innerJoin(organizations, joined)
      .where(and(found, byKind, byPrice))
      .groupBy(services.category)
      .orderBy(desc(count()), asc(services.category)),
    db
      .select({ value: services.kind, count: count() })
      .from(services)
      .innerJoin(organizations, joined)
      .where(and(found, byCategory, byPrice))
      .groupBy(services.kind)
      .orderBy(asc(services.kind)),
    db
      .select({ value: plans.kind, count: countDistinct(services.id) })
      .from(services)
      .innerJoin(organizations, joined)
      .innerJoin(plans, isPublicPlan)
      .where(and(found, byCategory, byKind))
      .groupBy(plans.kind)
      .orderBy(asc(plans.kind)),
  ]);
  const total = counted?.total ?? 0;
  const activePlans = Map.groupBy(
    await findOfferedPlans(
      ctx,
      rows.map(({ id }) => id),
    ),
    ({ serviceId }) => serviceId,
  );
  return {
    items: rows.map((row) => {
      const own = activePlans.get(row.id) ?? [];
      return { ...row, plans: own, startingPlan: findStartingPlan(own) };
    }),
    total,
    page,
    pageCount: Math.max(1, Math.ceil(total / CATALOGUE_PAGE_SIZE)),
    facets: { categories, kinds, prices },
  };
}

/** Every word must occur somewhere in name, slug, summary, description or the seller's name. */
function matches(query: string): SQL | undefined {
  const words = query.split(/\s+/).filter(Boolean).slice(0, 8);
  return and(
    ...words.map((word) => {
      const pattern = `%${escapeLike(word)}%`;
      return or(
        ilike(services.name, pattern),
        ilike(services.slug, pattern),
        ilike(services.summary, pattern),
        ilike(services.description, pattern),
        ilike(organizations.name, pattern),
      );
    }),
  );
}
