import type { Sql } from '../../db/client.ts';
import {
  compilePrice,
  findPrincipalByKeyHash,
  findRoutableService,
  type CompiledPrice,
  type Principal,
  type PrincipalSubscription,
  type RoutablePlan,
  type RoutableService,
  type RoutableUpstream,
} from '../domain/metering/index.ts';
import type { Clock } from '../infra/clock.ts';
import type { EgressPool } from '../infra/egress/egress.ts';
import type { Keyring } from '../infra/keyring.ts';
import type { Logger } from '../infra/logger.ts';
import type { RateLimit } from '../infra/store/store.ts';
import { AppError } from '../lib/app-error.ts';
import { withDeadline } from './deadline.ts';
import { CredentialSecret } from './credential-secret.ts';
import { LazyTable } from './lazy-table.ts';

export interface KnownPrincipal extends Principal {
  subscriptionByService: ReadonlyMap<string, PrincipalSubscription>;
  /** Added to our clock gives the database's. */
  clockOffsetMs: number;
  /** Organization and key limits by plan id, made on first use. */
  limitsByPlan: Map<string, RateLimit[]>;
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

export interface CompiledUpstream extends Omit<RoutableUpstream, 'credentials'> {
  pool: EgressPool;
  /** '' or '/…', without a trailing slash. */
  basePath: string;
  /** Null: the stored secret cannot be opened, so nothing may be sent. */
  credential: CredentialSecret | null;
}

export interface CompiledService extends Omit<RoutableService, 'upstreams' | 'plans'> {
  upstreams: CompiledUpstream[];
  planById: ReadonlyMap<string, CompiledPlan>;
  clockOffsetMs: number;
}

export interface Snapshot {
  principals: LazyTable<KnownPrincipal>;
  services: LazyTable<CompiledService>;
  /** Hears of changes from now on. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface SnapshotOptions {
  sql: Sql;
  clock: Clock;
  keyring: Keyring;
  logger: Logger;
  deadlineMs: number;
}

const CHANNEL = 'tollgate_changes';
/** Nothing older is ever used, should the news of a change not arrive. */
const TTL_MS = 5_000;
const REFRESH_MS = 4_000;
const MAX_PRINCIPALS = 50_000;
const MAX_SERVICES = 10_000;

const PRINCIPAL_TABLES: ReadonlySet<string> = new Set(['keys', 'subscriptions', 'organizations']);
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
      const hash = Buffer.from(key, 'base64url');
      const principal = await reading(options, findPrincipalByKeyHash({ sql }, { hash }));
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
  let unlisten: (() => Promise<void>) | undefined;

  function onChange(payload: string): void {
    const [changed = '', , organizationId = ''] = payload.split(':');
    if (PRINCIPAL_TABLES.has(changed)) principals.invalidate(organizationId);
    if (SERVICE_TABLES.has(changed)) services.invalidate(organizationId);
  }

  function onListening(): void {
    // Changes may have gone by while nobody listened.
    principals.clear();
    services.clear();
  }

  return {
    principals,
    services,
    async start() {
      const listening = await sql.listen(CHANNEL, onChange, onListening);
      unlisten = async () => void (await listening.unlisten());
    },
    async close() {
      await unlisten?.().catch((error: unknown) => options.logger.debug({ err: error }, 'unlisten failed'));
      principals.clear();
      services.clear();
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
  const { upstreams, plans, ...rest } = service;
  return {
    ...rest,
    upstreams: upstreams.map((upstream) => compileUpstream(upstream, options)),
    planById: new Map(plans.map((plan) => [plan.id, compilePlan(plan)])),
    clockOffsetMs: service.readAtMs - options.clock.now(),
  };
}

function compilePlan(plan: RoutablePlan): CompiledPlan {
  return {
    ...plan,
    priceVersions: plan.priceVersions.map(({ id, effectiveFromMs, components }) => ({
      id,
      effectiveFromMs,
      price: compilePrice(components),
    })),
  };
}

function compileUpstream(upstream: RoutableUpstream, options: SnapshotOptions): CompiledUpstream {
  const { credentials, ...rest } = upstream;
  const base = new URL(upstream.baseUrl);
  return {
    ...rest,
    pool: { poolKey: upstream.id, origin: base.origin, connectTimeoutMs: upstream.connectTimeoutMs },
    basePath: base.pathname.replace(/\/+$/, ''),
    credential: openCredential(upstream.id, credentials[0], options),
  };
}

/** Fails closed: a secret that does not open is never replaced by sending none. */
function openCredential(
  upstreamId: string,
  credential: RoutableUpstream['credentials'][number] | undefined,
  { keyring, logger }: SnapshotOptions,
): CredentialSecret | null {
  if (!credential || credential.placement === 'none') return new CredentialSecret('none', null, '');
  try {
    const secret = keyring.open(credential.secretEnvelope ?? '', `credential:${credential.id}`);
    return new CredentialSecret(credential.placement, credential.parameterName, secret);
  } catch (error) {
    logger.error({ err: error, upstreamId, credentialId: credential.id }, 'a credential does not open');
    return null;
  }
}

/** The price version in effect now by the database clock; undefined when there is none yet. */
export function priceInEffect(plan: CompiledPlan, nowMs: number): CompiledPriceVersion | undefined {
  return plan.priceVersions.findLast((version) => version.effectiveFromMs <= nowMs);
}
