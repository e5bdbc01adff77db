import { sql } from 'drizzle-orm';
import { requireSystem, type Context } from '../context.ts';

const MONTHS_AHEAD = 3;

/** Makes the partitions of the coming months, so that no event ever lands in the default one. */
export async function ensureUsagePartitions(ctx: Context): Promise<void> {
  requireSystem(ctx);
  await ctx.db.execute(sql`select ensure_usage_partitions(${MONTHS_AHEAD})`);
}
