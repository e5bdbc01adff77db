import { and, desc, eq, lte } from 'drizzle-orm';
import { taxRates, type TaxRate } from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';

export interface AppliedTax {
  /** Null: no tax in this country. */
  name: string | null;
  basisPoints: number;
  /** The buyer has a tax id and accounts for the tax. */
  isReverseCharge: boolean;
}

/** The tax of a buyer at a moment, by their country; none without a country or a rate of it. */
export async function findTaxRate(
  ctx: Pick<Context, 'db'>,
  buyer: { country: string | undefined; hasTaxId: boolean },
  at: Date,
): Promise<AppliedTax> {
  const none = { name: null, basisPoints: 0, isReverseCharge: false };
  if (!buyer.country) return none;
  const [rate] = await ctx.db
    .select()
    .from(taxRates)
    .where(and(eq(taxRates.country, buyer.country), lte(taxRates.effectiveFrom, at)))
    .orderBy(desc(taxRates.effectiveFrom))
    .limit(1);
  return rate ? apply(rate, buyer.hasTaxId) : none;
}

function apply(rate: TaxRate, hasTaxId: boolean): AppliedTax {
  if (rate.reverseCharge && hasTaxId) return { name: rate.name, basisPoints: 0, isReverseCharge: true };
  return { name: rate.name, basisPoints: rate.basisPoints, isReverseCharge: false };
}
