import { and, eq } from 'drizzle-orm';
import { services } from '../../../db/schema/index.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { findOwnServices, stillExists, type OwnService } from '../services/index.ts';

const MAX_PROVIDERS = 500;

/** The platform's own LLM upstreams: LLM services of the administrator's organization, newest first. */
export function listProviders(ctx: Context): Promise<OwnService[]> {
  const { organizationId } = requirePlatformAdmin(ctx);
  return findOwnServices(
    ctx.db,
    and(eq(services.organizationId, organizationId), eq(services.kind, 'llm'), stillExists),
    { limit: MAX_PROVIDERS, offset: 0 },
  );
}
