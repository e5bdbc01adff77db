import type {
  BUDGET_PERIODS,
  BUDGET_SCOPES,
  ModelRoute,
  SUBSCRIPTION_STATUSES,
} from '../../../db/schema/index.ts';
import type { KeyPermission } from '../../lib/service-options.ts';
import type { MeteringContext } from './metering-context.ts';

export interface PrincipalSubscription {
  id: string;
  serviceId: string;
  planId: string;
  status: (typeof SUBSCRIPTION_STATUSES)[number];
  /** While a fee is past due calls go on until then, by the database clock; null: no longer. */
  graceUntilMs: number | null;
}

/** A limit of what may be spent that binds this key. */
export interface PrincipalBudget {
  id: string;
  scope: (typeof BUDGET_SCOPES)[number];
  period: (typeof BUDGET_PERIODS)[number];
}

/** Who a key stands for, and what it may reach. */
export interface Principal {
  keyId: string;
  /** The buyer. */
  organizationId: string;
  keyStatus: 'active' | 'disabled' | 'revoked';
  /** Milliseconds since the epoch by the database clock; null: never. */
  keyExpiresAtMs: number | null;
  /** Null: good for every subscription of the organization. */
  keySubscriptionId: string | null;
  keyPermissions: KeyPermission[];
  /** Allow-lists of the key; empty: no restriction. Models may hold `*`, addresses are CIDR ranges. */
  allowedServiceIds: string[];
  allowedModels: string[];
  allowedAddresses: string[];
  /** Ceilings of the key; null: the plan's. */
  keyRequestsPerMinute: number | null;
  keyRequestsPerDay: number | null;
  keyTokensPerMinute: number | null;
  keyTokensPerDay: number | null;
  keyMaxConcurrency: number | null;
  /** In order of priority. */
  modelRoutes: ModelRoute[];
  organizationStatus: 'active' | 'suspended';
  /** Ceiling over all keys of the organization; null: the platform's default. */
  organizationRequestsPerMinute: number | null;
  organizationRequestsPerDay: number | null;
  organizationTokensPerMinute: number | null;
  organizationTokensPerDay: number | null;
  organizationMaxConcurrency: number | null;
  /** Null: conversations are not remembered. */
  conversationRetentionDays: number | null;
  /** Live subscriptions, oldest first. */
  subscriptions: PrincipalSubscription[];
  /** Of the organization, of whoever made the key, and of the key. */
  budgets: PrincipalBudget[];
  /** The database clock when this was read. */
  readAtMs: number;
}

/** The principal behind a key's HMAC (`hashKey`), or null when there is no such key. */
export async function findPrincipalByKeyHash(
  { sql }: MeteringContext,
  { hash }: { hash: Buffer },
): Promise<Principal | null> {
  const [row] = await sql<Principal[]>`
    select k.id as "keyId", k.organization_id as "organizationId", k.status as "keyStatus",
      (extract(epoch from k.expires_at) * 1000)::float8 as "keyExpiresAtMs",
      k.subscription_id as "keySubscriptionId", o.status as "organizationStatus",
      k.permissions as "keyPermissions", k.allowed_service_ids as "allowedServiceIds",
      k.allowed_models as "allowedModels", k.allowed_addresses as "allowedAddresses",
      k.requests_per_minute as "keyRequestsPerMinute", k.requests_per_day as "keyRequestsPerDay",
      k.tokens_per_minute as "keyTokensPerMinute", k.tokens_per_day as "keyTokensPerDay",
      k.max_concurrency as "keyMaxConcurrency", k.model_routes as "modelRoutes",
      o.requests_per_minute as "organizationRequestsPerMinute", o.requests_per_day as "organizationRequestsPerDay",
      o.tokens_per_minute as "organizationTokensPerMinute", o.tokens_per_day as "organizationTokensPerDay",
      o.max_concurrency as "organizationMaxConcurrency",
      o.conversation_retention_days as "conversationRetentionDays",
      (extract(epoch from now()) * 1000)::float8 as "readAtMs",
      coalesce((
        select json_agg(json_build_object('id', s.id, 'serviceId', s.service_id, 'planId', s.plan_id, 'status', s.status,
                                          'graceUntilMs', extract(epoch from s.grace_until) * 1000)
                        order by s.created_at, s.id)
        from subscriptions s where s.organization_id = k.organization_id and s.status <> 'canceled'), '[]') as subscriptions,
      coalesce((
        select json_agg(json_build_object('id', b.id, 'scope', b.scope, 'period', b.period) order by b.id)
        from budgets b where b.organization_id = k.organization_id and (b.scope = 'organization'
          or (b.scope = 'member' and b.subject_id = k.created_by_user_id)
          or (b.scope = 'key' and b.subject_id = k.id))), '[]') as budgets
    from keys k join organizations o on o.id = k.organization_id
    where k.hash = ${hash}`;
  return row ?? null;
}
