import type { StreamingMode } from '../../lib/service-options.ts';
import type { MeteringContext } from './metering-context.ts';

/** A path of its own on this host, bound to a service. */
export interface RoutableEndpoint {
  id: string;
  /** The seller. */
  organizationId: string;
  /** Without the leading slash. */
  path: string;
  serviceId: string;
  systemPrompt: string;
  /** Model for calls that name none; null: the caller must. */
  defaultModel: string | null;
  streaming: StreamingMode;
}

/** The active endpoint at this path (no leading slash), or null. */
export async function findEndpointByPath(
  { sql }: MeteringContext,
  { path }: { path: string },
): Promise<RoutableEndpoint | null> {
  const [row] = await sql<RoutableEndpoint[]>`
    select id, organization_id as "organizationId", path, service_id as "serviceId", system_prompt as "systemPrompt",
      default_model as "defaultModel", streaming
    from endpoints where path = ${path} and status = 'active'`;
  return row ?? null;
}
