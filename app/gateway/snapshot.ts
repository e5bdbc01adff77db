import type { Sql } from '../../db/client.ts';
import {
  compilePrice,
  findEndpointByPath,
  findOperatorPrincipal,
  findPrincipalByKeyHash,
  findRoutableService,
  type CompiledPrice,
  type Principal,
  type PrincipalSubscription,
  type RoutableEndpoint,
  type RoutablePlan,
  type RoutableService,
  type RoutableUpstream,
  type SealedCredential,
} from '../domain/metering/index.ts';
import type { Clock } from '../infra/clock.ts';
import type { EgressPool } from '../infra/egress/egress.ts';
import type { Keyring } from '../infra/keyring.ts';
import type { Logger } from '../infra/logger.ts';
import { AppError } from '../lib/app-error.ts';
import type { CallLimits } from './call-limits.ts';
import { withDeadline } from './deadline.ts';
import { CredentialSecret } from './credential-secret.ts';
import { LazyTable } from './lazy-table.ts';
import {
  CredentialState,
  type PoolStates,
  type ServiceState,
  type UpstreamState,
} from './pool/pool-states.ts';
import { CandidateSets } from './routing/candidate.ts';

export interface KnownPrincipal extends Principal {
  subscriptionByService: ReadonlyMap<string, PrincipalSubscription>;
  /** Added to our clock gives the database's. */
  clockOffsetMs: number;
  /** Limits by plan and model pattern, made on first use. */
  limitsByPlan: Map<string, CallLimits>;
}

export interface CompiledPriceVersion {
  id: string;
  effectiveFromMs: number;
  price: CompiledPrice;
}

export interface CompiledPlan extends Omit<RoutablePlan, 'priceVersions'> {
  /** In order of time. */
  priceVersions: CompiledPriceVersion[];
}

export interface CompiledCredential extends Omit<
  SealedCredential,
  'placement' | 'parameterName' | 'secretEnvelope' | 'refusals' | 'coolingUntilMs' | 'coolingModels'
> {
  /** Null: it or the service's proxy secret cannot be opened, or nobody has signed in yet; nothing may be sent. */
  secret: CredentialSecret | null;
  state: CredentialState;
}

export interface CompiledUpstream extends Omit<RoutableUpstream, 'credentials' | 'costNanosPerMillion'> {
  pool: EgressPool;
  /** '' or '/…', without a trailing slash. */
  basePath: string;
  /** What the seller pays; null: not said. */
  costNanosPerMillion: bigint | null;
  /** An upstream that wants no credential has one that sends nothing; its id is ''. */
  credentials: CompiledCredential[];
  state: UpstreamState;
}

export interface CompiledService extends Omit<
  RoutableService,
  'upstreams' | 'plans' | 'proxySecretEnvelope'
> {
  upstreams: CompiledUpstream[];
  planById: ReadonlyMap<string, CompiledPlan>;
  clockOffsetMs: number;
  /** Sent along so that the seller can tell calls from here; null: not asked for. */
  proxySecret: CredentialSecret | null;
  /** Where calls for a model can go, made on first use. */
  candidates: CandidateSets;
  state: ServiceState;
}

