import type {
  CredentialPlacement,
  ModelLimit,
  PlanKind,
  SERVICE_KINDS,
  SERVICE_STATUSES,
} from '../../../db/schema/index.ts';
import type { AbandonPolicy, CacheMode, DialectName, RoutingStrategy } from '../../lib/service-options.ts';
import { isId } from '../../lib/ids.ts';
import type { MeteringContext } from './metering-context.ts';
import type { PriceInput } from './price-call.ts';

/** A credential as stored: the secret is still sealed. */
export interface SealedCredential {
  id: string;
  label: string;
  kind: 'static' | 'oauth';
  status: 'active' | 'disabled';
  placement: CredentialPlacement;
  parameterName: string | null;
  secretEnvelope: string | null;
  weight: number;
  requestsPerMinute: number | null;
  requestsPerDay: number | null;
  maxConcurrency: number | null;
  /** 401 or 403 answers in a row. */
  refusals: number;
  /** Not used before this, by the database clock; null: ready. */
  coolingUntilMs: number | null;
  /** The same for single models. */
  coolingModels: Record<string, number>;
}

export interface RoutableUpstream {
  id: string;
  name: string;
  baseUrl: string;
  dialect: DialectName;
  /** Empty: every model. */
  models: string[];
  /** Lower goes first. */
  priority: number;
  weight: number;
  connectTimeoutMs: number;
  firstByteTimeoutMs: number;
  idleTimeoutMs: number;
  totalTimeoutMs: number;
  maxRequestBytes: number;
  apiVersion: string | null;
  abandonPolicy: AbandonPolicy;
  maxRetries: number;
  /** Decimal digits: JSON has no bigint. What the seller pays; for least-cost routing only. */
  costNanosPerMillion: string | null;
  region: string | null;
  maxConcurrency: number | null;
  egressPoolId: string | null;
  /** All of them, disabled ones too; none at all: the upstream wants none. */
  credentials: SealedCredential[];
}

export interface RoutablePriceVersion extends Required<PriceInput> {
  id: string;
  currency: string;
  effectiveFromMs: number;
}

export interface RoutablePlan {
  id: string;
  kind: PlanKind;
  requestsPerMinute: number | null;
  requestsPerDay: number | null;
  tokensPerMinute: number | null;
  tokensPerDay: number | null;
  maxConcurrency: number | null;
  modelLimits: ModelLimit[];
  /** The version in effect first, then those still to come. */
  priceVersions: RoutablePriceVersion[];
}

/** Everything the gateway has to know of a service to serve one call. */
export interface RoutableService {
  id: string;
  /** The seller. */
  organizationId: string;
  organizationStatus: 'active' | 'suspended';
  slug: string;
  name: string;
  kind: (typeof SERVICE_KINDS)[number];
  status: (typeof SERVICE_STATUSES)[number];
  createdAtMs: number;
  routingStrategy: RoutingStrategy;
  /** `slug/model`, or a model of this service. */
  fallbacks: string[];
  modelAliases: Record<string, string>;
  systemPrompt: string;
  defaultParameters: Record<string, unknown>;
  maxOutputTokens: number | null;
  cacheMode: CacheMode;
  cacheTtlSeconds: number;
  cachePublic: boolean;
  coalesce: boolean;
  websockets: boolean;
  /** Of kind `llm`: what is no call for a model is passed on too. */
  passOtherPaths: boolean;
  maxConcurrency: number | null;
  proxySecretEnvelope: string | null;
  /** Active ones, in order of priority. */
  upstreams: RoutableUpstream[];
  plans: RoutablePlan[];
  /** The database clock when this was read. */
  readAtMs: number;
}

