import { and, eq } from 'drizzle-orm';
import { credentials } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { hasParameter } from './create-service.ts';
import { requireOwnService, type OwnService } from './own-service.ts';
import { credentialSchema, type CredentialInput } from './schemas.ts';

/**
 * Puts a new secret, or another place for it, behind a service; calls use it within a second.
 * @throws AppError `invalid_request` with issues for `placement`, `parameterName`, `secret`; `not_found`.
 */
export async function replaceCredential(
  ctx: Context,
  { serviceId, ...input }: CredentialInput & { serviceId: string },
): Promise<OwnService> {
  const actor = requireRole(ctx, ['owner', 'admin']);
  const credential = parseInput(credentialSchema, input);
  return withTransaction(ctx, async (tx) => {
    const service = await requireOwnService(tx.db, actor.organizationId, serviceId);
    await storeCredential(tx, { organizationId: actor.organizationId, service, credential, fieldPrefix: '' });
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'service.credential_replaced',
      subjectId: service.id,
      before: { placement: service.credential.placement },
      after: { placement: credential.placement },
    });
    return requireOwnService(tx.db, actor.organizationId, serviceId);
  });
}

/** Writes the credential of a service. Without a new secret the stored one stays, in its new place. */
export async function storeCredential(
  tx: Context,
  input: { organizationId: string; service: OwnService; credential: CredentialInput; fieldPrefix?: string },
): Promise<void> {
  const { organizationId, service, credential, fieldPrefix = 'credential.' } = input;
  const where = and(
    eq(credentials.upstreamId, service.upstream.id),
    eq(credentials.organizationId, organizationId),
  );
  const [stored] = await tx.db.select().from(credentials).where(where).limit(1).for('update');
  if (!stored) throw new AppError('not_found', 'There is no such service.');
  const { placement, secret } = credential;
  // `user:password` and a bare key are different secrets.
  const keeps = stored.secretEnvelope !== null && (stored.placement === 'basic') === (placement === 'basic');
  if (placement !== 'none' && secret === undefined && !keeps) {
    throw new AppError('invalid_request', 'Enter the secret for this kind of authentication.', {
      issues: [{ field: `${fieldPrefix}secret`, reason: 'secret_needed' }],
    });
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
      updatedAt: tx.clock.date(),
    })
    .where(and(where, eq(credentials.id, stored.id)));
}
