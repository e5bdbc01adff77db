/** Upstreams, credential pools, routing, custom paths and providers in the OpenAPI document. */
import { ABANDON_POLICIES, CACHE_MODES, DIALECTS, ROUTING_STRATEGIES } from '../../lib/service-options.ts';
import { count, instant, list, money, nullable, object, ref, text, type Schema } from './shapes.ts';

const flag: Schema = { type: 'boolean' };
const oneOf = (...values: string[]): Schema => ({ type: 'string', enum: values });
const status = oneOf('active', 'disabled');
const placement = oneOf('none', 'bearer', 'header', 'query', 'basic');
const data = (item: string): Schema => object({ data: list(ref(item)) });

export const dialect = oneOf(...DIALECTS.filter((name) => name !== 'raw'));

export const planLimits = {
  requests_per_minute: nullable(count),
  requests_per_day: nullable(count),
  tokens_per_minute: nullable(count),
  tokens_per_day: nullable(count),
  max_concurrency: nullable(count),
  model_limits: list(
    object({ model: text('`*` for any characters.'), requests_per_minute: count, tokens_per_minute: count }, [
      'requests_per_minute',
      'tokens_per_minute',
    ]),
  ),
};

const upstream = {
  name: text(),
  base_url: text(),
  dialect: oneOf(...DIALECTS),
  models: list(text()),
  status,
  priority: { ...count, description: 'Lower goes first.' },
  weight: { ...count, minimum: 1 },
  region: nullable(text()),
  connect_timeout_ms: count,
  first_byte_timeout_ms: count,
  idle_timeout_ms: count,
  total_timeout_ms: count,
  max_retries: count,
  max_concurrency: nullable(count),
  abandon_policy: oneOf(...ABANDON_POLICIES),
  cost_per_million_tokens: nullable({ ...money, description: 'For least-cost routing.' }),
  api_version: nullable(text('Azure only.')),
  egress_pool_id: nullable(text()),
};
const newCredential = object({ placement, name: text(), secret: text('Write-only.') }, ['name', 'secret']);

const pool = {
  label: text(),
  weight: { ...count, minimum: 1 },
  requests_per_minute: nullable(count),
  requests_per_day: nullable(count),
  max_concurrency: nullable(count),
};

const routing = {
  strategy: oneOf(...ROUTING_STRATEGIES),
  fallbacks: { ...list(text()), description: 'Models of this API, or `slug/model` of another one of yours.' },
  model_aliases: { type: 'object', additionalProperties: text() },
  system_prompt: text(),
  default_parameters: { type: 'object', description: 'For calls that do not set them.' },
  max_output_tokens: nullable(count),
  cache_mode: oneOf(...CACHE_MODES),
  cache_ttl_seconds: { ...count, minimum: 1, maximum: 86_400 },
  cache_public: flag,
  coalesce: flag,
  websockets: flag,
  pass_other_paths: flag,
  max_concurrency: nullable(count),
};

const customPath = {
  path: text('One to three segments: lower-case letters, digits, hyphens.'),
  service: text('Slug or id; `service_id` and `provider_id` are the same field.'),
  system_prompt: text(),
  default_model: nullable(text('Also `model`.')),
  streaming: oneOf('caller', 'on', 'off'),
  stream: { ...flag, description: 'Short for streaming on or off.' },
  status,
};
const { stream: _stream, ...customPathAnswer } = customPath;

const provider = {
  name: text(),
  base_url: text('The public address of the dialect when absent.'),
  dialect,
  models: { ...list(text()), description: 'Also `model`, for one.' },
};

const names = (properties: Record<string, Schema>): string[] => Object.keys(properties);
const partial = (properties: Record<string, Schema>): Schema => object(properties, names(properties));

export const sellingSchemas: Record<string, Schema> = {
  Upstream: object({
    id: text(),
    api_id: text(),
    ...upstream,
    credentials: count,
    credentials_ready: count,
    created_at: instant,
    updated_at: instant,
  }),
  UpstreamList: data('Upstream'),
  NewUpstream: object({ ...upstream, credential: newCredential }, [
    ...names(upstream).filter((name) => name !== 'base_url'),
    'credential',
  ]),
  UpstreamChanges: partial({ ...upstream, credential: newCredential }),
  PoolCredential: object({
    id: text(),
    upstream_id: text(),
    kind: oneOf('static', 'oauth'),
    placement,
    name: nullable(text('Header or parameter name.')),
    ...pool,
    status,
    health: oneOf('ready', 'cooling', 'failing', 'disabled'),
    disabled_reason: nullable(oneOf('manual', 'refused', 'refresh_failed')),
    cooling_until: nullable(instant),
    resting_models: list(object({ model: text(), until: instant })),
    refusals: count,
    last_failure: nullable(text()),
    last_failure_at: nullable(instant),
    last_used_at: nullable(instant),
    set_at: nullable(instant),
    created_at: instant,
  }),
  CredentialList: data('PoolCredential'),
  NewCredentials: object(
    {
      placement,
      name: text('Header or parameter name.'),
      secret: text('Write-only.'),
      secrets: { anyOf: [list(text()), text('One a line.')], description: 'Up to 500; instead of `secret`.' },
      ...pool,
    },
    ['name', 'secret', 'secrets', ...names(pool)],
  ),
  AddedCredentials: {
    anyOf: [
      ref('PoolCredential'),
      object({
        added: list(count),
        skipped: list(object({ line: count, reason: oneOf('duplicate', 'invalid') })),
      }),
    ],
  },
  CredentialChanges: partial({ ...pool, status, secret: text('Write-only.') }),
  DeletedCount: object({ deleted: count }),
  ConnectionTest: object(
    {
      ok: flag,
      url: text('Secrets masked.'),
      reason: text('Why there was no answer.'),
      status: count,
      first_byte_ms: count,
      total_ms: count,
      models: nullable(list(text())),
    },
    ['reason', 'status', 'first_byte_ms', 'total_ms', 'models'],
  ),
  Routing: object({ ...routing, proxy_secret: { ...flag, description: 'Whether one is sent.' } }),
  RoutingChanges: partial(routing),
  ProxySecret: object({ proxy_secret: text('Shown this once.') }),
  PlanChanges: partial({
    name: text(),
    description: text(),
    visibility: oneOf('public', 'private'),
    ...planLimits,
  }),
  CustomPath: object({
    id: text(),
    url: text(),
    ...customPathAnswer,
    service_id: text(),
    provider_id: text(),
    created_at: instant,
    updated_at: instant,
  }),
  CustomPathList: data('CustomPath'),
  NewCustomPath: object(
    customPath,
    names(customPath).filter((name) => name !== 'path' && name !== 'service'),
  ),
  CustomPathChanges: partial(customPath),
  Provider: object({
    id: text(),
    slug: text(),
    ...provider,
    status,
    has_key: flag,
    key_set_at: nullable(instant),
    created_at: instant,
    updated_at: instant,
  }),
  ProviderList: data('Provider'),
  NewProvider: object({ ...provider, api_key: nullable(text('Write-only.')) }, [
    ...names(provider).filter((name) => name !== 'name'),
    'api_key',
  ]),
  ProviderChanges: partial({ ...provider, api_key: nullable(text('Write-only.')), status }),
  DeletedProvider: object({ id: text(), status: oneOf('archived', 'deleted') }),
};
