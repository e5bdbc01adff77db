import { eq } from 'drizzle-orm';
import { credentials } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { fitsPlacement } from '../services/index.ts';
import { auditedCredential, findCredentials, lockCredential, type OwnCredential } from './own-credential.ts';
import { updateCredentialSchema, type UpdateCredentialInput } from './schemas.ts';

/**
 * Changes what a credential is called, may do and weighs, enables or disables it, or puts a new secret in
 * its place; absent fields stay. Enabling forgets why it was disabled.
 * @throws AppError `invalid_request` with issues, `not_found`.
 */
export async function updateCredential(ctx: Context, input: UpdateCredentialInput): Promise<OwnCredential> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  const { credentialId, secret, status, ...pool } = parseInput(updateCredentialSchema, input);
  return withTransaction(ctx, async (tx) => {
    const { credential: before } = await lockCredential(tx.db, organizationId, credentialId);
    if (secret !== undefined) assertReplaceable(before, secret);
    await tx.db
      .update(credentials)
      .set({
        ...pool,
        ...(status === 'disabled' && { status, disabledReason: 'manual' as const }),
        ...(status === 'active' && { status, disabledReason: null, refusals: 0 }),
        ...(secret !== undefined && {
          secretEnvelope: tx.keyring.seal(secret, `credential:${credentialId}`),
          secretSetAt: tx.clock.date(),
          refusals: 0,
        }),
        updatedAt: tx.clock.date(),
      })
      .where(eq(credentials.id, credentialId));
    const [after] = await findCredentials(tx.db, eq(credentials.id, credentialId), tx.clock.date());
    await appendAuditEvent(tx, {
      organizationId,
      action: 'credential.updated',
      subjectId: credentialId,
      before: auditedCredential(before),
      after: { ...auditedCredential(after!), replaced: secret !== undefined },
    });
    return after!;
  });
}

/** Access tokens are kept fresh by their grant, and `none` has nothing to keep. */
function assertReplaceable(credential: Parameters<typeof auditedCredential>[0], secret: string): void {
  const fits =
    credential.kind === 'static' &&
    credential.placement !== 'none' &&
    fitsPlacement(credential.placement, secret);
  if (fits) return;
  throw new AppError('invalid_request', 'This credential cannot take such a secret.', {
    issues: [{ field: 'secret', reason: 'invalid' }],
  });
}