export interface Snapshot {
  principals: LazyTable<KnownPrincipal>;
  services: LazyTable<CompiledService>;
  /** Custom paths, without the leading slash. */
  endpoints: LazyTable<RoutableEndpoint>;
  /** Hears of changes from now on. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface SnapshotOptions {
  sql: Sql;
  clock: Clock;
  keyring: Keyring;
  logger: Logger;
  pools: PoolStates;
  deadlineMs: number;
}

/** In front of the id of a key from the environment, where others have their hash; base64url has no colon. */
export const ENVIRONMENT_KEY = 'env:';

const CHANNEL = 'tollgate_changes';
/** Nothing older is ever used, should the news of a change not arrive. */
const TTL_MS = 5_000;
const REFRESH_MS = 4_000;
const MAX_PRINCIPALS = 50_000;
const MAX_SERVICES = 10_000;
const MAX_ENDPOINTS = 10_000;

const PRINCIPAL_TABLES: ReadonlySet<string> = new Set(['keys', 'subscriptions', 'organizations', 'budgets']);
const SERVICE_TABLES: ReadonlySet<string> = new Set([
  'services',
  'upstreams',
  'credentials',
  'plans',
  'price_versions',
  'organizations',
]);

/** Principals by key hash (base64url) and services by slug or id, compiled for the hot path. */
export function createSnapshot(options: SnapshotOptions): Snapshot {
  const { sql, clock } = options;
  const table = { clock, ttlMs: TTL_MS, refreshMs: REFRESH_MS };
  const ownerOf = (value: { organizationId: string }): string => value.organizationId;
  const principals = new LazyTable<KnownPrincipal>({
    ...table,
    ownerOf,
    maxEntries: MAX_PRINCIPALS,
    load: async (key) => {
      const found = key.startsWith(ENVIRONMENT_KEY)
        ? findOperatorPrincipal({ sql }, { keyId: key.slice(ENVIRONMENT_KEY.length) })
        : findPrincipalByKeyHash({ sql }, { hash: Buffer.from(key, 'base64url') });
      const principal = await reading(options, found);
      return principal && compilePrincipal(principal, clock);
    },
  });
  const services = new LazyTable<CompiledService>({
    ...table,
    ownerOf,
    maxEntries: MAX_SERVICES,
    load: async (reference) => {
      const service = await reading(options, findRoutableService({ sql }, { reference }));
      return service && compileService(service, options);
    },
  });
  const endpoints = new LazyTable<RoutableEndpoint>({
    ...table,
    ownerOf,
    maxEntries: MAX_ENDPOINTS,
    load: (path) => reading(options, findEndpointByPath({ sql }, { path })),
  });
  let unlisten: (() => Promise<void>) | undefined;

  function onChange(payload: string): void {
    const [changed = '', , organizationId = ''] = payload.split(':');
    if (PRINCIPAL_TABLES.has(changed)) principals.invalidate(organizationId);
    if (SERVICE_TABLES.has(changed)) services.invalidate(organizationId);
    if (changed === 'endpoints') endpoints.invalidate(organizationId);
  }

  function onListening(): void {
    // Changes may have gone by while nobody listened.
    principals.clear();
    services.clear();
    endpoints.clear();
  }

  return {
    principals,
    services,
    endpoints,
    async start() {
      const listening = await sql.listen(CHANNEL, onChange, onListening);
      unlisten = async () => void (await listening.unlisten());
    },
    async close() {
      await unlisten?.().catch((error: unknown) => options.logger.debug({ err: error }, 'unlisten failed'));
      principals.clear();
      services.clear();
      endpoints.clear();
    },
  };
}

async function reading<T>({ deadlineMs, logger }: SnapshotOptions, query: Promise<T>): Promise<T> {
  try {
    return await withDeadline(query, deadlineMs);
  } catch (error) {
    logger.error({ err: error }, 'the gateway could not read its snapshot');
    throw storageUnavailable(error);
  }
}

export function storageUnavailable(cause: unknown): AppError {
  return new AppError('storage_unavailable', 'The database does not answer. Try again in a moment.', {
    retryAfterSeconds: 2,
    cause,
  });
}

function compilePrincipal(principal: Principal, clock: Clock): KnownPrincipal {
  return {
    ...principal,
    subscriptionByService: new Map(principal.subscriptions.map((one) => [one.serviceId, one])),
    clockOffsetMs: principal.readAtMs - clock.now(),
    limitsByPlan: new Map(),
  };
}

function compileService(service: RoutableService, options: SnapshotOptions): CompiledService {
  const { upstreams, plans, proxySecretEnvelope, ...rest } = service;
  const clockOffsetMs = service.readAtMs - options.clock.now();
  const proxySecret =
    proxySecretEnvelope === null
      ? null
      : openSecret(options, { serviceId: service.id }, () => [
          'header',
          'x-tollgate-proxy-secret',
          options.keyring.open(proxySecretEnvelope, `proxy-secret:${service.id}`),
        ]);
  const compiled = upstreams.map((upstream) => compileUpstream(upstream, service.readAtMs, options));
  const isLost = proxySecretEnvelope !== null && proxySecret === null;
  return {
    ...rest,
    upstreams: isLost ? compiled.map(withoutSecrets) : compiled,
    planById: new Map(plans.map((plan) => [plan.id, compilePlan(plan)])),
    clockOffsetMs,
    proxySecret,
    candidates: new CandidateSets(),
    state: options.pools.service(service.id),
  };
}

function compilePlan(plan: RoutablePlan): CompiledPlan {
  return {
    ...plan,
    priceVersions: plan.priceVersions.map((version) => ({
      id: version.id,
      effectiveFromMs: version.effectiveFromMs,
      price: compilePrice(version),
    })),
  };
}

function compileUpstream(
  upstream: RoutableUpstream,
  readAtMs: number,
  options: SnapshotOptions,
): CompiledUpstream {
  const { credentials, costNanosPerMillion, ...rest } = upstream;
  const base = new URL(upstream.baseUrl);
  return {
    ...rest,
    costNanosPerMillion: costNanosPerMillion === null ? null : BigInt(costNanosPerMillion),
    pool: { poolKey: upstream.id, origin: base.origin, connectTimeoutMs: upstream.connectTimeoutMs },
    basePath: base.pathname.replace(/\/+$/, ''),
    credentials:
      credentials.length === 0
        ? [withoutCredential()]
        : credentials.map((credential) => compileCredential(credential, readAtMs, options)),
    state: options.pools.upstream(upstream.id),
  };
}

/** Nothing may be sent there: the seller could not tell it from what others send. */
function withoutSecrets(upstream: CompiledUpstream): CompiledUpstream {
  return { ...upstream, credentials: upstream.credentials.map((one) => ({ ...one, secret: null })) };
}

/** Stands in where the seller has stored no credential: nothing is sent, and nothing can go wrong with it. */
function withoutCredential(): CompiledCredential {
  return {
    id: '',
    label: '',
    kind: 'static',
    status: 'active',
    weight: 1,
    requestsPerMinute: null,
    requestsPerDay: null,
    maxConcurrency: null,
    secret: new CredentialSecret('none', null, ''),
    state: new CredentialState(),
  };
}

function compileCredential(
  credential: SealedCredential,
  readAtMs: number,
  options: SnapshotOptions,
): CompiledCredential {
  const { placement, parameterName, secretEnvelope, refusals, coolingUntilMs, coolingModels, ...rest } =
    credential;
  const state = options.pools.credential(credential.id);
  const clockOffsetMs = readAtMs - options.clock.now();
  const marks = {
    refusals,
    disabled: credential.status === 'disabled',
    coolingUntilMs: coolingUntilMs === null ? 0 : coolingUntilMs - clockOffsetMs,
    coolingModels: new Map(
      Object.entries(coolingModels).map(([model, untilMs]) => [model, untilMs - clockOffsetMs]),
    ),
  };
  state.adopt(marks, readAtMs);
  return {
    ...rest,
    // An OAuth credential has no token before somebody has signed in.
    secret:
      credential.kind === 'oauth' && secretEnvelope === null
        ? null
        : openSecret(options, { credentialId: credential.id }, () =>
            placement === 'none'
              ? ['none', null, '']
              : [
                  placement,
                  parameterName,
                  options.keyring.open(secretEnvelope ?? '', `credential:${credential.id}`),
                ],
          ),
    state,
  };
}

/** Fails closed: a secret that does not open is null, and never replaced by sending none. */
function openSecret(
  { logger }: SnapshotOptions,
  whose: { credentialId: string } | { serviceId: string },
  open: () => ConstructorParameters<typeof CredentialSecret>,
): CredentialSecret | null {
  try {
    return new CredentialSecret(...open());
  } catch (error) {
    logger.error({ err: error, ...whose }, 'a secret does not open');
    return null;
  }
}

/** The price version in effect now by the database clock; undefined when there is none yet. */
export function priceInEffect(plan: CompiledPlan, nowMs: number): CompiledPriceVersion | undefined {
  return plan.priceVersions.findLast((version) => version.effectiveFromMs <= nowMs);
}
