import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { requireOwnService, type OwnService } from './own-service.ts';
import { credentialSchema, type CredentialInput } from './schemas.ts';
import { storeFirstCredential } from './store-credential.ts';

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
    const { organizationId } = actor;
    const service = await requireOwnService(tx.db, organizationId, serviceId);
    const upstreamId = service.upstream.id;
    await storeFirstCredential(tx, { organizationId, upstreamId, credential, fieldPrefix: '' });
    await appendAuditEvent(tx, {
      organizationId,
      action: 'service.credential_replaced',
      subjectId: service.id,
      before: { placement: service.credential.placement },
      after: { placement: credential.placement },
    });
    return requireOwnService(tx.db, organizationId, serviceId);
  });
}
