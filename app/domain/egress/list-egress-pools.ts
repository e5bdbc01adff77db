import { eq } from 'drizzle-orm';
import { egressPools } from '../../../db/schema/index.ts';
import { requireActor, type Context } from '../context.ts';
import { findEgressPools, type OwnEgressPool } from './own-egress-pool.ts';

/** The pools of the acting organization, by name, with their nodes and how these are. */
export async function listEgressPools(ctx: Context): Promise<OwnEgressPool[]> {
  const { organizationId } = requireActor(ctx);
  return findEgressPools(ctx.db, eq(egressPools.organizationId, organizationId));
}
