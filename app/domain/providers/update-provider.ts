import type { LlmDialect } from '../../lib/dialect-defaults.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { getOwnService, updateService, type OwnService } from '../services/index.ts';
import { updateUpstream } from '../upstreams/index.ts';
import { credentialFor } from './provider-credential.ts';
import { requireProvider } from './require-provider.ts';
import { updateProviderSchema, type UpdateProviderInput } from './schemas.ts';

/**
 * Changes a provider; absent fields stay. Another origin needs the key again.
 * @throws AppError `forbidden`, `not_found`, `invalid_request` and `blocked_target` with issues.
 */
export async function updateProvider(ctx: Context, input: UpdateProviderInput): Promise<OwnService> {
  requirePlatformAdmin(ctx);
  const { providerId, status, apiKey, name, baseUrl, dialect, models } = parseInput(
    updateProviderSchema,
    input,
  );
  const before = await requireProvider(ctx, providerId);
  const current = before.upstream.dialect as LlmDialect;
  // Another dialect expects the same key elsewhere.
  const moves = dialect !== undefined && dialect !== current && before.credential.placement !== 'none';
  await updateService(ctx, {
    serviceId: before.id,
    ...(name !== undefined && { name }),
    ...(baseUrl !== undefined && { baseUrl }),
    ...(dialect !== undefined && { dialect }),
    ...(models !== undefined && { models }),
    ...((apiKey !== undefined || moves) && { credential: credentialFor(dialect ?? current, apiKey) }),
  });
  if (status !== undefined) await updateUpstream(ctx, { upstreamId: before.upstream.id, status });
  return getOwnService(ctx, { serviceIdOrSlug: before.id });
}
