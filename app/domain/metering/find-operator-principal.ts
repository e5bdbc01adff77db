import type { MeteringContext } from './metering-context.ts';
import type { Principal } from './find-principal-by-key-hash.ts';

/**
 * The principal of a key that stands in the environment: the organization of the first platform
 * administrator, with everything it is subscribed to. Null while there is no administrator.
 */
export async function findOperatorPrincipal(
  { sql }: MeteringContext,
  { keyId }: { keyId: string },
): Promise<Principal | null> {
  const [row] = await sql<Principal[]>`
    select ${keyId}::text as "keyId", o.id as "organizationId", 'active' as "keyStatus",
      null as "keyExpiresAtMs", null as "keySubscriptionId", '{read,write}'::text[] as "keyPermissions",
      '{}'::text[] as "allowedServiceIds", '{}'::text[] as "allowedModels", '{}'::text[] as "allowedAddresses",
      null as "keyRequestsPerMinute", null as "keyRequestsPerDay", null as "keyTokensPerMinute",
      null as "keyTokensPerDay", null as "keyMaxConcurrency", '[]'::jsonb as "modelRoutes",
      o.status as "organizationStatus",
      o.requests_per_minute as "organizationRequestsPerMinute", o.requests_per_day as "organizationRequestsPerDay",
      o.tokens_per_minute as "organizationTokensPerMinute", o.tokens_per_day as "organizationTokensPerDay",
      o.max_concurrency as "organizationMaxConcurrency",
      o.conversation_retention_days as "conversationRetentionDays",
      (extract(epoch from now()) * 1000)::float8 as "readAtMs",
      coalesce((
        select json_agg(json_build_object('id', s.id, 'serviceId', s.service_id, 'planId', s.plan_id, 'status', s.status,
                                          'graceUntilMs', extract(epoch from s.grace_until) * 1000)
                        order by s.created_at, s.id)
        from subscriptions s where s.organization_id = o.id and s.status <> 'canceled'), '[]') as subscriptions,
      coalesce((
        select json_agg(json_build_object('id', b.id, 'scope', b.scope, 'period', b.period) order by b.id)
        from budgets b where b.organization_id = o.id and b.scope = 'organization'), '[]') as budgets
    from users u
      join memberships m on m.user_id = u.id and m.role = 'owner'
      join organizations o on o.id = m.organization_id
    where u.is_platform_admin
    order by u.created_at, u.id, o.created_at, o.id
    limit 1`;
  return row ?? null;
}
