import { and, desc, eq, lte, sql } from 'drizzle-orm';
import { priceVersions } from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';
import type { PlanPrice } from './remote-subscription.ts';

/** The price of a plan that is in effect at a moment as far as is known now; null: now. */
export async function findPriceAt(ctx: Context, planId: string, at: Date | null): Promise<PlanPrice | null> {
  const moment = at ? sql`${at.toISOString()}::timestamptz` : sql`now()`;
  const [price] = await ctx.db
    .select({
      id: priceVersions.id,
      planId: priceVersions.planId,
      recurringNanos: priceVersions.recurringNanos,
      recurringInterval: priceVersions.recurringInterval,
      currency: priceVersions.currency,
    })
    .from(priceVersions)
    .where(and(eq(priceVersions.planId, planId), lte(priceVersions.effectiveFrom, moment)))
    .orderBy(desc(priceVersions.version))
    .limit(1);
  return price ?? null;
}
