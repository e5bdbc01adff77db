import { and, asc, eq, sql } from 'drizzle-orm';
import { egressProxies } from '../../../db/schema/index.ts';
import type { ProxyAddress } from '../../lib/proxy-url.ts';
import type { Context } from '../context.ts';
import { openEgressProxy } from './open-egress-proxy.ts';

/**
 * The node of a pool that a single request goes through, or null when there is none: the request must
 * not be sent then. Nodes that failed come last.
 */
export async function chooseEgressProxy(
  ctx: Pick<Context, 'db' | 'keyring'>,
  { organizationId, poolId }: { organizationId: string; poolId: string },
): Promise<ProxyAddress | null> {
  const [node] = await ctx.db
    .select()
    .from(egressProxies)
    .where(
      and(
        eq(egressProxies.organizationId, organizationId),
        eq(egressProxies.poolId, poolId),
        eq(egressProxies.status, 'active'),
      ),
    )
    .orderBy(sql`${egressProxies.retryAt} nulls first`, asc(egressProxies.createdAt), asc(egressProxies.id))
    .limit(1);
  return node ? openEgressProxy(ctx, node) : null;
}
