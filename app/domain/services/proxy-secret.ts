import { randomBytes } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { services } from '../../../db/schema/index.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { requireOwnService } from './own-service.ts';

const SECRET_BYTES = 32;

/**
 * Makes a new secret that every call to the seller's upstreams carries as `x-tollgate-proxy-secret`, so
 * that they can turn away whoever does not come through here. The one before stops being sent.
 * @returns the secret, this once.
 * @throws AppError `not_found`
 */
export async function generateProxySecret(ctx: Context, input: { serviceId: string }): Promise<string> {
  const secret = `tgps_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  await storeProxySecret(ctx, input.serviceId, secret);
  return secret;
}

/** @throws AppError `not_found` */
export async function clearProxySecret(ctx: Context, input: { serviceId: string }): Promise<void> {
  await storeProxySecret(ctx, input.serviceId, null);
}

async function storeProxySecret(ctx: Context, serviceId: string, secret: string | null): Promise<void> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  await withTransaction(ctx, async (tx) => {
    const service = await requireOwnService(tx.db, organizationId, serviceId);
    await tx.db
      .update(services)
      .set({
        proxySecretEnvelope: secret === null ? null : tx.keyring.seal(secret, `proxy-secret:${service.id}`),
        updatedAt: tx.clock.date(),
      })
      .where(and(eq(services.id, service.id), eq(services.organizationId, organizationId)));
    await appendAuditEvent(tx, {
      organizationId,
      action: secret === null ? 'service.proxy_secret_cleared' : 'service.proxy_secret_generated',
      subjectId: service.id,
    });
  });
}
