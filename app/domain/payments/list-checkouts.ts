import { and, desc, eq, lt } from 'drizzle-orm';
import { checkouts, type Checkout } from '../../../db/schema/index.ts';
import { requireActor, type Context } from '../context.ts';
import { listCheckoutsSchema, type ListCheckoutsInput } from './schemas.ts';

/** Checkouts of the acting organization, newest first. */
export async function listCheckouts(ctx: Context, input: ListCheckoutsInput = {}): Promise<Checkout[]> {
  const actor = requireActor(ctx);
  const { limit, before } = listCheckoutsSchema.parse(input);
  return ctx.db
    .select()
    .from(checkouts)
    .where(
      and(eq(checkouts.organizationId, actor.organizationId), before ? lt(checkouts.id, before) : undefined),
    )
    .orderBy(desc(checkouts.id))
    .limit(limit);
}
