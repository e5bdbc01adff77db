import { asc, desc } from 'drizzle-orm';
import { taxRates, type TaxRate } from '../../../db/schema/index.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';

/** All rates by country, the newest first. */
export async function listTaxRates(ctx: Context): Promise<TaxRate[]> {
  requirePlatformAdmin(ctx);
  return ctx.db.select().from(taxRates).orderBy(asc(taxRates.country), desc(taxRates.effectiveFrom));
}
