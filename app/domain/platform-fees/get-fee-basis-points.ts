import { desc, lte, sql } from 'drizzle-orm';
import { platformFees } from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';

/** The platform's share of charges made now, in basis points, by the database clock. */
export async function getFeeBasisPoints(ctx: Context): Promise<number> {
  const [fee] = await ctx.db
    .select({ basisPoints: platformFees.basisPoints })
    .from(platformFees)
    .where(lte(platformFees.effectiveFrom, sql`now()`))
    .orderBy(desc(platformFees.effectiveFrom))
    .limit(1);
  return fee?.basisPoints ?? 0;
}
