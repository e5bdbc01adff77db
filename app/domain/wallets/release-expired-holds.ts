import { sql } from 'drizzle-orm';
import { requireSystem, type Context } from '../context.ts';

const BATCH_SIZE = 500;

/**
 * Gives back money held by calls whose process died, and records those calls at no charge; and what the process had set
 * aside for calls to come.
 * @returns how many holds were released.
 */
export async function releaseExpiredHolds(ctx: Context): Promise<number> {
  requireSystem(ctx);
  let total = 0;
  for (;;) {
    const [row] = await ctx.db.execute<{ released: number }>(
      sql`select release_expired_holds(${BATCH_SIZE}) as released`,
    );
    const released = row?.released ?? 0;
    total += released;
    if (released < BATCH_SIZE) break;
  }
  await ctx.db.execute(sql`
    select recall_allowances(array(select organization_id from allowances where expires_at < now()), now())`);
  if (total > 0) ctx.logger.warn({ count: total }, 'released holds of calls that never ended');
  return total;
}
