/**
 * JSON of upstreams, credentials, routing, custom paths and providers: snake_case, money as decimal
 * strings. What a value may be is the domain's business; its issues are renamed back (`apiField`).
 */
import { z } from 'zod';
import type { AddCredentialInput, AddCredentialsInput, OwnCredential } from '../domain/credentials/index.ts';
import type { CreateEndpointInput, EndpointView } from '../domain/endpoints/index.ts';
import type { OwnService } from '../domain/services/index.ts';
import type { OwnUpstream } from '../domain/upstreams/index.ts';
import { toDecimal } from '../lib/money.ts';

/** Field names of the wire; which of them an endpoint takes, its verb says. */
export const apiBody = z.record(z.string().regex(/^[a-z][a-z0-9_]*$/, 'unknown_field'), z.unknown());
export type ApiBody = z.output<typeof apiBody>;

const toCamelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
const toSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Names that differ by more than their spelling. */
const FROM_WIRE: Record<string, string> = { cost_per_million_tokens: 'costPerMillion' };
const TO_WIRE: Record<string, string> = { costPerMillion: 'cost_per_million_tokens', parameterName: 'name' };

/** How the API writes a field that the domain refused. */
export function apiField(field: string): string {
  return field
    .split('.')
    .map((part) => TO_WIRE[part] ?? toSnakeCase(part))
    .join('.');
}

function toFields(body: ApiBody): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [FROM_WIRE[name] ?? toCamelCase(name), value]),
  );
}

/** `{ placement, name, secret }`; anything else passes as it is, for the domain to refuse. */
function toCredential(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { name, ...rest } = value as Record<string, unknown>;
  return { ...rest, ...(name !== undefined && name !== null && { parameterName: name }) };
}

/** A body whose `credential` is in the form of the API; the ids come from the address. */
export function toUpstreamFields(body: ApiBody): Record<string, unknown> {
  const { credential, ...fields } = toFields(body);
  return { ...fields, ...(credential !== undefined && { credential: toCredential(credential) }) };
}

/** One credential, or many: `secrets` as a list or as lines. */
export function toNewCredentials(
  upstreamId: string,
  body: ApiBody,
): { one: AddCredentialInput } | { many: AddCredentialsInput } {
  const { placement, name, secret, secrets, ...pool } = toFields(body);
  const place = { placement, ...(name !== undefined && name !== null && { parameterName: name }) };
  if (secrets === undefined) {
    const credential = { ...place, ...(secret !== undefined && { secret }) };
    return { one: { ...pool, upstreamId, credential } as AddCredentialInput };
  }
  const lines = Array.isArray(secrets) ? secrets.map(String).join('\n') : secrets;
  return { many: { ...pool, ...place, upstreamId, secrets: lines } as AddCredentialsInput };
}

/** Issues of `credential.secret` are about the member `secret` of this body. */
export const credentialField = (field: string): string => apiField(field.replace(/^credential\./, ''));

export function toPoolFields(body: ApiBody): Record<string, unknown> {
  return toFields(body);
}

/** `stream`, `model` and `provider_id` are short for `streaming`, `default_model` and `service`. */
export function toEndpointFields(body: ApiBody): CreateEndpointInput {
  const { stream, model, providerId, serviceId, ...fields } = toFields(body);
  const service = fields['service'] ?? serviceId ?? providerId;
  return {
    ...fields,
    ...(service !== undefined && { service }),
    ...(model !== undefined && { defaultModel: model }),
    ...(stream !== undefined && { streaming: stream === null ? 'caller' : stream === true ? 'on' : 'off' }),
  } as CreateEndpointInput;
}

/** `model` is short for `models` with one. */
export function toProviderFields(body: ApiBody): Record<string, unknown> {
  const { model, ...fields } = toFields(body);
  return { ...fields, ...(model !== undefined && fields['models'] === undefined && { models: [model] }) };
}

