import { and, asc, eq, getTableColumns, inArray, type SQL } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import { egressPools, egressProxies, type EgressPool, type EgressProxy } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';

/** `out`: failed until its next probe. `unknown`: no connection went through it yet. */
export type EgressProxyHealth = 'working' | 'unknown' | 'out' | 'disabled';

/** A node as its owner sees it: everything but the password. */
export interface OwnEgressProxy extends Omit<EgressProxy, 'passwordEnvelope'> {
  health: EgressProxyHealth;
}

export interface OwnEgressPool extends EgressPool {
  proxies: OwnEgressProxy[];
}

const { passwordEnvelope: _password, ...visibleColumns } = getTableColumns(egressProxies);

function healthOf(proxy: Omit<EgressProxy, 'passwordEnvelope'>): EgressProxyHealth {
  if (proxy.status === 'disabled') return 'disabled';
  if (proxy.retryAt !== null) return 'out';
  return proxy.checkedAt === null ? 'unknown' : 'working';
}

/** Nodes in the order they were added. The caller scopes `where` by organization. */
export async function findEgressProxies(db: Db, where: SQL | undefined): Promise<OwnEgressProxy[]> {
  const rows = await db
    .select(visibleColumns)
    .from(egressProxies)
    .where(where)
    .orderBy(asc(egressProxies.createdAt), asc(egressProxies.id));
  return rows.map((row) => ({ ...row, health: healthOf(row) }));
}

/** Pools by name, with their nodes. The caller scopes `where` by organization. */
export async function findEgressPools(db: Db, where: SQL | undefined): Promise<OwnEgressPool[]> {
  const pools = await db.select().from(egressPools).where(where).orderBy(egressPools.name, egressPools.id);
  if (pools.length === 0) return [];
  const ids = pools.map((pool) => pool.id);
  const proxies = await findEgressProxies(db, inArray(egressProxies.poolId, ids));
  return pools.map((pool) => ({ ...pool, proxies: proxies.filter((proxy) => proxy.poolId === pool.id) }));
}

/**
 * One pool of an organization, locked, so that pools change one at a time.
 * @throws AppError `not_found` also when another organization owns it.
 */
export async function lockEgressPool(db: Db, organizationId: string, poolId: string): Promise<EgressPool> {
  const [pool] = await db
    .select()
    .from(egressPools)
    .where(and(eq(egressPools.id, poolId), eq(egressPools.organizationId, organizationId)))
    .for('update');
  if (!pool) throw new AppError('not_found', 'There is no such pool of proxies.');
  return pool;
}

/** What the audit trail keeps of a node. */
export function auditedProxy(proxy: Omit<EgressProxy, 'passwordEnvelope'>): Record<string, unknown> {
  const { poolId, protocol, host, port, region, weight, status } = proxy;
  return { poolId, protocol, host, port, region, weight, status };
}
