import { and, asc, eq, inArray, lte, sql, type SQL } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import {
  plans,
  priceComponents,
  priceQuotas,
  priceVersions,
  type Plan,
  type PriceComponent,
  type PriceVersion,
} from '../../../db/schema/index.ts';
import type { Quota } from './price-of-plan.ts';

/** One unit price: what a million units of a meter cost, for a model or for all (`*`). */
export type UnitPrice = Pick<
  PriceComponent,
  'meter' | 'model' | 'fromUnits' | 'fromContextTokens' | 'nanosPerMillion'
>;

export interface CurrentPrice extends Pick<
  PriceVersion,
  | 'id'
  | 'version'
  | 'currency'
  | 'recurringNanos'
  | 'recurringInterval'
  | 'trialDays'
  | 'tierMode'
  | 'effectiveFrom'
> {
  /** By meter, model, context-size step and tier. */
  components: UnitPrice[];
  quotas: Quota[];
}

/** A plan and the price that counts now. */
export type PlanWithPrice = Plan & { price: CurrentPrice };

/**
 * Plans with the price in effect, by the database clock, in the order sellers gave them. Where several
 * versions are in effect the highest counts (`changePlanPrice` sees to it that this is the latest, too).
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
      version: {
        id: current.id,
        version: current.version,
        currency: current.currency,
        recurringNanos: current.recurringNanos,
        recurringInterval: current.recurringInterval,
        trialDays: current.trialDays,
        tierMode: current.tierMode,
        effectiveFrom: current.effectiveFrom,
      },
    })
    .from(plans)
    .innerJoin(current, eq(current.planId, plans.id))
    .where(where)
    .orderBy(asc(plans.position), asc(plans.id));
  const prices = await withRows(
    db,
    rows.map(({ version }) => version),
  );
  return rows.map(({ plan }, index) => ({ ...plan, price: prices[index]! }));
}

/** These versions with their unit prices and quotas, in the same order. */
export async function withRows(
  db: Db,
  versions: Omit<CurrentPrice, 'components' | 'quotas'>[],
): Promise<CurrentPrice[]> {
  if (versions.length === 0) return [];
  const ids = versions.map(({ id }) => id);
  const [components, quotas] = await Promise.all([
    db
      .select()
      .from(priceComponents)
      .where(inArray(priceComponents.priceVersionId, ids))
      .orderBy(
        asc(priceComponents.meter),
        asc(priceComponents.model),
        asc(priceComponents.fromContextTokens),
        asc(priceComponents.fromUnits),
      ),
    db
      .select()
      .from(priceQuotas)
      .where(inArray(priceQuotas.priceVersionId, ids))
      .orderBy(asc(priceQuotas.meter)),
  ]);
  const componentsOf = Map.groupBy(components, ({ priceVersionId }) => priceVersionId);
  const quotasOf = Map.groupBy(quotas, ({ priceVersionId }) => priceVersionId);
  return versions.map((version) => ({
    ...version,
    components: (componentsOf.get(version.id) ?? []).map(({ priceVersionId: _id, ...rest }) => rest),
    quotas: (quotasOf.get(version.id) ?? []).map(({ priceVersionId: _id, ...rest }) => rest),
  }));
}

/** Active plans of these services, private ones too, with their prices. For sellers; buyers see `findOfferedPlans`. */
export function findActivePlans(db: Db, serviceIds: string[]): Promise<PlanWithPrice[]> {
  if (serviceIds.length === 0) return Promise.resolve([]);
  return findPlansWithPrices(db, and(inArray(plans.serviceId, serviceIds), eq(plans.status, 'active')));
}