export function toPlanFields(body: ApiBody): Record<string, unknown> {
  const { modelLimits, ...fields } = toFields(body);
  if (!Array.isArray(modelLimits)) return { ...fields, ...(modelLimits !== undefined && { modelLimits }) };
  const limits = modelLimits.map((limit: unknown) =>
    typeof limit === 'object' && limit !== null ? toFields(limit as ApiBody) : limit,
  );
  return { ...fields, modelLimits: limits };
}

export function upstreamAnswer(upstream: OwnUpstream) {
  return {
    id: upstream.id,
    api_id: upstream.serviceId,
    name: upstream.name,
    base_url: upstream.baseUrl,
    dialect: upstream.dialect,
    models: upstream.models,
    status: upstream.status,
    priority: upstream.priority,
    weight: upstream.weight,
    region: upstream.region,
    connect_timeout_ms: upstream.connectTimeoutMs,
    first_byte_timeout_ms: upstream.firstByteTimeoutMs,
    idle_timeout_ms: upstream.idleTimeoutMs,
    total_timeout_ms: upstream.totalTimeoutMs,
    max_retries: upstream.maxRetries,
    max_concurrency: upstream.maxConcurrency,
    abandon_policy: upstream.abandonPolicy,
    cost_per_million_tokens:
      upstream.costNanosPerMillion === null ? null : toDecimal(upstream.costNanosPerMillion),
    api_version: upstream.apiVersion,
    egress_pool_id: upstream.egressPoolId,
    credentials: upstream.credentials.total,
    credentials_ready: upstream.credentials.ready,
    created_at: upstream.createdAt,
    updated_at: upstream.updatedAt,
  };
}

/** Everything but the secret. */
export function credentialAnswer(credential: OwnCredential) {
  return {
    id: credential.id,
    upstream_id: credential.upstreamId,
    label: credential.label,
    kind: credential.kind,
    placement: credential.placement,
    name: credential.parameterName,
    status: credential.status,
    health: credential.health,
    disabled_reason: credential.disabledReason,
    weight: credential.weight,
    requests_per_minute: credential.requestsPerMinute,
    requests_per_day: credential.requestsPerDay,
    max_concurrency: credential.maxConcurrency,
    cooling_until: credential.coolingUntil,
    resting_models: credential.restingModels,
    refusals: credential.refusals,
    last_failure: credential.lastFailure,
    last_failure_at: credential.lastFailureAt,
    last_used_at: credential.lastUsedAt,
    set_at: credential.secretSetAt,
    created_at: credential.createdAt,
  };
}

export function routingAnswer(service: OwnService) {
  return {
    strategy: service.routingStrategy,
    fallbacks: service.fallbacks,
    model_aliases: service.modelAliases,
    system_prompt: service.systemPrompt,
    default_parameters: service.defaultParameters,
    max_output_tokens: service.maxOutputTokens,
    cache_mode: service.cacheMode,
    cache_ttl_seconds: service.cacheTtlSeconds,
    cache_public: service.cachePublic,
    coalesce: service.coalesce,
    websockets: service.websockets,
    pass_other_paths: service.passOtherPaths,
    max_concurrency: service.maxConcurrency,
    proxy_secret: service.hasProxySecret,
  };
}

export function endpointAnswer(endpoint: EndpointView, proxyOrigin: string) {
  return {
    id: endpoint.id,
    path: endpoint.path,
    url: `${proxyOrigin}/${endpoint.path}`,
    service: endpoint.service.slug,
    service_id: endpoint.service.id,
    provider_id: endpoint.service.id,
    system_prompt: endpoint.systemPrompt,
    default_model: endpoint.defaultModel,
    streaming: endpoint.streaming,
    status: endpoint.status,
    created_at: endpoint.createdAt,
    updated_at: endpoint.updatedAt,
  };
}

/** The key is write-only; `has_key` says whether there is one. */
export function providerAnswer(service: OwnService) {
  return {
    id: service.id,
    slug: service.slug,
    name: service.name,
    base_url: service.upstream.baseUrl,
    dialect: service.upstream.dialect,
    models: service.upstream.models,
    status: service.upstream.status,
    has_key: service.credential.secretSetAt !== null,
    key_set_at: service.credential.secretSetAt,
    created_at: service.createdAt,
    updated_at: service.updatedAt,
  };
}
