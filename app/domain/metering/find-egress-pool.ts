import type { ProxyProtocol } from '../../lib/proxy-url.ts';
import type { MeteringContext } from './metering-context.ts';

/** A proxy node as stored: the password is still sealed. */
export interface SealedEgressProxy {
  id: string;
  protocol: ProxyProtocol;
  host: string;
  port: number;
  username: string | null;
  passwordEnvelope: string | null;
  weight: number;
  failures: number;
  /** Of the database clock; null: in the rotation. */
  retryAtMs: number | null;
  latencyMs: number | null;
  /** Another when anything that matters for a connection has changed. */
  version: string;
}

export interface DialableEgressPool {
  id: string;
  organizationId: string;
  /** Active ones. */
  proxies: SealedEgressProxy[];
  /** The database clock when this was read. */
  readAtMs: number;
}

/** A pool of outbound proxies by id, or null. One statement, so that it fits together. */
export async function findEgressPool(
  { sql }: MeteringContext,
  { poolId }: { poolId: string },
): Promise<DialableEgressPool | null> {
  const [row] = await sql<DialableEgressPool[]>`
    select p.id, p.organization_id as "organizationId", (extract(epoch from now()) * 1000)::float8 as "readAtMs",
      coalesce((
        select json_agg(json_build_object(
          'id', x.id, 'protocol', x.protocol, 'host', x.host, 'port', x.port, 'username', x.username,
          'passwordEnvelope', x.password_envelope, 'weight', x.weight, 'failures', x.failures,
          'retryAtMs', extract(epoch from x.retry_at) * 1000, 'latencyMs', x.latency_ms,
          'version', md5(concat_ws(' ', x.protocol, x.host, x.port, x.username, x.password_envelope)))
          order by x.created_at, x.id)
        from egress_proxies x where x.pool_id = p.id and x.status = 'active'), '[]') as proxies
    from egress_pools p where p.id = ${poolId}`;
  return row ?? null;
}
