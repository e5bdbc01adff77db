import { eq } from 'drizzle-orm';
import { credentials } from '../../../db/schema/index.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { auditedCredential, lockCredential } from './own-credential.ts';

/**
 * Takes a credential out of its pool and erases its secret; running calls finish.
 * @throws AppError `not_found`
 */
export async function deleteCredential(
  ctx: Context,
  { credentialId }: { credentialId: string },
): Promise<void> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  await withTransaction(ctx, async (tx) => {
    const { credential } = await lockCredential(tx.db, organizationId, credentialId);
    await tx.db.delete(credentials).where(eq(credentials.id, credentialId));
    await appendAuditEvent(tx, {
      organizationId,
      action: 'credential.deleted',
      subjectId: credentialId,
      before: auditedCredential(credential),
      after: null,
    });
  });
}
