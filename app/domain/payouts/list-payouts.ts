import { and, desc, eq, lt } from 'drizzle-orm';
import { payouts, type Payout } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, type Context } from '../context.ts';
import { listPayoutsSchema, type ListPayoutsInput } from './schemas.ts';

/** Payouts of the acting organization, newest first. */
export async function listPayouts(ctx: Context, input: ListPayoutsInput = {}): Promise<Payout[]> {
  const { organizationId } = requireActor(ctx);
  const { limit, before } = parseInput(listPayoutsSchema, input);
  return ctx.db
    .select()
    .from(payouts)
    .where(
      and(
        eq(payouts.organizationId, organizationId),
        before === undefined ? undefined : lt(payouts.id, before),
      ),
    )
    .orderBy(desc(payouts.id))
    .limit(limit);
}
