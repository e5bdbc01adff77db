import { and, asc, eq, inArray, lte, sql, type SQL } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import {
  plans,
  priceComponents,
  priceVersions,
  type Meter,
  type Plan,
  type PriceVersion,
} from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';

/** One unit price: what a million units of a meter cost, for a model or for all (`*`). */
export interface UnitPrice {
  meter: Meter;
  model: string;
  nanosPerMillion: Nanos;
}

export interface CurrentPrice extends Pick<
  PriceVersion,
  'id' | 'version' | 'currency' | 'recurringNanos' | 'recurringInterval' | 'effectiveFrom'
> {
  components: UnitPrice[];
}

/** A plan and the price that counts now. */
export type PlanWithPrice = Plan & { price: CurrentPrice };

/**
 * Plans with the price in effect, by the database clock, in the order sellers gave them. Later
 * versions never take effect before earlier ones, so the highest version in effect counts.
 */
export async function findPlansWithPrices(db: Db, where: SQL | undefined): Promise<PlanWithPrice[]> {
  const current = db
    .selectDistinctOn([priceVersions.planId])
    .from(priceVersions)
    .where(lte(priceVersions.effectiveFrom, sql`statement_timestamp()`))
    .orderBy(priceVersions.planId, sql`${priceVersions.version} desc`)
    .as('current_price');
  const rows = await db
    .select({
      plan: plans,
      price: {
        id: current.id,
        version: current.version,
        currency: current.currency,
        recurringNanos: current.recurringNanos,
        recurringInterval: current.recurringInterval,
        effectiveFrom: current.effectiveFrom,
      },
    })
    .from(plans)
    .innerJoin(current, eq(current.planId, plans.id))
    .where(where)
    .orderBy(asc(plans.position), asc(plans.id));
  if (rows.length === 0) return [];
  const components = await db
    .select()
    .from(priceComponents)
    .where(
      inArray(
        priceComponents.priceVersionId,
        rows.map(({ price }) => price.id),
      ),
    )
    .orderBy(asc(priceComponents.meter), asc(priceComponents.model));
  const byVersion = Map.groupBy(components, (component) => component.priceVersionId);
  return rows.map(({ plan, price }) => ({
    ...plan,
    price: {
      ...price,
      components: (byVersion.get(price.id) ?? []).map(({ meter, model, nanosPerMillion }) => ({
        meter,
        model,
        nanosPerMillion,
      })),
    },
  }));
}

/** Active plans of these services, with their prices; for the catalogue. */
export function findActivePlans(db: Db, serviceIds: string[]): Promise<PlanWithPrice[]> {
  if (serviceIds.length === 0) return Promise.resolve([]);
  return findPlansWithPrices(db, and(inArray(plans.serviceId, serviceIds), eq(plans.status, 'active')));
}
