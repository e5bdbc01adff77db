import { desc, eq, lt } from 'drizzle-orm';
import { organizations, payouts, type Payout } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { listPayoutsSchema, type ListPayoutsInput } from './schemas.ts';

export type AdminPayout = Payout & { organizationName: string };

/** Payouts to all sellers, newest first. */
export async function listAllPayouts(ctx: Context, input: ListPayoutsInput = {}): Promise<AdminPayout[]> {
  requirePlatformAdmin(ctx);
  const { limit, before } = parseInput(listPayoutsSchema, input);
  const rows = await ctx.db
    .select({ payout: payouts, organizationName: organizations.name })
    .from(payouts)
    .innerJoin(organizations, eq(organizations.id, payouts.organizationId))
    .where(before === undefined ? undefined : lt(payouts.id, before))
    .orderBy(desc(payouts.id))
    .limit(limit);
  return rows.map(({ payout, organizationName }) => ({ ...payout, organizationName }));
}
