import { and, asc, eq, getTableColumns, isNotNull, type SQL } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import {
  credentials,
  services,
  upstreams,
  type Credential,
  type Upstream,
} from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context } from '../context.ts';

/**
 * `ready`: takes calls. `cooling`: the upstream asked for a pause. `failing`: its last answer was a
 * refusal. `disabled`: takes none until somebody enables it.
 */
export type CredentialHealth = 'ready' | 'cooling' | 'failing' | 'disabled';

/** A credential as its seller sees it: everything but the secret. */
export interface OwnCredential extends Omit<Credential, 'secretEnvelope' | 'coolingModels'> {
  health: CredentialHealth;
  /** Models that it takes no calls for now, soonest back first; a `cooling` one takes none for any. */
  restingModels: { model: string; until: Date }[];
}

const { secretEnvelope: _secret, ...visibleColumns } = getTableColumns(credentials);

function healthOf(
  credential: Pick<Credential, 'status' | 'coolingUntil' | 'refusals'>,
  now: Date,
): CredentialHealth {
  if (credential.status === 'disabled') return 'disabled';
  if (credential.coolingUntil !== null && credential.coolingUntil > now) return 'cooling';
  return credential.refusals > 0 ? 'failing' : 'ready';
}

/** Credentials in the order they were added. The caller scopes `where` by organization. */
export async function findCredentials(db: Db, where: SQL | undefined, now: Date): Promise<OwnCredential[]> {
  const rows = await db
    .select(visibleColumns)
    .from(credentials)
    .where(where)
    .orderBy(asc(credentials.createdAt), asc(credentials.id));
  return rows.map(({ coolingModels, ...row }) => ({
    ...row,
    health: healthOf(row, now),
    restingModels: Object.entries(coolingModels)
      .map(([model, untilMs]) => ({ model, until: new Date(untilMs) }))
      .filter(({ until }) => until > now)
      .sort((a, b) => a.until.getTime() - b.until.getTime()),
  }));
}

/**
 * The upstream whose pool changes, locked, so that pools change one at a time.
 * @throws AppError `not_found` also when another organization owns it.
 */
export async function lockPool(db: Db, organizationId: string, upstreamId: string): Promise<Upstream> {
  const [upstream] = await db
    .select()
    .from(upstreams)
    .where(and(eq(upstreams.id, upstreamId), eq(upstreams.organizationId, organizationId)))
    .for('update');
  if (!upstream) throw new AppError('not_found', 'There is no such upstream.');
  return upstream;
}

/**
 * One credential, locked, with the service it works for.
 * @throws AppError `not_found` also when another organization owns it.
 */
export async function lockCredential(
  db: Db,
  organizationId: string,
  credentialId: string,
): Promise<{ credential: Credential; serviceId: string }> {
  const [row] = await db
    .select({ credential: credentials, serviceId: services.id })
    .from(credentials)
    .innerJoin(upstreams, eq(upstreams.id, credentials.upstreamId))
    .innerJoin(services, eq(services.id, upstreams.serviceId))
    .where(and(eq(credentials.id, credentialId), eq(credentials.organizationId, organizationId)))
    .for('update', { of: credentials });
  if (!row) throw new AppError('not_found', 'There is no such credential.');
  return row;
}

/** The secrets of a pool, for finding duplicates; they leave this process by no way. */
export async function openPool(tx: Context, upstreamId: string): Promise<Set<string>> {
  const rows = await tx.db
    .select({ id: credentials.id, envelope: credentials.secretEnvelope })
    .from(credentials)
    .where(
      and(
        eq(credentials.upstreamId, upstreamId),
        eq(credentials.kind, 'static'),
        isNotNull(credentials.secretEnvelope),
      ),
    );
  return new Set(rows.map(({ id, envelope }) => tx.keyring.open(envelope!, `credential:${id}`)));
}

/** What the audit trail keeps of a credential. */
export function auditedCredential(
  credential: Omit<Credential, 'secretEnvelope' | 'coolingModels'>,
): Record<string, unknown> {
  const { upstreamId, label, placement, parameterName, status, weight } = credential;
  const { requestsPerMinute, requestsPerDay, maxConcurrency } = credential;
  return {
    ...{ upstreamId, label, placement, parameterName, status, weight },
    ...{ requestsPerMinute, requestsPerDay, maxConcurrency },
  };
}
