import { and, eq } from 'drizzle-orm';
import { credentials, services, upstreams } from '../../../db/schema/index.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { withTransaction, type Context } from '../context.ts';
import { mailMembers } from '../mails/index.ts';

export interface RefusedCredential {
  service: string;
  /** What the seller calls it, else its id. */
  label: string;
  /** What the upstream answered. */
  status: string;
  /** Where the seller can do something about it. */
  url: string;
}

export interface ReportRefusedCredentialInput {
  credentialId: string;
  /** The mail, in the recipient's language. */
  write: (locale: string, refused: RefusedCredential) => { subject: string; text: string };
}

/** Tells owners and administrators of the seller that a credential of theirs is not used any more. */
export async function reportRefusedCredential(
  ctx: Context,
  { credentialId, write }: ReportRefusedCredentialInput,
): Promise<void> {
  await withTransaction(ctx, async (tx) => {
    const [refused] = await tx.db
      .select({
        organizationId: credentials.organizationId,
        label: credentials.label,
        status: credentials.lastFailure,
        serviceId: services.id,
        service: services.name,
      })
      .from(credentials)
      .innerJoin(upstreams, eq(upstreams.id, credentials.upstreamId))
      .innerJoin(services, eq(services.id, upstreams.serviceId))
      .where(and(eq(credentials.id, credentialId), eq(credentials.disabledReason, 'refused')));
    // Reset or deleted in the meantime: nothing to tell.
    if (!refused) return;
    await appendAuditEvent(tx, {
      organizationId: refused.organizationId,
      action: 'credential.disabled',
      subjectId: credentialId,
      after: { reason: 'refused', answer: refused.status },
    });
    const facts = {
      service: refused.service,
      label: refused.label || credentialId,
      status: refused.status ?? '',
      url: `${tx.publicUrl}/seller/services/${refused.serviceId}`,
    };
    await mailMembers(tx, {
      organizationId: refused.organizationId,
      write: (locale) => write(locale, facts),
    });
  });
}
