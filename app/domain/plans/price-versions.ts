import { asc, eq, sql } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import { priceComponents, priceQuotas, priceVersions } from '../../../db/schema/index.ts';
import { newId } from '../../lib/ids.ts';
import { withRows, type CurrentPrice } from './plan-with-price.ts';
import { toGeneralPrice, type ParsedPrice } from './price-of-plan.ts';

/** A price of a plan's history or future. */
export type DatedPrice = CurrentPrice & { isUpcoming: boolean };

type PriceRows = Omit<ParsedPrice, 'kind'>;

/** Every version of a plan in the order in which they count. */
export async function findPriceVersions(db: Db, planId: string): Promise<DatedPrice[]> {
  const rows = await db
    .select({
      id: priceVersions.id,
      version: priceVersions.version,
      currency: priceVersions.currency,
      recurringNanos: priceVersions.recurringNanos,
      recurringInterval: priceVersions.recurringInterval,
      trialDays: priceVersions.trialDays,
      tierMode: priceVersions.tierMode,
      effectiveFrom: priceVersions.effectiveFrom,
      // By the database clock, which also stamps new versions.
      isUpcoming: sql<boolean>`${priceVersions.effectiveFrom} > statement_timestamp()`,
    })
    .from(priceVersions)
    .where(eq(priceVersions.planId, planId))
    .orderBy(asc(priceVersions.effectiveFrom), asc(priceVersions.version));
  const prices = await withRows(db, rows);
  return prices.map((price, index) => ({ ...price, isUpcoming: rows[index]!.isUpcoming }));
}

/** Whether two versions say the same. */
export function isSamePrice(a: PriceRows, b: PriceRows): boolean {
  return JSON.stringify(toGeneralPrice(a)) === JSON.stringify(toGeneralPrice(b));
}

/** The prices that will come into effect and change something; of those for one moment, the last. */
export function findUpcomingChanges(versions: readonly DatedPrice[]): DatedPrice[] {
  const lastAt = Map.groupBy(versions, ({ effectiveFrom }) => effectiveFrom.getTime());
  const counting = versions.filter((price) => lastAt.get(price.effectiveFrom.getTime())!.at(-1) === price);
  return counting.filter((price, index) => {
    const before = counting[index - 1];
    return price.isUpcoming && before !== undefined && !isSamePrice(price, before);
  });
}

/**
 * Writes one immutable price version. Without `effectiveFrom` it counts from this statement on, and never
 * before another in effect.
 */
export async function insertPriceVersion(
  db: Db,
  input: {
    planId: string;
    organizationId: string;
    version: number;
    price: PriceRows;
    effectiveFrom?: Date | undefined;
  },
): Promise<void> {
  const { recurringNanos, recurringInterval, trialDays, tierMode, components, quotas } = input.price;
  const id = newId('priceVersion');
  await db.insert(priceVersions).values({
    id,
    planId: input.planId,
    organizationId: input.organizationId,
    version: input.version,
    ...{ recurringNanos, recurringInterval, trialDays, tierMode },
    effectiveFrom:
      input.effectiveFrom ??
      sql`greatest(statement_timestamp(), (select max(effective_from) from price_versions
            where plan_id = ${input.planId} and effective_from <= statement_timestamp()))`,
  });
  if (components.length > 0) {
    await db
      .insert(priceComponents)
      .values(components.map((component) => ({ priceVersionId: id, ...component })));
  }
  if (quotas.length > 0) {
    await db.insert(priceQuotas).values(quotas.map((quota) => ({ priceVersionId: id, ...quota })));
  }
}
