import { eq } from 'drizzle-orm';
import { credentials } from '../../../db/schema/index.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { findCredentials, lockCredential, type OwnCredential } from './own-credential.ts';

/**
 * Forgets what upstreams held against a credential, so that it takes calls again within a second. One
 * that a person disabled stays disabled.
 * @throws AppError `not_found`
 */
export async function resetCredential(
  ctx: Context,
  { credentialId }: { credentialId: string },
): Promise<OwnCredential> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  return withTransaction(ctx, async (tx) => {
    const { credential: before } = await lockCredential(tx.db, organizationId, credentialId);
    await tx.db
      .update(credentials)
      .set({
        coolingUntil: null,
        coolingModels: {},
        refusals: 0,
        lastFailure: null,
        lastFailureAt: null,
        ...(before.disabledReason !== 'manual' && { status: 'active', disabledReason: null }),
        updatedAt: tx.clock.date(),
      })
      .where(eq(credentials.id, credentialId));
    await appendAuditEvent(tx, {
      organizationId,
      action: 'credential.reset',
      subjectId: credentialId,
      before: { status: before.status, reason: before.disabledReason, refusals: before.refusals },
      after: null,
    });
    const [after] = await findCredentials(tx.db, eq(credentials.id, credentialId), tx.clock.date());
    return after!;
  });
}
