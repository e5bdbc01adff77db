import { subscriptions } from '../../../db/schema/index.ts';
import { DIALECT_DEFAULTS } from '../../lib/dialect-defaults.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { createPlan } from '../plans/index.ts';
import { createService, type OwnService } from '../services/index.ts';
import { credentialFor } from './provider-credential.ts';
import { createProviderSchema, type CreateProviderInput } from './schemas.ts';

/**
 * Adds an LLM upstream of the platform's own. It is a draft that nobody sees on the storefront; the
 * administrators' own keys and the operator's proxy keys can call it at once, for nothing.
 * @throws AppError `forbidden`, `invalid_request` and `blocked_target` with issues.
 */
export async function createProvider(ctx: Context, input: CreateProviderInput): Promise<OwnService> {
  const { organizationId } = requirePlatformAdmin(ctx);
  const { name, dialect, models, apiKey, baseUrl } = parseInput(createProviderSchema, input);
  const service = await createService(ctx, {
    name,
    kind: 'llm',
    category: 'ai',
    baseUrl: baseUrl ?? DIALECT_DEFAULTS[dialect].baseUrl,
    dialect,
    models,
    credential: credentialFor(dialect, apiKey ?? null),
  });
  const plan = await createPlan(ctx, { serviceId: service.id, kind: 'free', name: 'Internal' });
  await ctx.db.insert(subscriptions).values({
    id: newId('subscription'),
    organizationId,
    sellerOrganizationId: organizationId,
    serviceId: service.id,
    planId: plan.id,
    status: 'active',
  });
  return service;
}
