/** What the storefront shows of services: shapes and conditions that its two verbs share. */
import { and, eq, type SQL } from 'drizzle-orm';
import { organizations, services, type Service } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import type { PlanWithPrice } from '../plans/index.ts';

/** What anybody may know of a listed service. */
export interface CatalogueService extends Pick<
  Service,
  | 'id'
  | 'organizationId'
  | 'slug'
  | 'name'
  | 'summary'
  | 'description'
  | 'category'
  | 'kind'
  | 'status'
  | 'publishedAt'
  | 'updatedAt'
> {
  seller: { id: string; name: string; slug: string };
  /** Active plans, in the seller's order. */
  plans: PlanWithPrice[];
  /** The cheapest of them, for "free" and "from $x"; null without plans. */
  startingPlan: PlanWithPrice | null;
}

export const catalogueColumns = {
  id: services.id,
  organizationId: services.organizationId,
  slug: services.slug,
  name: services.name,
  summary: services.summary,
  description: services.description,
  category: services.category,
  kind: services.kind,
  status: services.status,
  publishedAt: services.publishedAt,
  updatedAt: services.updatedAt,
  seller: { id: organizations.id, name: organizations.name, slug: organizations.slug },
};

/** Published, by a seller who is not suspended. */
export const isListed: SQL = and(eq(services.status, 'published'), eq(organizations.status, 'active'))!;

/**
 * One figure to compare plans of different kinds by: a month's fee, else a thousand calls and a million
 * of everything else, for every model or the cheapest. `listPublishedServices` computes the same in SQL.
 */
export function comparablePrice({ price }: PlanWithPrice): Nanos {
  if (price.recurringNanos > 0n) {
    return price.recurringInterval === 'year' ? price.recurringNanos / 12n : price.recurringNanos;
  }
  const sums = new Map<string, Nanos>();
  for (const { meter, model, fromUnits, fromContextTokens, nanosPerMillion } of price.components) {
    if (fromUnits + fromContextTokens > 0) continue;
    const figure = meter === 'call' ? nanosPerMillion / 1_000n : nanosPerMillion;
    sums.set(model, (sums.get(model) ?? 0n) + figure);
  }
  const ofAny = sums.get('*');
  if (ofAny !== undefined) return ofAny;
  return [...sums.values()].reduce((least, sum) => (sum < least ? sum : least), [...sums.values()][0] ?? 0n);
}

/** The plan to start with: the free one, else the cheapest. */
export function findStartingPlan(plans: PlanWithPrice[]): PlanWithPrice | null {
  let cheapest: PlanWithPrice | null = null;
  for (const plan of plans) {
    if (cheapest === null || comparablePrice(plan) < comparablePrice(cheapest)) cheapest = plan;
  }
  return cheapest;
}
