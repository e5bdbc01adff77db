import { and, asc, eq, inArray, type SQL } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import { credentials, egressPools, services, upstreams, type Upstream } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';

/** An upstream as its seller sees it. */
export interface OwnUpstream extends Upstream {
  credentials: {
    total: number;
    /** Enabled and not cooling. */
    ready: number;
  };
}

/** Upstreams in the order of routing: priority, then age. The caller scopes `where` by organization. */
export async function findUpstreams(db: Db, where: SQL | undefined, now: Date): Promise<OwnUpstream[]> {
  const rows = await db
    .select()
    .from(upstreams)
    .where(where)
    .orderBy(asc(upstreams.priority), asc(upstreams.createdAt), asc(upstreams.id));
  if (rows.length === 0) return [];
  const pool = await db
    .select({
      upstreamId: credentials.upstreamId,
      status: credentials.status,
      coolingUntil: credentials.coolingUntil,
    })
    .from(credentials)
    .where(
      inArray(
        credentials.upstreamId,
        rows.map(({ id }) => id),
      ),
    );
  const byUpstream = Map.groupBy(pool, ({ upstreamId }) => upstreamId);
  return rows.map((upstream) => {
    const own = byUpstream.get(upstream.id) ?? [];
    const ready = own.filter(
      ({ status, coolingUntil }) => status === 'active' && (coolingUntil === null || coolingUntil <= now),
    );
    return { ...upstream, credentials: { total: own.length, ready: ready.length } };
  });
}

/**
 * One upstream, locked with its service, so that the last of a service cannot vanish twice.
 * @throws AppError `not_found` also when another organization owns it.
 */
export async function lockOwnUpstream(
  db: Db,
  organizationId: string,
  upstreamId: string,
): Promise<{ upstream: Upstream; kind: 'http' | 'llm' }> {
  const [row] = await db
    .select({ upstream: upstreams, kind: services.kind, serviceStatus: services.status })
    .from(upstreams)
    .innerJoin(services, eq(services.id, upstreams.serviceId))
    .where(and(eq(upstreams.id, upstreamId), eq(upstreams.organizationId, organizationId)))
    .for('update');
  if (!row) throw new AppError('not_found', 'There is no such upstream.');
  return row;
}

/**
 * Refuses what does not fit the kind of the service, and pools of other organizations.
 * @throws AppError `invalid_request` with issues.
 */
export async function assertFits(
  db: Db,
  input: {
    organizationId: string;
    kind: 'http' | 'llm';
    dialect?: string | undefined;
    egressPoolId?: string | null | undefined;
  },
): Promise<void> {
  const refuse = (field: string, reason: string): never => {
    throw new AppError('invalid_request', 'This upstream cannot be set up so.', {
      issues: [{ field, reason }],
    });
  };
  if (input.kind !== 'llm' && input.dialect !== undefined) refuse('dialect', 'invalid_choice');
  if (!input.egressPoolId) return;
  const [pool] = await db
    .select({ id: egressPools.id })
    .from(egressPools)
    .where(and(eq(egressPools.id, input.egressPoolId), eq(egressPools.organizationId, input.organizationId)));
  if (!pool) refuse('egressPoolId', 'invalid_choice');
}

/** What the audit trail keeps of an upstream. */
export function auditedUpstream(upstream: Upstream): Record<string, unknown> {
  const { id, serviceId, name, baseUrl, dialect, models, priority, weight, status, egressPoolId } = upstream;
  return { id, serviceId, name, baseUrl, dialect, models, priority, weight, status, egressPoolId };
}
