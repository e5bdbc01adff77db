import { desc, sql } from 'drizzle-orm';
import { platformFees } from '../../../db/schema/index.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';

export interface PlatformFee {
  effectiveFrom: Date;
  basisPoints: number;
  state: 'future' | 'current' | 'past';
}

/** Every share there was, is and will be, newest first. */
export async function listPlatformFees(ctx: Context): Promise<PlatformFee[]> {
  requirePlatformAdmin(ctx);
  const rows = await ctx.db
    .select({
      effectiveFrom: platformFees.effectiveFrom,
      basisPoints: platformFees.basisPoints,
      isFuture: sql<boolean>`${platformFees.effectiveFrom} > now()`,
    })
    .from(platformFees)
    .orderBy(desc(platformFees.effectiveFrom));
  const current = rows.find((row) => !row.isFuture);
  return rows.map((row) => ({
    effectiveFrom: row.effectiveFrom,
    basisPoints: row.basisPoints,
    state: row.isFuture ? 'future' : row === current ? 'current' : 'past',
  }));
}