/** A service by id or slug, whatever its status, or null. One statement, so that it fits together. */
export async function findRoutableService(
  { sql }: MeteringContext,
  { reference }: { reference: string },
): Promise<RoutableService | null> {
  const [row] = await sql<RoutableService[]>`
    select s.id, s.organization_id as "organizationId", o.status as "organizationStatus", s.slug, s.name, s.kind, s.status,
      (extract(epoch from s.created_at) * 1000)::float8 as "createdAtMs",
      s.routing_strategy as "routingStrategy", s.fallbacks, s.model_aliases as "modelAliases",
      s.system_prompt as "systemPrompt", s.default_parameters as "defaultParameters",
      s.max_output_tokens as "maxOutputTokens", s.cache_mode as "cacheMode", s.cache_ttl_seconds as "cacheTtlSeconds",
      s.cache_public as "cachePublic", s.coalesce, s.websockets, s.pass_other_paths as "passOtherPaths", s.max_concurrency as "maxConcurrency",
      s.proxy_secret_envelope as "proxySecretEnvelope",
      (extract(epoch from now()) * 1000)::float8 as "readAtMs",
      coalesce((
        select json_agg(json_build_object(
          'id', u.id, 'name', u.name, 'weight', u.weight, 'apiVersion', u.api_version,
          'abandonPolicy', u.abandon_policy, 'maxRetries', u.max_retries, 'region', u.region,
          'costNanosPerMillion', u.cost_nanos_per_million::text, 'maxConcurrency', u.max_concurrency,
          'egressPoolId', u.egress_pool_id, 'baseUrl', u.base_url, 'dialect', u.dialect, 'models', u.models, 'priority', u.priority,
          'connectTimeoutMs', u.connect_timeout_ms, 'firstByteTimeoutMs', u.first_byte_timeout_ms,
          'idleTimeoutMs', u.idle_timeout_ms, 'totalTimeoutMs', u.total_timeout_ms,
          'maxRequestBytes', u.max_request_bytes,
          'credentials', coalesce((
            select json_agg(json_build_object('id', c.id, 'placement', c.placement, 'parameterName', c.parameter_name,
                                              'secretEnvelope', c.secret_envelope, 'label', c.label, 'kind', c.kind,
                                              'status', c.status, 'weight', c.weight, 'refusals', c.refusals,
                                              'requestsPerMinute', c.requests_per_minute,
                                              'requestsPerDay', c.requests_per_day, 'maxConcurrency', c.max_concurrency,
                                              'coolingUntilMs', extract(epoch from c.cooling_until) * 1000,
                                              'coolingModels', c.cooling_models) order by c.created_at, c.id)
            from credentials c where c.upstream_id = u.id), '[]'))
          order by u.priority, u.created_at, u.id)
        from upstreams u where u.service_id = s.id and u.status = 'active'), '[]') as upstreams,
      coalesce((
        select json_agg(json_build_object(
          'id', p.id, 'kind', p.kind, 'requestsPerMinute', p.requests_per_minute,
          'requestsPerDay', p.requests_per_day, 'tokensPerMinute', p.tokens_per_minute,
          'tokensPerDay', p.tokens_per_day, 'maxConcurrency', p.max_concurrency, 'modelLimits', p.model_limits,
          'priceVersions', coalesce((
            select json_agg(json_build_object(
              'id', v.id, 'currency', v.currency, 'tierMode', v.tier_mode, 'effectiveFromMs', extract(epoch from v.effective_from) * 1000,
              'components', coalesce((
                select json_agg(json_build_object('meter', c.meter, 'model', c.model, 'fromUnits', c.from_units,
                                                  'fromContextTokens', c.from_context_tokens,
                                                  'nanosPerMillion', c.nanos_per_million::text))
                from price_components c where c.price_version_id = v.id), '[]'),
              'quotas', coalesce((
                select json_agg(json_build_object('meter', q.meter, 'includedUnits', q.included_units, 'overage', q.overage))
                from price_quotas q where q.price_version_id = v.id), '[]'))
              order by v.effective_from, v.version)
            from price_versions v
            where v.plan_id = p.id and (v.effective_from, v.version) >= (
              select e.effective_from, e.version from price_versions e
              where e.plan_id = p.id and e.effective_from <= now()
              order by e.effective_from desc, e.version desc limit 1)), '[]')))
        from plans p where p.service_id = s.id), '[]') as plans
    from services s join organizations o on o.id = s.organization_id
    where ${isId('service', reference) ? sql`s.id = ${reference}` : sql`s.slug = ${reference}`}`;
  return row ?? null;
}
