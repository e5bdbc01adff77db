/** How credentials get into an upstream's pool. The caller has authorized and holds a transaction. */
import { and, asc, eq, isNotNull, or } from 'drizzle-orm';
import { credentials } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import type { Context } from '../context.ts';
import type { CredentialInput } from './schemas.ts';

export interface CredentialPlace {
  organizationId: string;
  upstreamId: string;
}

/** Only headers and query parameters have names of their own. */
export function hasParameter(placement: string): boolean {
  return placement === 'header' || placement === 'query';
}

/** Adds one credential; its secret is sealed for its row. */
export async function insertCredential(
  tx: Context,
  input: CredentialPlace & { credential: CredentialInput },
): Promise<string> {
  const { organizationId, upstreamId, credential } = input;
  const id = newId('credential');
  const secret = credential.placement === 'none' ? null : (credential.secret ?? null);
  await tx.db.insert(credentials).values({
    id,
    organizationId,
    upstreamId,
    placement: credential.placement,
    parameterName: hasParameter(credential.placement) ? (credential.parameterName ?? null) : null,
    secretEnvelope: secret === null ? null : tx.keyring.seal(secret, `credential:${id}`),
    secretSetAt: secret === null ? null : tx.clock.date(),
  });
  return id;
}

/**
 * Writes the first credential of an upstream. Without a new secret the stored one stays, in its new place.
 * @throws AppError `invalid_request` with an issue for `<fieldPrefix>secret` when there is none to keep.
 */
export async function storeFirstCredential(
  tx: Context,
  input: CredentialPlace & { credential: CredentialInput; fieldPrefix?: string },
): Promise<void> {
  const { organizationId, upstreamId, credential, fieldPrefix = 'credential.' } = input;
  const [stored] = await tx.db
    .select()
    .from(credentials)
    .where(and(eq(credentials.upstreamId, upstreamId), eq(credentials.organizationId, organizationId)))
    .orderBy(asc(credentials.createdAt), asc(credentials.id))
    .limit(1)
    .for('update');
  const { placement, secret } = credential;
  // `user:password` and a bare key are different secrets; an access token is nobody's to replace.
  const keeps =
    stored?.kind === 'static' &&
    stored.secretEnvelope !== null &&
    (stored.placement === 'basic') === (placement === 'basic');
  if (placement !== 'none' && secret === undefined && !keeps) throw secretNeeded(`${fieldPrefix}secret`);
  if (!stored) {
    await insertCredential(tx, { organizationId, upstreamId, credential });
    return;
  }
  await tx.db
    .update(credentials)
    .set({
      placement,
      parameterName: hasParameter(placement) ? (credential.parameterName ?? null) : null,
      ...(placement === 'none' && { secretEnvelope: null, secretSetAt: null }),
      ...(placement !== 'none' &&
        secret !== undefined && {
          secretEnvelope: tx.keyring.seal(secret, `credential:${stored.id}`),
          secretSetAt: tx.clock.date(),
        }),
      status: 'active',
      disabledReason: null,
      refusals: 0,
      coolingUntil: null,
      coolingModels: {},
      updatedAt: tx.clock.date(),
    })
    .where(eq(credentials.id, stored.id));
}

/**
 * Keeps stored secrets at the origin they were typed for. When an upstream moves to another one, its
 * new credential must come along; the rest of the pool is erased, because write-only secrets must not
 * be sent where whoever may edit the address points them.
 * @returns how many credentials were erased.
 * @throws AppError `invalid_request` with an issue for `credential.secret`.
 */
export async function leaveSecretsBehind(
  tx: Context,
  place: CredentialPlace,
  move: { from: string; to: string; credential: CredentialInput | undefined },
): Promise<number> {
  if (new URL(move.from).origin === new URL(move.to).origin) return 0;
  const ofUpstream = and(
    eq(credentials.upstreamId, place.upstreamId),
    eq(credentials.organizationId, place.organizationId),
  );
  const withSecret = and(
    ofUpstream,
    or(isNotNull(credentials.secretEnvelope), eq(credentials.kind, 'oauth')),
  );
  const [secret] = await tx.db.select({ id: credentials.id }).from(credentials).where(withSecret).limit(1);
  if (!secret) return 0;
  const isGiven = move.credential?.secret !== undefined || move.credential?.placement === 'none';
  if (!isGiven) throw secretNeeded('credential.secret');
  const erased = await tx.db.delete(credentials).where(ofUpstream).returning({ id: credentials.id });
  return erased.length;
}

function secretNeeded(field: string): AppError {
  return new AppError(
    'invalid_request',
    'Enter the secret: the stored one cannot be kept after this change.',
    {
      issues: [{ field, reason: 'secret_needed' }],
    },
  );
}
